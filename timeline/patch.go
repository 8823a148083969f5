package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// patch tells an event of a patch rollout, empty when it does not know the type.
func (t teller) patch(r evidence.Record) (string, []string) {
	switch r.Type {
	case patch.EventReceived:
		return t.asked(r)
	case patch.EventClock, patch.EventLater, patch.EventWarned, patch.EventQuarantined, patch.EventFeed, patch.EventAdvised:
		return t.clock(r)
	case patch.EventPlanned:
		return t.planned(r)
	case patch.EventLate:
		return over(r)
	}
	text, known := rollout(r.Type)
	if !known {
		return "", nil
	}
	// One type of event may come with facts of several shapes: a halt is a
	// person's or the rollout's own, a deployment is about a target or a ring.
	if f, ok := holding[patch.ActFacts](r, "action"); ok {
		return t.steered(r.Type, f)
	}
	if f, ok := holding[patch.OrderFacts](r, "order"); ok {
		return t.ordered(r.Type, f)
	}
	if f, ok := holding[patch.AlertedFacts](r, "alert"); ok {
		return t.alerted(text, f)
	}
	if f, ok := holding[patch.RingFacts](r, "standing"); ok {
		return t.ring(text, f)
	}
	if f, ok := holding[patch.WayBackFacts](r, "way_back"); ok {
		return text, t.wayBack(f)
	}
	if f, ok := holding[patch.TargetFacts](r, "target"); ok {
		return t.onTarget(text, f)
	}
	if f, ok := holding[patch.MovedFacts](r, "to"); ok {
		details := notes(because(f.Reason))
		details.plain(f.Detail)
		if r.Type == patch.EventClosed {
			text = fmt.Sprintf("The rollout is over: %s.", words(string(f.To)))
		}
		return text, details
	}
	return text, raw(r.Facts)
}

// rollout is the sentence of a type of event by itself.
func rollout(kind string) (string, bool) {
	text, ok := map[string]string{
		patch.EventRingStarted: "Every gate was open, so the ring began.",
		patch.EventSnapshot:    "What is served now was kept, with its backup.",
		patch.EventDeployed:    "The payload was deployed.",
		patch.EventChecked:     "Tests or a probe were run.",
		patch.EventSoaked:      "The soak moved on.",
		patch.EventHeld:        "The rollout is held: nothing moves forward.",
		patch.EventResumed:     "The rollout goes on.",
		patch.EventReverting:   "The way back was decided.",
		patch.EventRestored:    "A step of the way back ended.",
		patch.EventStranded:    "Something is in no verified state; somebody was paged.",
		patch.EventAlarmed:     "A source of alerts found a target unwell.",
		patch.EventAlerted:     "Somebody is called until they acknowledge.",
		patch.EventReopened:    "After the close a target was found not to be as it was rolled out.",
		patch.EventMended:      "A target is as it was rolled out again.",
		patch.EventBarred:      "The payload is barred from every rollout until somebody lifts that.",
		patch.EventBarLifted:   "The payload may be rolled out again.",
		patch.EventWaived:      "The proof of a backup was waived for a time.",
		patch.EventRefused:     "An act was refused.",
		patch.EventClosed:      "The rollout is over.",
		patch.EventUnreadable:  "A message about the rollout could not be read.",
	}[kind]
	return text, ok
}

func (t teller) asked(r evidence.Record) (string, []string) {
	f, ok := holding[patch.ReceivedFacts](r, "payload")
	if !ok {
		return fmt.Sprintf("A rollout was asked for; it got the number %s.", r.Number), raw(r.Facts)
	}
	var details notes
	details.say("system", f.System)
	details.say("advisory", strings.TrimSpace(f.Advisory+" "+f.Revision))
	details.say("for", strings.Join(f.CVEs, ", "))
	for _, a := range f.Statements {
		details.add("by whoever asked, %s", a.Text())
	}
	details.say("payload", compliance.ShortDigest(f.Payload.Digest))
	name := strings.TrimSpace(f.Payload.Title + " " + f.Payload.Version)
	return fmt.Sprintf("The rollout of “%s” was asked for; it got the number %s.", name, r.Number), details
}

// steered tells what a person did, or tried.
func (t teller) steered(kind string, f patch.ActFacts) (string, []string) {
	var details notes
	if f.Ring > 0 {
		details.add("shown at ring %d", f.Ring)
	}
	if f.Shown != "" {
		details.add("confirmed: “%s”", f.Shown)
	}
	if f.Bar != nil {
		details.add("barred since %s by %s: %s", t.when(f.Bar.At), f.Bar.Number, spoken(f.Bar.Reason))
	}
	switch kind {
	case patch.EventHeld:
		return "Stopped the rollout: nothing moves forward.", details
	case patch.EventResumed:
		if f.Retest {
			return "Resumed the rollout, from new tests of the ring.", details
		}
		return "Resumed the rollout where it stood.", details
	case patch.EventReverting:
		return "Ordered the way back.", details
	case patch.EventBarLifted:
		return "Lifted the bar: the payload may be rolled out again.", details
	case patch.EventWaived:
		return "Waived the proof of a backup, for " + compliance.Count(f.Days, "day", "days") + ".", details
	case patch.EventRefused:
		return fmt.Sprintf("Tried to %s. %s", spoken(f.Action), f.Reason.Text()), append(details, because(f.Reason)...)
	}
	text, _ := rollout(kind)
	return text, append(details, "asked to "+spoken(f.Action))
}

// planned tells what is going to happen, ring by ring (P6).
func (t teller) planned(r evidence.Record) (string, []string) {
	f, ok := holding[patch.PlannedFacts](r, "plan")
	if !ok {
		return "The ring plan was fixed.", raw(r.Facts)
	}
	var details notes
	for i, ring := range f.Plan.Rings {
		critical := ""
		if ring.Critical {
			critical = ", critical"
		}
		details.add("ring %d, %s: %s; soaks %s%s", i+1, ring.Name, strings.Join(ring.Targets, ", "), span(ring.Soak), critical)
	}
	if len(f.Triggers) > 0 {
		details.add("the way back is taken for: %s", joined(f.Triggers, spoken[patch.Reason]))
	}
	details.say("change", f.Change)
	for _, p := range f.Problems {
		details.add("%s: %s", p.Field, p.Text)
	}
	return fmt.Sprintf("The ring plan was fixed (plan %s).", compliance.ShortDigest(f.Hash)), details
}

// ring names the ring that an event is about, and how it stands.
func (t teller) ring(text string, f patch.RingFacts) (string, []string) {
	name := fmt.Sprintf("Ring %d", f.Ring+1)
	if f.Name != "" {
		name += ", " + f.Name
	}
	var details notes
	if f.To != "" {
		details.add("%s → %s", words(string(f.From)), words(string(f.To)))
	}
	if f.Standing.Outcome != "" {
		details.add("outcome: %s", words(string(f.Standing.Outcome)))
	}
	for _, c := range f.Results {
		details.add("%s: %s", c.Suite, with(words(string(c.Outcome)), c.Detail))
	}
	details.say("under way", patch.TakenText(f.Others))
	t.at(&details, "healthy since", f.Standing.HealthySince)
	t.at(&details, "soaks until", f.SoakEnds)
	details.say("serves", compliance.ShortDigest(f.Standing.Digest))
	details.say("next:", words(string(f.Move)))
	return name + ": " + lower(text), append(details, because(f.Reason)...)
}
