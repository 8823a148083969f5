package certification

import (
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Texts for people. They name people by id; the step that writes them looks the
// names up.

// tellingText is the note in the card's thread that notifies the people told.
func tellingText(s State, told steps.Telling) string {
	what := fmt.Sprintf("%s, %s of %s: ", s.Number, s.Setup.Title, s.Setup.Vendor)
	if e := told.Escalation; e != nil {
		return what + fmt.Sprintf("nobody has acknowledged the reminder %s. You are told because you stand behind the owner.", rungName(e.Offset))
	}
	r := told.Reminder
	text := what + deadlineText(s, r)
	for _, a := range r.Do {
		if t := actionText(a); t != "" {
			text += " " + t
		}
	}
	switch r.Timing {
	case rules.Late:
		text += fmt.Sprintf(" This reminder is late; it was planned for %s.", r.Date)
	case rules.Entered:
		if len(r.Skipped) > 0 {
			text += " It stands for the earlier reminders, too."
		}
	}
	if told.Told.Reason == rules.NobodyToTell {
		text += " " + rules.NobodyToTell.Text()
	}
	return text
}

// deadlineText is what the reminder is about: how far away the end is. The days
// are those of its planned date, which may be moved off a weekend.
func deadlineText(s State, r *rules.Reminder) string {
	last := s.Tracker.Schedule.Last
	need := "it is covered until " + last.String()
	if !s.Tracker.Current.State.Accepted() {
		need = "it is needed by " + last.String()
	}
	if r.Offset > 0 {
		return fmt.Sprintf("%s, %s.", need, rungName(r.Offset))
	}
	over := "its cover ended with " + last.String() + "."
	if !s.Tracker.Current.State.Accepted() {
		over = "it was needed by " + last.String() + " and has not been accepted."
	}
	return over
}

// rungName names a rung in a sentence.
func rungName(offset int) string {
	switch {
	case offset == 1:
		return "one day before"
	case offset > 1:
		return compliance.Count(offset, "day", "days") + " before"
	case offset == 0:
		return "at its end"
	default:
		return compliance.Count(-offset, "day", "days") + " after its end"
	}
}

// actionText is what a rung asks of its readers (A3).
func actionText(a rules.Action) string {
	switch a {
	case rules.RequestRenewal:
		return "Ask the vendor for the document, and press “Vendor was asked”."
	case rules.ChaseVendor:
		return "Ask the vendor again."
	case rules.Escalate:
		return "The owner's manager is told from now on."
	case rules.DecideGrace:
		return "An approver who is not the owner decides whether it may lack cover for a while."
	case rules.TellSponsor:
		return "The sponsor is told from now on."
	case rules.ListBlocks:
		return "Changes that touch the vendor will have to wait once it is over."
	case rules.StateExpired:
		return "Changes that touch the vendor wait from now on."
	case rules.RemindWeekly:
		return "It stays so until a document is accepted or a grace granted."
	}
	return ""
}

// taskText is the body of the renewal's ticket.
func taskText(s State) string {
	lines := []string{
		fmt.Sprintf("%s: a current %s of %s is needed.", s.Number, s.Setup.Title, s.Setup.Vendor),
		"Record what happens with the buttons of the card, or with `starter vendor`. Moving this task decides nothing.",
	}
	if len(s.Setup.Systems) > 0 {
		lines = append(lines, "Rests on the vendor: "+strings.Join(s.Setup.Systems, ", ")+". Changes to it wait while there is no cover.")
	}
	return strings.Join(lines, "\n")
}

func reminderNote(s State, told steps.Telling) []compliance.Fact {
	return []compliance.Fact{{Text: tellingText(s, told), People: told.Told.People}}
}

func expiredNote(s State) []compliance.Fact {
	return []compliance.Fact{{Text: fmt.Sprintf("%s has expired: its last day was %s. %s", s.Number, s.Tracker.Schedule.Last, blocksText(s)), At: s.Tracker.Schedule.Ends}}
}

func driftNote(s State, moved string) []compliance.Fact {
	return []compliance.Fact{{Text: fmt.Sprintf("This task was moved to %s by hand. What %s is worth is said on its card, so the status was set back.", moved, s.Number)}}
}

func deletedNote(s State) []compliance.Fact {
	return []compliance.Fact{{Text: "The earlier task of this renewal was deleted. " + s.Number + " is still needed, so here is another one."}}
}

// actNote is the comment in the ticket about an act.
func actNote(action string, s State, j steps.JudgedTrackerAct, at time.Time) []compliance.Fact {
	facts := []compliance.Fact{actedFact(action, s, j, at)}
	if j.Effect.Gap != nil {
		facts = append(facts, compliance.Fact{Label: "Finding", Text: j.Effect.Gap.Text()})
	}
	return facts
}

// actedFact is an act on the card's log.
func actedFact(action string, s State, j steps.JudgedTrackerAct, at time.Time) compliance.Fact {
	f := compliance.Fact{At: at, People: present(j.Person)}
	t := s.Tracker
	pending := t.Pending()
	switch action {
	case rules.ActionAcknowledge:
		f.Text = "Acknowledged the reminder " + rungName(t.Progress.Last) + ":"
	case rules.ActionRequest:
		f.Text = "Asked the vendor:"
	case rules.ActionReceive:
		f.Text = "Received the document"
		if pending != nil {
			f.Text += fmt.Sprintf(" (%s to %s):", pending.Coverage.From, pending.Coverage.To)
		}
	case rules.ActionReview:
		f.Text = "Took up the review:"
	case rules.ActionReturn:
		f.Text = "Returned it to the vendor:"
	case rules.ActionAccept:
		f.Text = fmt.Sprintf("Accepted version %d, %s to %s:", t.Current.Version, t.Current.Coverage.From, t.Current.Coverage.To)
	case rules.ActionGrace:
		f.Text = "Granted no grace:"
		if g := t.Current.Grace; g != nil && g.Approver == j.Person {
			f.Text = "Granted a grace until " + g.Until.String() + ":"
		}
	case rules.ActionWithdraw:
		f.Text = "Recorded that the vendor took it back:"
	}
	return f
}

// refusedFact is a refused act on the card's log.
func refusedFact(action string, j steps.JudgedTrackerAct, at time.Time) compliance.Fact {
	return refusedOn(fmt.Sprintf("Refused to %s (%s)", strings.ReplaceAll(action, "-", " "), strings.ReplaceAll(string(j.Reason), "-", " ")), j.Person, at)
}

// recordedText answers the person whose act counts.
func recordedText(action string, s State) string {
	t := s.Tracker
	switch action {
	case rules.ActionAcknowledge:
		return s.Number + ": acknowledged. Later reminders come as planned."
	case rules.ActionReceive:
		return s.Number + ": the document is recorded. It covers nothing until somebody else has accepted it."
	case rules.ActionAccept:
		text := fmt.Sprintf("%s: accepted; it covers %s to %s.", s.Number, t.Current.Coverage.From, t.Current.Coverage.To)
		if s.Gap != nil {
			text += " " + s.Gap.Text()
		}
		return text
	case rules.ActionGrace:
		if t.Current.Grace != nil {
			return fmt.Sprintf("%s: grace until %s is recorded.", s.Number, t.Current.Grace.Until)
		}
		return s.Number + ": recorded that no grace is granted."
	case rules.ActionWithdraw:
		return s.Number + ": recorded. It covers nothing from now on."
	}
	return s.Number + ": recorded. " + status(s) + "."
}

// taskStatus is the ticket's status after an act on the renewal.
func taskStatus(action string) string {
	switch action {
	case rules.ActionReceive:
		return "received"
	case rules.ActionReview:
		return "under_review"
	default:
		return "requested"
	}
}

func gapText(s State) string {
	return fmt.Sprintf("%s, %s of %s: a finding. %s", s.Number, s.Setup.Title, s.Setup.Vendor, s.Gap.Text())
}

func withdrawnText(s State) string {
	return fmt.Sprintf("%s, %s of %s: the vendor took it back. %s", s.Number, s.Setup.Title, s.Setup.Vendor, blocksText(s))
}
