package change

import (
	"fmt"

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

// owesOlder reports whether the older change is still to be told that this one was
// approved.
func (c *process) owesOlder() bool {
	v := c.s.Version
	return v.State == rules.Approved && v.Older != "" && !v.OlderTold && !c.s.State.Terminal()
}

// tellOlder tells the older change that this one was approved, as soon as nobody stops
// it and nothing that may have been edited since is left to be read; nobody waits for
// it. A crash repeats nothing: the signal is in the history, or was not sent.
func (c *process) tellOlder(ctx workflow.Context) {
	if !c.owesOlder() {
		return
	}
	calm, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(calm, "older", func(ctx workflow.Context) {
		// What is carried out read the ticket before it started.
		may := func() bool { return c.s.State != rules.Held && (c.current() || c.s.State != rules.WaitingWindow) }
		if workflow.Await(ctx, func() bool { return may() || !c.owesOlder() }) != nil || !c.owesOlder() {
			return
		}
		v := &c.s.Version
		v.OlderTold = true
		older := v.Older
		s := rules.Superseding{Older: v.Snapshot.Supersedes, Newer: c.s.Number, Subject: c.Self, Version: v.N, Place: c.s.Place}
		c.Background(ctx, "tell older", func(ctx workflow.Context) { c.signalOlder(ctx, older, s) })
	})
}

// signalOlder tells it. A run that is gone is no error: it is not carried out any more.
func (c *process) signalOlder(ctx workflow.Context, older string, s rules.Superseding) {
	err := workflow.SignalExternalWorkflow(ctx, older, "", SignalSuperseded, s).Get(ctx, nil)
	if err == nil {
		return
	}
	c.Logger.Warn("the older change was not told", "older", s.Older, "error", err)
	s.Gone = true
	if err := c.Locked(ctx, func() error { return c.olderTold(ctx, s) }); err != nil {
		c.Logger.Error("what became of the older change is not on record", "older", s.Older, "error", err)
	}
}

// receiveSupersedes takes the older change's answer.
func (c *process) receiveSupersedes(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, SignalSupersedes, func(s rules.Superseding) {
		c.Follow(ctx, SignalSupersedes, s.Older, func(ctx workflow.Context) error { return c.olderTold(ctx, s) })
	})
}

// olderTold puts on record, once per version, what became of the older change.
func (c *process) olderTold(ctx workflow.Context, s rules.Superseding) error {
	if old := c.s.Superseding; old != nil && old.Version == s.Version {
		return nil
	}
	if err := c.move(ctx, rules.EventSupersedes, rules.MovedFacts{Reason: s.Reason, Detail: s.Text()}); err != nil {
		return err
	}
	c.s.Superseding = &s
	c.s.Logged(compliance.Fact{Text: s.Text(), At: workflow.Now(ctx)})
	if !c.s.State.Terminal() {
		c.Tell([]compliance.Fact{{Text: s.Text()}}, "")
		if s.Reason == rules.OtherPlace {
			c.Call(fmt.Sprintf("%s/v%d/not-replaced", c.s.Number, s.Version), c.s.Number+": "+s.Text(), c.s.Version.Route.Requester)
		}
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
	case v.State == rules.Approved && !v.OlderTold:
		return []compliance.Fact{{Label: "Replaces", Text: v.Snapshot.Supersedes + " is told that this change takes its place once this one is not on hold and its ticket was read."}}
	case v.OlderTold:
		return []compliance.Fact{{Label: "Replaces", Text: v.Snapshot.Supersedes + " was told that this change takes its place."}}
	}
	return []compliance.Fact{{Label: "Replaces", Text: rules.Superseding{Older: v.Snapshot.Supersedes}.Text()}}
}
