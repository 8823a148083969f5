package change

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// lookOut reckons when the change could start if it were approved now: requester and
// approvers should know it while something can still be done about it (C28).
func (c *process) lookOut(now time.Time) {
	v := &c.s.Version
	ahead := rules.Ahead(v.Route.Schedule, now, v.Snapshot.PlannedStart, v.Snapshot.Duration)
	v.Forecast = &ahead
}

// foresee reads the calendars again during a review, because they moved. It decides
// nothing, so nothing goes on record: the approval reads them once more.
func (c *process) foresee(ctx workflow.Context, moved func() bool) error {
	c.s.Look = false
	if c.s.Version.State != rules.InReview {
		return nil
	}
	r, err := desk.Insist(ctx, c.Desk, desk.AtRules, func(bool) (steps.ResolvedSchedule, error) {
		return steps.ResolveSchedule(ctx, c.calendar(workflow.Now(ctx)))
	})
	if temporal.IsCanceledError(err) || ctx.Err() != nil {
		return err
	}
	if err != nil || moved() {
		return nil // the approval reads them, and says what is wrong with them
	}
	was := c.s.Version.Forecast
	c.s.Version.Route.Schedule = r.Schedule
	c.lookOut(workflow.Now(ctx))
	if was == nil || was.Opening != c.s.Version.Forecast.Opening {
		c.Show()
	}
	return nil
}

// aheadFacts say to requester and approvers when it could start.
func aheadFacts(v Version) []compliance.Fact {
	f := v.Forecast
	const label = "Could start"
	switch {
	case f == nil:
		return nil
	case f.At.IsZero():
		return []compliance.Fact{{Label: label, Text: f.Reason.Text() + " Looked up to", At: f.Horizon}}
	case f.Reason != rules.OK:
		text := "if approved by then, at the earliest"
		if f.Name != "" {
			text += " in the window " + f.Name
		}
		return []compliance.Fact{{Label: label, Text: text, At: f.At}}
	case f.Until.IsZero():
		return []compliance.Fact{{Label: label, Text: "as soon as it is approved"}}
	case f.Name != "":
		return []compliance.Fact{{Label: label, Text: "as soon as it is approved, in the window " + f.Name + " until", At: f.Until}}
	}
	return []compliance.Fact{{Label: label, Text: "as soon as it is approved, until", At: f.Until}}
}
