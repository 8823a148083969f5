package change

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// keptLineage bounds the former hashes of a version whose cards still decide;
// an older card is told that the change was edited.
const keptLineage = 20

// edits weighs what a reading says differently from the version under review or
// approved, by the classes that the version was routed with (C12).
func (c *process) edits(r steps.ChangeReading) []rules.FieldChange {
	v := c.s.Version
	edits := rules.Edits(v.Snapshot, r.Snapshot, v.Route.Classes)
	if len(r.Problems) > 0 {
		return rules.Unreviewable(edits)
	}
	return edits
}

// takenOver weighs a reading that an act is judged by. An edit that nobody
// followed up yet and that keeps the votes is taken over first: the act is judged by what the ticket says now.
func (c *process) takenOver(ctx workflow.Context, r steps.ChangeReading) (steps.ChangeReading, []rules.FieldChange, error) {
	edits := c.edits(r)
	if len(edits) == 0 || rules.Void(edits) || !c.s.Version.live() {
		return r, edits, nil
	}
	return r, edits, c.edited(ctx, r, edits)
}

// voiding are the edits where they void the votes, else none.
func voiding(edits []rules.FieldChange) []rules.FieldChange {
	if rules.Void(edits) {
		return edits
	}
	return nil
}

// edited takes over an edit that leaves the version and its votes standing. It
// is on record before the version says anything else; a crash in between repeats
// the record under the same key. What is notable is told once to those who voted and
// those still asked, and in the ticket; what is cosmetic stands on the card's log.
func (c *process) edited(ctx workflow.Context, r steps.ChangeReading, edits []rules.FieldChange) error {
	v, now := &c.s.Version, workflow.Now(ctx)
	was := v.Snapshot
	c.s.Sequence++
	step := fmt.Sprintf("edited/%d", c.s.Sequence)
	facts := rules.EditedFacts{Version: v.N, Class: rules.Weightiest(edits), Hash: r.Snapshot.Hash, Changes: edits}
	if was.Hash != r.Snapshot.Hash {
		facts.Was = was.Hash
	}
	ev := c.head().Event(rules.VersionKey(c.Owner(), v.N, step), rules.EventEdited, now)
	ev.Facts = desk.Encoded(facts)
	ev.Blobs = []evidence.BlobRef{{Role: "content", Digest: r.Snapshot.Blob}}
	if _, err := c.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{ev}}); err != nil {
		return err
	}
	r.Snapshot.Requester = was.Requester // editing the reporter submits nothing
	v.Snapshot = r.Snapshot
	if facts.Was != "" {
		v.lineage(facts.Was)
	}
	if v.State == rules.Approved {
		v.Expires = rules.Narrowed(v.Expires, v.Approved, v.Route.Validity, v.Route.Schedule, v.Snapshot.PlannedStart)
	}
	if c.s.State == rules.WaitingWindow {
		ready := v.Ready
		if c.reckon(now); v.Ready && !ready {
			c.callImplementer() // a shorter estimate fits the window that is open
		}
		c.stage(ctx)
	}
	c.s.Logged(compliance.Fact{Text: editedText(edits), At: now})
	c.Show()
	if facts.Class == rules.Notable {
		c.Call(fmt.Sprintf("%s/v%d/%s", c.s.Number, v.N, step), editedCall(c.s, edits), v.concerned()...)
		c.Tell(editedNote(c.s, was, edits), "")
	}
	return nil
}

// known are the attachments whose bytes need no second reading while the version
// is reviewed or waits: the start reads all of them once more, and so does a
// submission (C14).
func (v Version) known(hints []compliance.TicketEvent) []rules.Attached {
	if !v.live() || slices.ContainsFunc(hints, func(h compliance.TicketEvent) bool { return h.Entered }) {
		return nil
	}
	return v.Snapshot.Attached
}

// lineage remembers what the version's hash was.
func (v *Version) lineage(hash string) {
	v.Lineage = append(v.Lineage, hash)
	if n := len(v.Lineage); n > keptLineage {
		v.Lineage = append([]string(nil), v.Lineage[n-keptLineage:]...)
	}
}

// concerned are those whose decision on the version stands or is still asked for.
func (v Version) concerned() []compliance.PersonID {
	var people []compliance.PersonID
	for _, vote := range v.Votes {
		if vote.Void == rules.OK {
			people = append(people, vote.Person)
		}
	}
	if l, open := v.level(); open {
		people = append(people, rules.Tally(v.Level, l, v.Votes).Outstanding...)
	}
	slices.Sort(people)
	return slices.Compact(people)
}

// sinceText says on the card what differs from the version before, whose
// approvers need not read everything again. The card links to the whole.
func sinceText(was, is rules.Snapshot, classes rules.Classes) string {
	return compliance.Cut(rules.Describe(rules.Edits(was, is, classes)), 600)
}

func editedText(edits []rules.FieldChange) string {
	if rules.Weightiest(edits) == rules.Cosmetic {
		return fmt.Sprintf("The ticket was edited (%s).", compliance.Cut(rules.Describe(edits), 300))
	}
	return fmt.Sprintf("The ticket was edited (%s): the votes stand.", compliance.Cut(rules.Describe(edits), 300))
}

func editedCall(s State, edits []rules.FieldChange) string {
	return fmt.Sprintf("%s, version %d was edited: %s. Votes that were given stand; look whether you still see it as you did.",
		s.Number, s.Version.N, compliance.Cut(rules.Describe(edits), 600))
}

func editedNote(s State, was rules.Snapshot, edits []rules.FieldChange) []compliance.Fact {
	v := s.Version
	facts := []compliance.Fact{
		{Text: fmt.Sprintf("%s, version %d was edited: %s.", s.Number, v.N, compliance.Cut(rules.Describe(edits), 600))},
		{Text: "The votes stand. Whoever voted and whoever is still asked was told."},
	}
	if was.Hash != v.Snapshot.Hash {
		facts = append(facts, compliance.Fact{Label: "Content", Text: rules.ShortHash(was.Hash) + " became " + v.hash12()})
	}
	return facts
}
