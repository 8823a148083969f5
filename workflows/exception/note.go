package exception

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Texts for people.

// named is the exception at the head of a sentence: "EXC-3, gate/tests of Order portal: ".
func named(s State) string {
	return fmt.Sprintf("%s, %s of %s: ", s.Number, s.Exception.Control, s.Setup.Title)
}

// began says since when the matter is open, whatever was granted in between (A17).
func began(s State, openDays int) string {
	return fmt.Sprintf("What it excused began on %s, %s ago.", s.Exception.Since, compliance.Count(max(0, openDays), "day", "days"))
}

// toldText is what people are told of what time has brought.
func toldText(s State, t steps.ExceptionTelling) string {
	e := s.Exception
	text := named(s)
	switch t.Due.Event {
	case rules.EventLapsed:
		if e.State == rules.Lapsed {
			return text + "nobody approved it in time, so nothing is excused. Ask again if it is still needed."
		}
		return text + "nobody approved the renewal in time, so it ends when it was going to: " + e.Last.String() + "."
	case rules.EventWarned:
		text += fmt.Sprintf("it ends with %s, %s.", e.Last, inDays(t.Due.Rung))
		if e.Renewals < e.Terms.MaxRenewals {
			text += " Remedy what it excuses, or ask for a renewal, which others decide."
		} else {
			text += " Remedy what it excuses: it cannot be renewed again."
		}
	case rules.EventAsked:
		text += fmt.Sprintf("does the compensating control work? Say so on the card by %s; without an answer the exception ends.", e.Check.By.Format("2 January 2006, 15:04 UTC"))
	case rules.EventExpired:
		text += fmt.Sprintf("its last day, %s, is over, and it excuses nothing any more. %s%s", e.Last, began(s, t.OpenDays), overdue(t.OverdueDays))
		text += fmt.Sprintf(" It has to be remedied by %s; that is no new term, only the shortest that can be kept.", e.Due)
	case rules.EventUnanswered:
		text += fmt.Sprintf("the verifier did not say whether the compensating control works, so it excuses nothing any more. %s It has to be remedied by %s.", began(s, t.OpenDays), e.Due)
	case rules.EventEscalated:
		text += fmt.Sprintf("it was to be remedied by %s and is not. %s%s The owner's manager is told from now on.", e.Due, began(s, t.OpenDays), overdue(t.OverdueDays))
	case rules.EventReminded:
		text += fmt.Sprintf("it is open still. %s%s", began(s, t.OpenDays), overdue(t.OverdueDays))
	}
	if e.State == rules.Reopened {
		text += asksAgain
	}
	if t.Due.Late {
		text += " This comes late; it was due on " + t.Due.At.Format("2 January 2006") + "."
	}
	return text
}

// asksAgain says what the end means for changes.
const asksAgain = " Changes that counted on it ask again before they start."

func inDays(n int) string {
	if n == 1 {
		return "in one day"
	}
	return fmt.Sprintf("in %d days", n)
}

func overdue(days int) string {
	if days == 0 {
		return ""
	}
	return fmt.Sprintf(" It has been without an exception for %s.", compliance.Count(days, "day", "days"))
}

// askedText tells those who decide that there is something to decide.
func askedText(s State) string {
	e := s.Exception
	return named(s) + fmt.Sprintf("an exception until %s is asked for. %s decide until %s; without an answer it is not granted.",
		e.Round.Until, voices(e), e.Round.By.Format("2 January 2006, 15:04 UTC"))
}

// voices is how many have to agree.
func voices(e rules.Exception) string {
	quorum := e.Terms.Quorum
	if e.Round != nil && e.Round.Terms != nil {
		quorum = e.Round.Terms.Quorum
	}
	if quorum == 1 {
		return "One of the approvers has to"
	}
	return fmt.Sprintf("%d of the approvers have to", quorum)
}

func refusedText(s State) string {
	return s.Number + ": the request was not taken. " + s.Refused.Text()
}

// taskText is the body of the ticket. What people wrote is shown as it is.
func taskText(s State) string {
	e := s.Exception
	lines := []string{
		fmt.Sprintf("%s: an exception from %s for %s, until %s. What it excuses began on %s.", s.Number, e.Control, place(e), e.Last, e.Since),
		"Why: " + s.Request.Reason,
		"What stands in for the control: " + s.Request.Compensating,
		"Decide, answer and renew with the buttons of its card, or with `starter exception`. Moving this ticket decides nothing.",
	}
	return strings.Join(lines, "\n")
}

// place is what the exception is about: "order-portal, production, only CHG-7".
func place(e rules.Exception) string {
	text := e.System
	if e.Environment != "" {
		text += ", " + e.Environment
	}
	if e.Change != "" {
		text += ", only " + e.Change
	}
	return text
}

func requestNote(s State) []compliance.Fact {
	return []compliance.Fact{{Text: askedText(s), People: s.Setup.Deciders}}
}

func movedNote(s State) []compliance.Fact { return []compliance.Fact{{Text: status(s) + "."}} }

func stoppedNote(s State) []compliance.Fact {
	return []compliance.Fact{{Text: s.Number + " was ended by an operator of the engine. It excuses nothing any more."}}
}

func present(p compliance.PersonID) []compliance.PersonID {
	if p == "" {
		return nil
	}
	return []compliance.PersonID{p}
}

// shown shortens what a person wrote for the card; the whole of it is in the
// ticket and on record.
func shown(text string) string { return compliance.Cut(text, 300) }
