package change

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// overrunText says what ran out while the change was carried out; an instant follows.
func overrunText(f rules.OverrunFacts) string {
	what := "its window closed while it was being carried out,"
	if f.Reason == rules.Frozen {
		what = "a freeze began while it was being carried out,"
	}
	if f.Name != "" {
		what = what[:len(what)-1] + " (" + f.Name + "),"
	}
	return what
}

// stopText says what the implementer does then: never stop between.
func stopText(points []string, passed int) string {
	switch {
	case len(points) == 0:
		return "The plan names no safe point: finish it, or take the way back and report it. Do not stop in between."
	case passed >= len(points):
		return "The last safe point is behind it: finish it, or take the way back and report it. Do not stop in between."
	}
	return fmt.Sprintf("Go on to the next safe point, stop there and ask, or take the way back and report it. Do not stop in between. Next: %d. %s",
		passed+1, points[passed])
}

// haltedText says what the work at a safe point waits for.
func haltedText(h rules.Halt) string {
	text := fmt.Sprintf("The work waits at safe point %d. ", h.Point)
	if h.Opening.Reason == rules.NoOpening {
		return text + "No opening is known for the rest; the way back is open."
	}
	return text + "It may go on " + spokenOpening(h.Opening) + "; you are called then. The way back is open."
}

func haltedNote(s State) []compliance.Fact {
	h := *s.Halt
	facts := []compliance.Fact{{Text: fmt.Sprintf("%s waits at safe point %d of %d. %s", s.Number, h.Point, len(s.Version.Snapshot.SafePoints), h.Reason.Text()), At: h.At}}
	if h.Opening.Reason == rules.NoOpening {
		return append(facts, compliance.Fact{Label: "May go on", Text: "no opening is known"})
	}
	return append(facts, compliance.Fact{Label: "May go on", Text: h.Opening.Name, At: h.Opening.At})
}

// executingStatus is where an execution stands, in words.
func executingStatus(s State) string {
	h := s.Halt
	switch {
	case h != nil && h.May:
		return fmt.Sprintf("Waits at safe point %d of %d, and may go on", h.Point, len(s.Version.Snapshot.SafePoints))
	case h != nil:
		return fmt.Sprintf("Waits at safe point %d of %d", h.Point, len(s.Version.Snapshot.SafePoints))
	case !s.Overran.IsZero():
		return "Being carried out, outside its window"
	}
	return "Being carried out"
}

// executingFacts are what whoever carries the change out needs to know of its calendar.
func executingFacts(s State) []compliance.Fact {
	var facts []compliance.Fact
	if points := s.Version.Snapshot.SafePoints; len(points) > 0 {
		facts = append(facts, compliance.Fact{Label: "Safe points", Text: rules.Numbered(points)})
	}
	if s.Passed > 0 {
		facts = append(facts, compliance.Fact{Label: "Passed", Text: fmt.Sprintf("safe point %d", s.Passed)})
	}
	switch h := s.Halt; {
	case h != nil && h.May:
		facts = append(facts, compliance.Fact{Label: "May go on", Text: "now: ask once more before you do"})
		if !h.Opening.Until.IsZero() {
			facts = append(facts, compliance.Fact{Label: "Window closes", Text: h.Opening.Name, At: h.Opening.Until})
		}
	case h != nil && h.Opening.Reason == rules.NoOpening:
		facts = append(facts, compliance.Fact{Label: "Waits", Text: h.Reason.Text() + " No opening is known for the rest."})
	case h != nil:
		facts = append(facts, compliance.Fact{Label: "Waits", Text: h.Reason.Text()}, compliance.Fact{Label: "May go on", Text: h.Opening.Name, At: h.Opening.At})
	case !s.Overran.IsZero():
		facts = append(facts, compliance.Fact{Label: "Outside its window", Text: stopText(s.Version.Snapshot.SafePoints, s.Passed) + " Since", At: s.Overran})
	case !s.Watch.IsZero():
		facts = append(facts, compliance.Fact{Label: "Window closes", At: s.Watch})
	}
	return facts
}
