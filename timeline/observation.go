package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/evidence"
)

// observation tells what was seen on a target, and what became of a finding; empty
// when it does not know the type.
func (t teller) observation(r evidence.Record) (string, []string) {
	switch r.Type {
	case observation.EventObserved:
		f, ok := facts[observation.ObservedFacts](r)
		if !ok {
			return "What the target serves is explained.", raw(r.Facts)
		}
		return t.observed(f)
	case observation.EventUnread:
		f, ok := facts[observation.UnreadFacts](r)
		text := "The target could not be read for a day, and people were told."
		if !ok {
			return text, raw(r.Facts)
		}
		var details notes
		t.at(&details, "not read since", f.Since)
		details.say("seen:", f.Detail)
		return text, details
	case observation.EventFound:
		text := "Found a content that no rollout and no change on record put there"
		f, ok := facts[observation.FoundFacts](r)
		if !ok {
			return text + ".", raw(r.Facts)
		}
		var details notes
		details.say("target:", f.Found.Target)
		details.say("before:", f.Found.Before.Content)
		t.at(&details, "last seen so", f.Found.LastLook)
		details.say("now:", f.Found.Seen.Content)
		details.say("revision:", f.Found.Seen.Revision)
		t.at(&details, "seen", f.Found.Seen.At)
		details.say("under way, and not what explains it:", strings.Join(f.Found.Meanwhile, ", "))
		if f.Owner != "" {
			details.add("owner: %s", t.people(f.Owner))
		}
		return fmt.Sprintf("%s; it got the number %s.", text, r.Number), details
	case observation.EventExplained, observation.EventRefused:
		f, ok := holding[observation.ActFacts](r, "action")
		var details []string
		if !ok {
			details = raw(r.Facts)
		}
		if r.Type == observation.EventExplained {
			return strings.TrimSuffix("Explained what was found by "+f.By, " by ") + ".", details
		}
		return "Tried to explain what was found. " + f.Reason.Text(), append(details, because(f.Reason)...)
	case observation.EventUnreadable, observation.EventStopped:
		text := "A message about the finding could not be read."
		if r.Type == observation.EventStopped {
			text = "An operator of the engine ended the run of the finding: nobody has explained it."
		}
		f, ok := facts[observation.MovedFacts](r)
		if !ok {
			return text, raw(r.Facts)
		}
		var details notes
		details.say("what:", f.Detail)
		return text, details
	case observation.EventLate:
		return over(r)
	}
	return "", nil
}

// observed tells why a content counts as explained.
func (t teller) observed(f observation.ObservedFacts) (string, []string) {
	by := strings.Join(f.By, ", ")
	text := map[observation.Outcome]string{
		observation.Baseline:  "Looked at the target for the first time: what it serves is what later looks are compared with.",
		observation.ByRollout: "The target serves what " + by + " put there or brought back.",
		observation.ByChange:  "The target serves another content, and " + by + " was carried out there since the last look.",
		observation.ByFinding: "The target serves what was found and then explained (" + by + ").",
	}[f.Outcome]
	if text == "" {
		text = "What the target serves is explained."
	}
	var details notes
	if f.Before != nil {
		details.say("before:", f.Before.Content)
	}
	details.say("now:", f.Seen.Content)
	details.say("revision:", f.Seen.Revision)
	return text, details
}
