package activities

import (
	"context"
	"strconv"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
)

// end puts on record that a proposal brought nothing into force.
func (b *Rulebook) end(ctx context.Context, p Proposed, s rules.Standing, override bool, why rules.Reason) error {
	kind := rules.EventNotAdopted
	if override {
		kind = rules.EventNotOverridden
	}
	facts := rules.Facts{Before: s.Version, Seen: p.Rules, Proposal: p.Proposal, Change: p.Change, Number: p.Number, Reason: why}
	return b.record(ctx, p.Proposal+"/ended", kind, p, facts, "")
}

// record puts one event of a proposal on record, with who asked and what differs.
func (b *Rulebook) record(ctx context.Context, key, kind string, p Proposed, f rules.Facts, text string) error {
	ev := evidence.Event{Key: key, Type: kind, WorkflowID: p.Proposal, RunID: p.RunID, At: p.At.UTC()}
	dir, err := People{b.Source}.directory(ctx)
	if err != nil {
		return err
	}
	person, _ := theOne(dir, p.Actor)
	if ev.Actor, err = actor(ctx, b.Blobs, person, p.Actor); err != nil {
		return err
	}
	if err := attach(ctx, b.Blobs, &ev, "reason", text); err != nil {
		return err
	}
	if about := p.Rules; about != "" {
		if err := b.describe(ctx, &ev, &f, about); err != nil {
			return err
		}
	}
	if ev, err = policyEvent(ev, f); err != nil {
		return err
	}
	receipts, err := b.Log.Append(ctx, []evidence.Event{ev})
	if err != nil {
		return recordFailure(err)
	}
	done(ctx, "policy on record", "type", kind, "index", receipts[0].Index)
	return nil
}

// who is the one active person behind an account; empty when there is none.
func (b *Rulebook) who(ctx context.Context, account compliance.Account, at time.Time) (string, error) {
	dir, err := People{b.Source}.directory(ctx)
	if err != nil {
		return "", err
	}
	person, ok := theOne(dir, account)
	if !ok || !person.ActiveAt(at) {
		return "", nil
	}
	return string(person.ID), nil
}

func ordinal(n int) string { return strconv.Itoa(n) }
