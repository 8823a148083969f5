package exception

import (
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/workflows/steps"
)

// actedText is the note about an act for those it concerns; empty when the card is
// enough. The exception was in the state was before.
func actedText(s State, j steps.JudgedException, was rules.State) string {
	e := s.Exception
	switch j.Event {
	case rules.EventGranted:
		return named(s) + fmt.Sprintf("granted until %s. The verifier is asked every %s whether the compensating control works.", e.Last, compliance.Count(e.Terms.RecheckEvery, "day", "days"))
	case rules.EventRenewed:
		return named(s) + fmt.Sprintf("renewed until %s. What it excuses began on %s.", e.Last, e.Since)
	case rules.EventDenied:
		if e.State == rules.Denied {
			return named(s) + "denied. Nothing is excused."
		}
		return named(s) + "the renewal was denied; it ends when it was going to: " + e.Last.String() + "."
	case rules.EventRenewing:
		return askedText(s)
	case rules.EventFailed:
		return named(s) + fmt.Sprintf("the compensating control fails, so it excuses nothing any more. What it excused began on %s and has to be remedied by %s.", e.Since, e.Due) + asksAgain
	case rules.EventRevoked:
		return named(s) + fmt.Sprintf("revoked; it excuses nothing any more. What it excused began on %s and has to be remedied by %s.", e.Since, e.Due) + asksAgain
	case rules.EventEnded:
		text := named(s) + "over: what it excused is remedied."
		if was == rules.InForce {
			text += asksAgain
		}
		return text
	case rules.EventWithdrawn:
		return named(s) + "the request was taken back."
	}
	return ""
}

// actedFact is an act on the card's log and in the ticket.
func actedFact(s State, j steps.JudgedException, at time.Time) compliance.Fact {
	text := map[string]string{
		rules.EventApproved:  "Approved; more have to:",
		rules.EventGranted:   "Approved; it is in force until " + s.Exception.Last.String() + ":",
		rules.EventRenewed:   "Approved the renewal; it is in force until " + s.Exception.Last.String() + ":",
		rules.EventDenied:    "Denied:",
		rules.EventConfirmed: "Confirmed that the compensating control works:",
		rules.EventFailed:    "Found that the compensating control fails:",
		rules.EventRenewing:  "Asked for a renewal:",
		rules.EventRevoked:   "Revoked it:",
		rules.EventEnded:     "Said that the matter is remedied:",
		rules.EventWithdrawn: "Took the request back:",
	}[j.Event]
	return compliance.Fact{Text: text, People: present(j.Person), At: at}
}

// refusedFact is a refused act on the card's log.
func refusedFact(action string, j steps.JudgedException, at time.Time) compliance.Fact {
	f := compliance.Fact{Text: fmt.Sprintf("Refused to %s (%s)", action, strings.ReplaceAll(string(j.Reason), "-", " ")), At: at}
	if j.Person != "" {
		f.Text += ":"
		f.People = present(j.Person)
	}
	return f
}

// recordedText answers the person whose act counts.
func recordedText(s State, j steps.JudgedException) string {
	e := s.Exception
	switch j.Event {
	case rules.EventApproved:
		return s.Number + ": your approval is recorded. More approvals are needed."
	case rules.EventConfirmed:
		return s.Number + ": recorded. The next question comes on " + e.Check.Next.Format("2 January 2006") + "."
	case rules.EventRenewing:
		return s.Number + ": the renewal is asked for. Until it is granted, the exception ends with " + e.Last.String() + "."
	}
	return s.Number + ": recorded. " + status(s) + "."
}
