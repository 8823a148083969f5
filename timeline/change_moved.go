package timeline

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// movement is the sentence for a transition that no single act explains,
// empty when the type is not one.
func movement(kind string) string {
	switch kind {
	case change.EventApproved:
		return "Every level reached its quorum: the version is approved."
	case change.EventRejected:
		return "A level was denied: the version is rejected."
	case change.EventExpired:
		return "Time ran out: the version expired. Silence is never an approval."
	case change.EventVoided:
		return "The content changed, so this version and its votes are void."
	case change.EventStarted:
		return "The execution began."
	case change.EventNotStarted:
		return "The start came too late for its window and does not count."
	case change.EventFinished:
		return "The execution ended."
	case change.EventClosed:
		return "The ticket still says what was approved: the change is closed."
	case change.EventWithdrawn:
		return "The change ended before it was carried out."
	case change.EventLate:
		return "Somebody acted on a change that is over."
	case change.EventDrift:
		return "Somebody moved the ticket by hand; its status was set back."
	case change.EventReminded, change.EventEscalated, change.EventReassigned:
		return "People were called to a level that waits for decisions."
	case change.EventGated:
		return "Evidence was handed over for the gate."
	case change.EventTurnPassed:
		return "It was its turn in the line, which was not used in time: the next one's came."
	case change.EventUnreadable:
		return "A message could not be read."
	case change.EventEdited:
		return "The ticket was edited; the version and its votes stand."
	case change.EventSuperseded:
		return "A newer change took the place of this one."
	case change.EventNotReplaced:
		return "A newer change wanted to take the place of this one and did not."
	case change.EventSupersedes:
		return "The older change that this one replaces was told."
	}
	return emergencySentence(kind)
}

// edited tells an edit that left the votes standing.
func (t teller) edited(f change.EditedFacts) (string, []string) {
	var details notes
	details.say("what changed:", change.Describe(f.Changes))
	details.say("class:", string(f.Class))
	if f.Was != "" {
		details.add("content %s became %s", compliance.ShortDigest(f.Was), compliance.ShortDigest(f.Hash))
	}
	text := fmt.Sprintf("The ticket was edited; version %d and its votes stand.", f.Version)
	if f.Class == change.Notable {
		text += " Whoever voted and whoever was still asked was told."
	}
	return text, details
}

func (t teller) moved(kind string, f change.MovedFacts) (string, []string) {
	var details []string
	add := func(format string, args ...any) { details = append(details, fmt.Sprintf(format, args...)) }
	if f.Reason != change.OK {
		add("%s", f.Reason.Text())
	}
	if len(f.Changes) > 0 {
		add("what changed: %s", change.Describe(f.Changes))
	}
	for _, l := range f.Lost {
		add("%s may no longer decide: %s", t.people(l.Person), words(string(l.Reason)))
	}
	if !f.Opens.IsZero() {
		add("may start %s", t.when(f.Opens))
	}
	if f.Window != "" {
		add("window %s", f.Window)
	}
	if !f.Expires.IsZero() {
		add("approval valid until %s", t.when(f.Expires))
	}
	if f.Newer != "" {
		add("by %s", f.Newer)
	}
	if f.Detail != "" {
		add("%s", f.Detail)
	}
	t.collisions(f.Collisions, add)
	if f.By != "" {
		add("moved by %s", t.people(f.By))
	}
	text := movement(kind)
	if kind == change.EventClosed && f.Reason != change.OK {
		text = "The change is closed with a deviation."
	}
	return text, details
}

// collisions tells what else was planned for the same time.
func (t teller) collisions(list []change.Collision, add func(string, ...any)) {
	for _, c := range list {
		add("at the same time: %s, %s, planned from %s", c.Number, c.Text(), t.when(c.Start))
	}
}
