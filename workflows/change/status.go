package change

import (
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// Logical ticket statuses the process asks for.
const (
	statusSubmitted = "submitted"
	statusInReview  = "in_review"
	statusApproved  = "approved"
	statusWaiting   = "waiting_window"
	statusExecuting = "executing"
	statusRejected  = "rejected"
	statusExpired   = "expired"
	statusWithdrawn = "withdrawn"
	// These two a policy need not map: see mapped.
	statusHeld       = "held"
	statusSuperseded = "superseded"
)

// mapped is the logical status where the policy maps it. Of the optional ones that
// it does not map, those of the emergency path are shown as the ordinary ones beside
// them; for the others it is empty, which leaves the ticket where it is.
func (c *process) mapped(status string) string {
	if slices.Contains(c.s.Version.Route.Statuses, status) {
		return status
	}
	switch rules.State(status) {
	case rules.Held, rules.Superseded:
		return ""
	case rules.ExecutingUnapproved:
		return statusExecuting
	case rules.RetroReview:
		return string(rules.Verifying)
	case rules.Violation:
		return string(rules.Failed)
	}
	return status
}

// status is where the change stands, in words.
func status(s State) string {
	v := s.Version
	if text := emergencyStatus(s); text != "" {
		return text
	}
	switch {
	case s.State == rules.Open && v.State == rules.InReview:
		return fmt.Sprintf("In review, level %d of %d (%s)", v.Level, len(v.Route.Levels), v.Route.Levels[v.Level-1].Name)
	case s.State == rules.Open && v.State == rules.Rejected && s.Reason == rules.DeniedByApprover:
		return "Denied. Edit the ticket and submit it again for a new version"
	case s.State == rules.Open && v.State == rules.Rejected:
		return "Not submitted: something is missing"
	case s.State == rules.Open && v.State == rules.Expired:
		return "Expired. " + s.Reason.Text()
	case s.State == rules.Open:
		return "Being submitted"
	case s.State == rules.WaitingWindow && v.Ready && !s.granted():
		return "Approved. Waits for its turn"
	case s.State == rules.WaitingWindow && v.Ready:
		if s.Executor != "" {
			return "Approved. The " + s.carrier() + " may start"
		}
		return "Approved. The implementer may start"
	case s.State == rules.WaitingWindow:
		return "Approved. Waiting for its window"
	case s.State == rules.Executing:
		return executingStatus(s)
	case s.State == rules.Verifying:
		return "Carried out, being verified"
	case s.State == rules.Closed && s.Reason != rules.OK:
		return "Closed, with a deviation: " + s.Reason.Text()
	case s.State == rules.Closed:
		return "Closed"
	case s.State == rules.RolledBack:
		return "Rolled back"
	case s.State == rules.Failed:
		return "Failed and not rolled back"
	case s.State == rules.Held:
		return heldStatus(s)
	case s.State == rules.Superseded:
		return "Replaced by " + s.Newer
	case s.State == rules.WithdrawnChange && s.Reason == rules.HeldTooLong:
		return "Withdrawn: nobody resumed it in time"
	case s.State == rules.WithdrawnChange:
		return "Withdrawn"
	}
	return string(s.State)
}

func tone(s State) compliance.Tone {
	if t, ok := emergencyTone(s); ok {
		return t
	}
	switch s.State {
	case rules.Closed:
		return compliance.Good
	case rules.Failed, rules.RolledBack, rules.WithdrawnChange, rules.Superseded:
		return compliance.Bad
	case rules.Held:
		return compliance.Attention
	case rules.Open:
		if s.Version.State == rules.Rejected || s.Version.State == rules.Expired {
			return compliance.Bad
		}
		return compliance.Attention
	case rules.WaitingWindow:
		if s.Version.Ready && s.granted() {
			return compliance.Attention
		}
	}
	return compliance.Neutral
}
