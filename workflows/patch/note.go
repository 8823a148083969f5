package patch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// call tells the people who answer for the rollout, on the card and in the ticket.
// The key is a logical step: each is said once.
func (p *process) call(step, text string, others ...compliance.PersonID) {
	r := p.s.Route
	var people []compliance.PersonID
	for _, id := range append([]compliance.PersonID{r.Requester, r.Audience.Owner}, others...) {
		if id != "" && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	p.Call(p.Owner()+"/call/"+step, text, people...)
	if p.s.Ticket.ID != "" {
		p.Tell(told(text), "")
	}
}

func told(text string) []compliance.Fact { return []compliance.Fact{{Text: text}} }

func refusedNote(s State, reason rules.Reason) string {
	return fmt.Sprintf("%s did not start. %s %s", s.Number, reason.Text(), problemText(s.Problems))
}

// problemText lists what stands in the way, for people.
func problemText(problems []rules.Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Field+": "+p.Text)
	}
	return compliance.Cut(strings.Join(all, " "), 600)
}

func heldNote(s State) string {
	text := fmt.Sprintf("%s is halted%s. %s", s.Number, where(s), s.Reason.Text())
	if s.Detail != "" {
		text += " Seen: " + compliance.Cut(s.Detail, 200)
	}
	return text
}

// where names the ring and the target that a halt is about.
func where(s State) string {
	if s.HeldRing < 0 || s.HeldRing >= len(s.Rings) {
		return ""
	}
	text := fmt.Sprintf(" at ring %d, %s", s.HeldRing+1, s.Route.Plan.Rings[s.HeldRing].Name)
	if s.HeldAt != "" {
		text += ", target " + s.HeldAt
	}
	return text
}

func backNote(s State, by compliance.PersonID) string {
	text := fmt.Sprintf("%s goes back. %s", s.Number, s.Reason.Text())
	if s.Detail != "" && by == "" {
		text += " Seen: " + compliance.Cut(s.Detail, 200)
	}
	if names := s.WayBack.Overruled; len(names) > 0 {
		text += fmt.Sprintf(" %s Freeze: %s.", rules.FreezeOverruled.Text(), strings.Join(names, ", "))
		if len(s.WayBack.Owners) == 0 {
			text += " The policy names no owner who could be told."
		}
	}
	return text
}

func strandedNote(s State, stuck rules.StuckTarget) string {
	text := fmt.Sprintf("%s: the target %s is in no verified state. %s", s.Number, stuck.Target, stuck.Reason.Text())
	for _, r := range s.Results {
		if r.Target == stuck.Target && r.Detail != "" {
			text += " Seen: " + compliance.Cut(r.Detail, 200)
		}
	}
	return text
}

// alertTitle and alertText are what whoever is called reads first.
func alertTitle(s State, a rules.Alert) string {
	targets := strings.Join(a.Targets, ", ")
	switch a.Reason {
	case rules.NoVerifiedState:
		if a.Word == rules.AlertCritical {
			return s.Number + ": no way back for " + targets
		}
	case rules.RollbackFailed:
		return s.Number + ": the way back failed for " + targets
	case rules.NotOurs:
		return s.Number + ": not taken back, because something else is there: " + targets
	case rules.PlatformDown:
		return s.Number + ": a platform does not answer"
	case rules.PayloadUndone, rules.TestsFailed:
		return s.Number + ": no longer as it was rolled out: " + targets
	}
	return s.Number + " is halted" + where(s)
}

func alertText(s State, a rules.Alert) string {
	text := a.Reason.Text()
	if a.Detail != "" {
		text += " Seen: " + a.Detail
	}
	for _, r := range s.Results {
		if a.Word == rules.AlertCritical && !r.Verified && r.Detail != "" {
			text += fmt.Sprintf(" %s: %s", r.Target, compliance.Cut(r.Detail, 200))
		}
	}
	return compliance.Cut(text, 1500)
}

