package activities

import (
	"context"
	"errors"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
)

// Proposed names rules that somebody asks for.
type Proposed struct {
	Proposal string `json:"proposal"` // workflow id; begins the keys of its records
	RunID    string `json:"run_id,omitempty"`
	Rules    string `json:"rules,omitempty"` // digest; empty when they could not be read
	Base     string `json:"base,omitempty"`  // digest of those they were compared with
	// Change and Number are those of the change that decides on it, where there is one.
	Change string             `json:"change,omitempty"`
	Number string             `json:"number,omitempty"`
	Actor  compliance.Account `json:"actor"`
	At     time.Time          `json:"at"`
}

// AdoptRulesInput asks to bring rules into force.
type AdoptRulesInput struct {
	Proposed
	// Confirmed is who else wants it, of an override; nobody where a change decided.
	Confirmed compliance.Account `json:"confirmed,omitzero"`
}

// AdoptedRules says what is in force then, or why nothing changed.
type AdoptedRules struct {
	Standing rules.Standing `json:"standing"`
	Reason   rules.Reason   `json:"reason,omitempty"`
}

// AdoptRules brings rules into force by putting it on record, if what is in force is
// still what they were compared with and the change is on record as being carried
// out. A refusal is on record as the proposal's end. A crash after the append repeats
// it: it is found by its key.
func (b *Rulebook) AdoptRules(ctx context.Context, in AdoptRulesInput) (AdoptedRules, error) {
	b.moving.Lock()
	defer b.moving.Unlock()
	s, err := b.standing(ctx)
	if err != nil {
		return AdoptedRules{}, translate(err)
	}
	key, kind := in.Proposal+"/adopted", rules.EventAdopted
	if !in.Confirmed.IsZero() {
		kind = rules.EventOverridden
	}
	switch _, err := b.Log.Lookup(ctx, key); {
	case err == nil:
		return AdoptedRules{Standing: s}, nil
	case !errors.Is(err, evidence.ErrNotFound):
		return AdoptedRules{}, translate(recordFailure(err))
	}
	reason := s.JudgeProposal(in.Base, in.Rules)
	if reason == rules.OK && kind == rules.EventAdopted {
		reason, err = b.executing(ctx, in.Change)
	}
	if err == nil && reason != rules.OK {
		err = b.end(ctx, in.Proposed, s, kind == rules.EventOverridden, reason)
	}
	if err != nil || reason != rules.OK {
		return AdoptedRules{Standing: s, Reason: reason}, translate(err)
	}
	wanted, err := restored(ctx, b.Blobs, in.Rules)
	if err != nil {
		return AdoptedRules{}, translate(err)
	}
	facts := s.Adopted(in.Rules, wanted.Organisation().Rules.Required)
	facts.By, facts.Proposal, facts.Change, facts.Number = rules.ByChange, in.Proposal, in.Change, in.Number
	if kind == rules.EventOverridden {
		facts.By = rules.ByOverride
		facts.Confirmed, err = b.who(ctx, in.Confirmed, in.At)
	}
	if err == nil {
		err = b.record(ctx, key, kind, in.Proposed, facts, "")
	}
	if err != nil {
		return AdoptedRules{}, translate(err)
	}
	return AdoptedRules{Standing: s.After(kind, facts)}, nil
}

// executing reports whether the change is on record as being carried out: whatever
// asks for it, no other way than an approval and a start leads there.
func (b *Rulebook) executing(ctx context.Context, subject string) (rules.Reason, error) {
	st, err := b.Log.Standing(ctx, subject)
	switch {
	case errors.Is(err, evidence.ErrNotFound), err == nil && st.State != string(change.Executing):
		return rules.NotExecuting, nil
	case err != nil:
		return rules.OK, recordFailure(err)
	}
	return rules.OK, nil
}

// RecordProposalInput is what became of a proposal, besides its adoption.
type RecordProposalInput struct {
	Proposed
	Type   string       `json:"type"` // one of the events of package rules
	Step   string       `json:"step"` // ends the event key
	Reason rules.Reason `json:"reason,omitempty"`
	// Text is what the person wrote.
	Text string `json:"text,omitempty"`
}

// RecordProposal puts on record how a proposal goes, without moving what is in force.
func (b *Rulebook) RecordProposal(ctx context.Context, in RecordProposalInput) (Done, error) {
	s, err := b.standing(ctx)
	if err == nil {
		facts := rules.Facts{Before: s.Version, Seen: in.Rules, Proposal: in.Proposal, Change: in.Change, Number: in.Number, Reason: in.Reason}
		err = b.record(ctx, in.Proposal+"/"+in.Step, in.Type, in.Proposed, facts, in.Text)
	}
	return Done{}, translate(err)
}

// ConfirmOverrideInput is somebody's word for an override, the n-th from 1.
type ConfirmOverrideInput struct {
	Proposed
	By   compliance.Account `json:"by"`
	Word string             `json:"word"` // digest of the rules that it is about
	N    int                `json:"n"`
}

// ConfirmedOverride says whether the word counts.
type ConfirmedOverride struct {
	Reason rules.Reason `json:"reason,omitempty"`
}

// ConfirmOverride judges somebody's word for an override: it takes another active
// person of the directory. What does not count is on record.
func (b *Rulebook) ConfirmOverride(ctx context.Context, in ConfirmOverrideInput) (ConfirmedOverride, error) {
	asked, err := b.who(ctx, in.Actor, in.At)
	if err != nil {
		return ConfirmedOverride{}, translate(err)
	}
	confirms, err := b.who(ctx, in.By, in.At)
	if err != nil {
		return ConfirmedOverride{}, translate(err)
	}
	reason := rules.OK
	switch {
	case asked == "" || confirms == "":
		reason = rules.UnknownPerson
	case asked == confirms:
		reason = rules.SamePerson
	case in.Word != in.Rules:
		reason = rules.OtherRules
	}
	if reason == rules.OK {
		return ConfirmedOverride{}, nil
	}
	word := in.Proposed
	word.Actor = in.By
	_, err = b.RecordProposal(ctx, RecordProposalInput{Proposed: word, Type: rules.EventUnconfirmed, Step: "refused/" + ordinal(in.N), Reason: reason})
	return ConfirmedOverride{Reason: reason}, err
}
