package change

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// submit makes the content a new version and either opens its first level or
// refuses it with every reason at once. Both are on record, under one number,
// before anybody is told (C2, C6, C36).
func (c *process) submit(ctx workflow.Context, r steps.ChangeReading) error {
	c.s.Place = r.Snapshot.Place()
	next := Version{N: c.s.Version.N + 1, State: rules.Draft, Snapshot: r.Snapshot}
	c.s.asked(c.s.Version.Snapshot.Requester, rules.WasRequester)
	if !r.Snapshot.Own {
		c.s.asked(r.Snapshot.Creator, rules.IsCreator)
	}
	var err error
	if next.Older, err = c.findOlder(ctx, &r); err != nil {
		return err
	}
	var missing []string
	var reason rules.Reason
	for _, p := range r.Problems {
		missing, reason = append(missing, p.Text), rules.IncompleteContent
	}
	var asked int // somebody may join while the rules are asked
	resolved, err := desk.Outlast(ctx, c.Desk, desk.AtRules, func(bool) (steps.ResolvedRoute, error) {
		asked = len(c.s.Asked)
		return steps.ResolveRoute(ctx, steps.ResolveRouteInput{Snapshot: r.Snapshot, Chain: c.s.Chain, Asked: c.s.Asked, Given: c.s.Gate.Given})
	})
	if err != nil {
		return err
	}
	next.Route = resolved.Route
	next.Resolved = asked
	if c.s.Version.N > 0 {
		next.Since = sinceText(c.s.Version.Snapshot, r.Snapshot, next.Route.Classes)
	}
	next.asked(ctx, resolved.Conditions)
	c.gated(ctx, &next, resolved.Gate)
	if reason == rules.OK {
		reason = resolved.Reason
	}
	missing = append(missing, resolved.Missing...)
	c.s.retire(c.s.Version)
	c.s.Version = next
	if reason == rules.OK {
		c.open(ctx, 1)
	} else {
		c.s.Version.State, c.s.Version.Reasons = rules.Rejected, missing
		c.s.Version.Lapses = workflow.Now(ctx).Add(lapse(next.Route))
	}
	over, err := c.recordSubmission(ctx, r, reason, missing)
	if err != nil || over {
		return err
	}
	c.s.State, c.s.Reason = rules.Open, reason
	if len(c.s.Steps) == 0 {
		c.s.Expected = r.Status // where whoever submitted it put it, and from where it is moved on
	}
	if reason == rules.OK {
		c.Tell(submittedNote(c.s), statusInReview)
	} else {
		c.Tell(notSubmittedNote(c.s), statusRejected)
	}
	c.stage(ctx)
	return nil
}

// open opens a level: its people, its deadline and a new nonce for its buttons.
func (c *process) open(ctx workflow.Context, level int) {
	v := &c.s.Version
	v.State, v.Level = rules.InReview, level
	v.Deadline = workflow.Now(ctx).Add(v.Route.Levels[level-1].Deadline)
	v.begun(workflow.Now(ctx))
	// Derived, not drawn: a replay must get the same one.
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d/%d", c.Self, c.First, v.N, level))
	v.Nonce = hex.EncodeToString(sum[:4])
	c.lookOut(workflow.Now(ctx))
	c.Show()
}

// warning says, at submission, when the change will have to wait for a window
// or has none (C28). It stops nothing: windows are checked again.
func (c *process) warning(ctx workflow.Context) string {
	v := c.s.Version
	ahead := rules.Ahead(v.Route.Schedule, workflow.Now(ctx), v.Snapshot.PlannedStart, v.Snapshot.Duration)
	if ahead.Reason != rules.OK {
		return ahead.Reason.Text()
	}
	return ""
}