// watchedNote says what a look at the targets after the close changed.
func watchedNote(s State) string {
	if len(s.Undone) == 0 {
		return s.Number + ": every target is as it was rolled out again."
	}
	text := s.Number + " is open again:"
	for _, u := range s.Undone {
		text += fmt.Sprintf(" %s. %s", u.Target, u.Reason.Text())
	}
	return compliance.Cut(text, 800)
}

func unapprovedNote(s State, why change.Reason) string {
	text := s.Number + " ended before anything was touched. " + why.Text()
	if len(s.Clocks) > 0 {
		text += " Its deadlines are not met by that: ask for another rollout."
	}
	return text
}

func endedNote(s State) string {
	switch s.State {
	case rules.Completed:
		return fmt.Sprintf("%s is complete: every ring is proven. It can still be taken back.", s.Number)
	case rules.Stranded:
		return fmt.Sprintf("%s could not take everything back. Restore what is named on the card by hand, or order one more try.", s.Number)
	}
	return fmt.Sprintf("%s is rolled back: every target is verified in its earlier state. The payload is barred until somebody lifts the bar.", s.Number)
}

func soakingNote(s State, ring int, ends time.Time) []compliance.Fact {
	return []compliance.Fact{{Text: fmt.Sprintf("Ring %d, %s, passed its tests and soaks until", ring+1, s.Route.Plan.Rings[ring].Name), At: ends}}
}

func provenNote(s State, ring int, at time.Time) []compliance.Fact {
	return []compliance.Fact{{Text: fmt.Sprintf("Ring %d, %s, is proven.", ring+1, s.Route.Plan.Rings[ring].Name), At: at}}
}

func warnedNote(s State, c rules.Clock, w rules.Warning, targets int) string {
	text := fmt.Sprintf("%s: %s for %s on %s", s.Number, w.Point.Label(), c.Vulnerability, c.Asset)
	if targets > 1 {
		text += " and " + compliance.Count(targets-1, "more target", "more targets")
	}
	text += ". Deadline " + instant(w.Due) + "."
	if w.Missed > 0 {
		text += " " + compliance.Count(w.Missed, "earlier warning was", "earlier warnings were") + " not sent."
	}
	if c.Feed != rules.OK {
		text += " " + c.Feed.Text()
	}
	return text
}

func clockNote(s State, before rules.Clock, c Clock, reason rules.Reason) string {
	return fmt.Sprintf("%s, %s on %s: %s It is %s; before it was %s.", s.Number, before.Vulnerability, before.Asset, reason.Text(), deadline(c.Clock.Due), deadline(before.Due))
}

func deadline(at time.Time) string {
	if at.IsZero() {
		return "the next regular upgrade"
	}
	return instant(at)
}

// instant is how an instant stands in a sentence.
func instant(at time.Time) string { return at.UTC().Format("2 January 2006, 15:04 UTC") }

// refusedFact is a refused act on the card's log.
func refusedFact(action string, by compliance.PersonID, why rules.Reason, at time.Time) compliance.Fact {
	f := compliance.Fact{Text: fmt.Sprintf("Refused to %s (%s)", spoken(action), spoken(string(why))), At: at}
	if by != "" {
		f.Text += ":"
		f.People = []compliance.PersonID{by}
	}
	return f
}

func spoken(s string) string { return strings.NewReplacer("_", " ", "-", " ").Replace(s) }

// actedText is an act that counts on the card's log.
func actedText(a rules.Act) string {
	switch a.Action {
	case rules.ActionStop:
		return "Stopped by"
	case rules.ActionResume:
		if a.Retest {
			return "Resumed with new tests by"
		}
		return "Resumed by"
	case rules.ActionLift:
		return "Bar lifted by"
	case rules.ActionWaive:
		return "Proof of the backup waived by"
	}
	return "Later deadline accepted by"
}
