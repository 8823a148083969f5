package policy

import "time"

// shortestTurn leaves somebody who is called the time to come.
const shortestTurn = 15 * time.Minute

// turns checks the limit of an environment, and writes out what it leaves to us.
func (c *check) turns(s entry[System], at string, e *Environment) {
	switch {
	case e.Concurrency == 0 && e.TurnWithin != "":
		s.report(c, at+"/turn_within", "nobody takes turns here, because there is no limit", "add concurrency, such as 1, or remove turn_within")
	case e.Concurrency == 0:
	case e.TurnWithin == "":
		e.TurnWithin = defaultTurn
	default:
		if d, ok := period(c, s, at+"/turn_within", e.TurnWithin); ok && d < shortestTurn {
			s.report(c, at+"/turn_within", "a turn of less than 15 minutes is over before somebody who is called can begin", "write 15m or more")
		}
	}
}
