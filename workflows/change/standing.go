package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// standing answers QueryStanding. It reads only.
func (c *process) standing() (Standing, error) {
	s, v := c.s, c.s.Version
	awaiting, due := c.awaiting()
	out := Standing{
		Number: s.Number, Subject: c.Self, Ticket: s.Ticket, Title: v.Snapshot.Title, State: s.State,
		Version: v.N, Review: v.State, Level: v.Level, Levels: len(v.Route.Levels), Votes: v.Votes,
		Emergency: s.Emergency, Awaiting: awaiting, Due: due, Opens: v.Opening.At, Reason: s.Reason, LastIndex: s.Index, Ready: v.Ready && s.granted(),
	}
	if s.Line != nil && s.State == rules.WaitingWindow {
		out.Turn = &s.Line.Turn
	}
	if v.N > 0 {
		out.Ref = v.binding(s.Number).String()
	}
	if s.State == rules.Open && v.State == rules.InReview {
		out.Ahead = v.Forecast
	}
	if l, ok := v.level(); ok {
		out.Remaining, out.StepUp = rules.Tally(v.Level, l, v.Votes).Remaining, l.StepUp
	}
	if v.Suite != nil {
		out.Gate = s.Gate.Findings
	}
	out.Trouble, out.Hold, out.Newer = s.Troubles(), s.Hold, s.Newer
	if s.State == rules.Executing {
		out.SafePoints, out.Halt = v.Snapshot.SafePoints, s.Halt
	}
	if s.Posted != nil {
		out.Cards = []compliance.Posted{*s.Posted}
	}
	return out, nil
}

// awaiting says who can move the change on now, and when the wait ends by itself.
func (c *process) awaiting() ([]compliance.PersonID, time.Time) {
	v := c.s.Version
	if people, due, ok := awaitingEmergency(c.s); ok {
		return people, due
	}
	switch {
	case c.s.State == rules.Open && v.State == rules.InReview:
		return v.asking(), v.Deadline
	case c.s.State == rules.Open && v.Route.Requester == "":
		return nil, v.Lapses // not read yet, or nobody the directory knows
	case c.s.State == rules.Open:
		return []compliance.PersonID{v.Route.Requester}, v.Lapses
	case c.s.State == rules.WaitingWindow:
		return []compliance.PersonID{v.Route.Implementer}, v.Expires
	case c.s.State == rules.Held:
		return resumers(c.s), c.s.Hold.Until
	case c.s.State == rules.Executing:
		return []compliance.PersonID{v.Route.Implementer}, time.Time{}
	}
	return nil, time.Time{}
}
