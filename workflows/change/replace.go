package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// replace voids a version whose content changed, or whose deciders turned out to
// have asked for it: its votes stay visible and no longer count, and what the
// ticket says now is reviewed from the start (C5, C11, C13). It stays the request
// of whoever requested it: editing the reporter submits nothing.
func (c *process) replace(ctx workflow.Context, r steps.ChangeReading, why rules.Reason, changed []rules.FieldChange) error {
	v := &c.s.Version
	r.Snapshot.Requester = v.Snapshot.Requester
	to, held := rules.Open, c.s.State == rules.Held
	if held {
		to = rules.Held // an edit lifts nobody's hold
	}
	err := c.move(ctx, rules.EventVoided, rules.MovedFacts{
		From: string(v.State), To: string(to), Reason: why, Hash: v.Snapshot.Hash, Changes: changed,
	})
	if err != nil {
		return err
	}
	v.State, v.Ready = rules.Withdrawn, false
	for i := range v.Votes {
		v.Votes[i].Void = why
	}
	c.s.State = to
	c.s.Logged(compliance.Fact{Text: voidedText(v.N, why, changed), At: workflow.Now(ctx)})
	if held {
		c.stage(ctx)
		return nil
	}
	return c.submit(ctx, r)
}
