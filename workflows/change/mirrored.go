package change

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// A chain may want the ticket and the card to show what was decided before
// anybody starts (C23): whoever relies on them must not learn of an execution
// from the execution.

// lagging names what is not shown yet, where the chain wants it shown before a start.
func (c *process) lagging() []string {
	if !c.s.Version.Route.Mirror {
		return nil
	}
	var lacking []string
	lag := c.Lag()
	if lag.Steps > 0 {
		lacking = append(lacking, "the ticket lacks "+compliance.Count(lag.Steps, "step", "steps"))
	}
	if lag.Card {
		lacking = append(lacking, "the card is not written yet")
	}
	return lacking
}

// sentence says what is missing.
func sentence(lacking []string) string {
	text := strings.Join(lacking, ", and ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// caughtUp reports whether a start was refused for what was not shown, and all is shown by now.
func (c *process) caughtUp() bool { return c.s.Version.Behind && c.Lag().None() }

// callAgain calls the implementer once whose start was refused; an executor asks
// again by itself. Where the window closed meanwhile, its opening calls.
func (c *process) callAgain() {
	v := &c.s.Version
	v.Behind = false
	if !v.Ready || c.s.Executor != "" || !c.s.granted() {
		return
	}
	c.s.Sequence++
	c.Call(fmt.Sprintf("%s/v%d/mirrored/%d", c.s.Number, v.N, c.s.Sequence),
		c.s.Number+": ticket and card show by now what is on record. It may be started.", v.Route.Implementer)
}
