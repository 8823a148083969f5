package change

import (
	"time"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/change"
)

// unapproved begins the execution without approval, which is on record with all
// that it bypasses. The votes of the version stay visible; nobody decides on it any more.
func (c *process) unapproved(ctx workflow.Context) {
	v := &c.s.Version
	if v.State == rules.InReview {
		v.State = rules.Withdrawn
	}
	c.s.State, c.s.Reason, v.Ready = rules.ExecutingUnapproved, rules.OK, false
	c.Tell(unapprovedNote(c.s), c.mapped(string(rules.ExecutingUnapproved)))
	c.Call(c.emergencyKey("go"), c.s.Number+" may be carried out now, without approval. Report the outcome on the card when it is done.", v.Route.Implementer)
	c.stage(ctx)
}

// awaitUnapproved waits for the implementer's report. As with any execution only
// they know what happened; but one that is not reported cannot be reviewed, so the
// control owner is called when the review would have been due.
func (c *process) awaitUnapproved(ctx workflow.Context) error {
	until := c.s.Emergency.ReportBy
	if !c.s.Emergency.Chased.IsZero() {
		until = time.Time{}
	}
	moved := func() bool { return c.s.State != rules.ExecutingUnapproved }
	late, err := c.Await(ctx, until, moved)
	if err != nil || moved() || !late {
		return err
	}
	return c.Locked(ctx, func() error {
		if moved() {
			return nil
		}
		e := *c.s.Emergency
		e.Chased = workflow.Now(ctx)
		facts := rules.MovedFacts{From: string(c.s.State), Reason: rules.NotReported, Emergency: &e}
		if err := c.move(ctx, rules.EventReviewEscalated, facts); err != nil {
			return err
		}
		c.s.Emergency = &e
		c.Call(c.emergencyKey("not-reported"), c.s.Number+": "+rules.NotReported.Text(), c.s.Version.Route.Implementer, e.Rules.ControlOwner)
		return nil
	})
}
