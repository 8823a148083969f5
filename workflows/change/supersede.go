package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// A newer change may name an older one of the same system and environment, which it
// replaces once it is approved (C4). The two runs tell each other by signals, which
// the engine delivers once; each puts its side on record.

// findOlder looks up the older change that a version names. What is wrong with it is
// a problem of the ticket like any other.
func (c *process) findOlder(ctx workflow.Context, r *steps.ChangeReading) (subject string, err error) {
	if r.Snapshot.Supersedes == "" {
		return "", nil
	}
	found, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.FoundOlder, error) {
		return steps.FindOlder(ctx, steps.FindOlderInput{Older: r.Snapshot.Supersedes, Snapshot: r.Snapshot, Subject: c.Self, Number: c.s.Number})
	})
	switch {
	case err != nil:
		return "", err
	case found.Done: // an earlier version was approved, and it is told no second time
		c.s.Superseding = &rules.Superseding{Older: r.Snapshot.Supersedes, Newer: c.s.Number, Subject: c.Self, Version: c.s.Version.N + 1, Done: true}
		return "", nil
	case found.Problem == nil:
		return found.Subject, nil
	}
	r.Problems = append(r.Problems, *found.Problem)
	return "", nil
}

// tellOlder tells the older change that this one was approved. A run that is gone is
// no error: it is not carried out any more. A crash repeats nothing: the signal is in
// the history, or was not sent.
func (c *process) tellOlder(ctx workflow.Context) {
	v := c.s.Version
	if v.Older == "" {
		return
	}
	s := rules.Superseding{Older: v.Snapshot.Supersedes, Newer: c.s.Number, Subject: c.Self, Version: v.N}
	calm, _ := workflow.NewDisconnectedContext(ctx)
	c.Background(calm, "older", func(ctx workflow.Context) {
		err := workflow.SignalExternalWorkflow(ctx, v.Older, "", SignalSuperseded, s).Get(ctx, nil)
		if err == nil {
			return
		}
		c.Logger.Warn("the older change was not told", "older", s.Older, "error", err)
		s.Gone = true
		if err := c.Locked(ctx, func() error { return c.olderTold(ctx, s) }); err != nil {
			c.Logger.Error("what became of the older change is not on record", "older", s.Older, "error", err)
		}
	})
}

// receiveSuperseding takes what the other change of the two tells.
func (c *process) receiveSuperseding(ctx workflow.Context) {
	take := func(name string, follow func(workflow.Context, rules.Superseding) error) func(rules.Superseding) {
		return func(s rules.Superseding) {
			calm, _ := workflow.NewDisconnectedContext(ctx)
			c.Background(calm, name, func(ctx workflow.Context) {
				err := workflow.Await(ctx, c.Known)
				if err == nil {
					err = c.Locked(ctx, func() error { return follow(ctx, s) })
				}
				if err != nil {
					c.Logger.Error("not taken", "signal", name, "older", s.Older, "newer", s.Newer, "error", err)
				}
			})
		}
	}
	desk.Receive(ctx, c.Desk, SignalSuperseded, take(SignalSuperseded, c.superseded))
	desk.Receive(ctx, c.Desk, SignalSupersedes, take(SignalSupersedes, c.olderTold))
}

// superseded ends this change for a newer one, unless it is being carried out, and
// answers.
func (c *process) superseded(ctx workflow.Context, s rules.Superseding) error {
	s.Stood = c.s.State
	if rules.JudgeSuperseded(c.s.State) == rules.OK {
		err := c.move(ctx, rules.EventSuperseded, rules.MovedFacts{
			From: string(c.s.State), To: string(rules.Superseded), Reason: rules.SupersededByNewer, Newer: s.Newer,
		})
		if err != nil {
			return err
		}
		s.Done, c.s.Newer = true, s.Newer
		c.ended(ctx, rules.Superseded, rules.SupersededByNewer)
		c.Call(c.s.Number+"/superseded", c.s.Number+" was replaced by "+s.Newer+" and is not carried out.", c.s.Version.Route.Requester)
	}
	if err := workflow.SignalExternalWorkflow(ctx, s.Subject, "", SignalSupersedes, s).Get(ctx, nil); err != nil {
		c.Logger.Warn("the newer change was not told", "newer", s.Newer, "error", err) // it is over by now
	}
	return nil
}

// olderTold puts on record, once per version, what became of the older change.
func (c *process) olderTold(ctx workflow.Context, s rules.Superseding) error {
	if old := c.s.Superseding; old != nil && old.Version == s.Version {
		return nil
	}
	if err := c.move(ctx, rules.EventSupersedes, rules.MovedFacts{Detail: s.Text()}); err != nil {
		return err
	}
	c.s.Superseding = &s
	c.s.Logged(compliance.Fact{Text: s.Text(), At: workflow.Now(ctx)})
	if !c.s.State.Terminal() {
		c.Tell([]compliance.Fact{{Text: s.Text()}}, "")
	}
	return nil
}

// olderFacts say on the newer change's card what becomes of the older one, and on the
// older one's what took its place.
func olderFacts(s State) []compliance.Fact {
	v := s.Version
	switch {
	case s.Newer != "":
		return []compliance.Fact{{Label: "Replaced by", Text: s.Newer}}
	case v.Snapshot.Supersedes == "":
		return nil
	case s.Superseding != nil && s.Superseding.Version == v.N:
		return []compliance.Fact{{Label: "Replaces", Text: s.Superseding.Text()}}
	case v.State == rules.Approved:
		return []compliance.Fact{{Label: "Replaces", Text: v.Snapshot.Supersedes + " was told that this change takes its place."}}
	}
	return []compliance.Fact{{Label: "Replaces", Text: rules.Superseding{Older: v.Snapshot.Supersedes}.Text()}}
}
