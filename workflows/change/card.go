package change

import (
	"fmt"
	"slices"
	"strings"

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

// render is the card for a state: what people need to decide or to know,
// and only the buttons that lead somewhere now (C18, C20).
func render(s State, subject string) compliance.Card {
	v := s.Version
	c := compliance.Card{
		Subject: subject, Key: s.Number + "/card", Title: s.Number + " · " + v.Snapshot.Title,
		Status: status(s), Tone: tone(s), Link: s.Link, Log: s.Log,
	}
	c.Facts = []compliance.Fact{
		{Label: "Ticket", Text: s.Ticket.Key},
		{Label: "System", Text: v.Snapshot.System + ", " + v.Snapshot.Environment},
		{Label: "Risk", Text: v.Snapshot.Risk},
		{Label: "Requester", People: []compliance.PersonID{v.Route.Requester}},
		{Label: "Implementer", People: []compliance.PersonID{v.Route.Implementer}},
		{Label: "Content", Text: fmt.Sprintf("version %d · %s", v.N, v.hash12())},
	}
	if t := v.Route.Template; t != nil {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Template", Text: t.Name + ", a standard change of class " + t.Class})
	}
	if v.Since != "" && v.live() {
		c.Facts = append(c.Facts, compliance.Fact{Label: fmt.Sprintf("Changed since version %d", v.N-1), Text: v.Since + ". The ticket has the whole"})
	}
	if f, some := askedFact(v); some {
		c.Facts = append(c.Facts, f)
	}
	c.Facts = append(c.Facts, olderFacts(s)...)
	c.Facts = append(c.Facts, reviewFacts(s)...)
	c.Facts = append(c.Facts, deputyFacts(v)...)
	c.Facts = append(c.Facts, gateFacts(s)...)
	c.Facts = append(c.Facts, timeFacts(s)...)
	c.Facts = append(c.Facts, emergencyFacts(s)...)
	if !s.State.Terminal() {
		c.Facts = append(c.Facts, vendorFacts(v)...)
		c.Facts = append(c.Facts, collisionFacts(v)...)
	}
	c.Facts = append(c.Facts, s.TroubleFacts()...)
	if v.live() || s.asking() || s.State == rules.ExecutingUnapproved || s.State == rules.RetroReview {
		c.Content = v.Snapshot.Blob // what is decided upon, and carried out
	}
	c.Actions = actions(s)
	if l, ok := v.level(); ok && s.State != rules.Held {
		c.Notify = l.Eligible
		for _, d := range v.deputies() {
			c.Notify = append(c.Notify[:len(c.Notify):len(c.Notify)], d.Person)
		}
	}
	if s.asking() {
		c.Notify = s.Emergency.Called
	}
	return c
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

// reviewFacts say who decided, who is still asked, and how many were notified (C20).
func reviewFacts(s State) []compliance.Fact {
	v := s.Version
	var facts []compliance.Fact
	for i, l := range v.Route.Levels {
		t := rules.Tally(i+1, l, v.Votes)
		text := fmt.Sprintf("%d of %d approvals", t.Approvals, t.Required)
		if t.Denials > 0 {
			text += fmt.Sprintf(", %d denied", t.Denials)
		}
		open := v.State == rules.InReview && v.Level == i+1 && s.State != rules.Held
		if open {
			text += fmt.Sprintf(", %d still needed, %s asked", t.Remaining, compliance.Count(len(l.Eligible), "person", "people"))
			if !t.CanStillReach {
				text += ". The quorum can no longer be reached"
			}
		}
		if l.StepUp {
			text += ". To decide, sign in with a second factor"
		}
		if l.UsesExternal {
			text += ", with the agreed external approver"
		}
		if l.Escalated {
			text += ". Escalated, because it has waited long: " + strings.Join(l.Fallback.Groups, ", ") + " may decide, too"
		}
		facts = append(facts, compliance.Fact{Label: fmt.Sprintf("Level %d, %s", i+1, l.Name), Text: text})
	}
	return facts
}

// timeFacts are the instants that matter now, shown in the reader's zone.
func timeFacts(s State) []compliance.Fact {
	v := s.Version
	switch {
	case s.State == rules.Held:
		return heldFacts(s)
	case v.State == rules.InReview:
		return append([]compliance.Fact{{Label: "Decide before", At: v.Deadline}}, aheadFacts(v)...)
	case s.State == rules.WaitingWindow && v.Ready:
		facts := append(lineFacts(s), compliance.Fact{Label: "Approval valid until", At: v.Expires})
		if !v.Opening.Until.IsZero() {
			facts = append(facts, compliance.Fact{Label: "Window closes", Text: v.Opening.Name, At: v.Opening.Until})
		}
		return facts
	case s.State == rules.Executing:
		return executingFacts(s)
	case s.State == rules.WaitingWindow:
		return []compliance.Fact{{Label: "Window", Text: openingText(v), At: v.Opening.At}, {Label: "Approval valid until", At: v.Expires}}
	}
	return nil
}

// openingText says what the wait is for.
func openingText(v Version) string {
	return strings.TrimSpace(v.Opening.Reason.Text() + " " + nextText(v))
}

// nextText names what is waited for to somebody who has read why they wait.
func nextText(v Version) string {
	switch {
	case v.Opening.At.IsZero():
		return "No window fits while the approval stands."
	case v.Opening.Name == "":
		return "" // its instant stands beside it
	}
	return "Next opening: " + v.Opening.Name
}

// actions are the buttons of a state; each carries what the person sees (C11).
func actions(s State) []compliance.Action {
	ref := s.Version.binding(s.Number).String()
	withdraw := compliance.Action{Name: rules.ActionWithdraw, Label: "Withdraw", Ref: ref}
	if buttons, ok := emergencyActions(s, ref); ok {
		return buttons
	}
	buttons := append(ordinaryActions(s, ref, withdraw), glass(s, ref)...)
	if s.Version.Suite != nil && (s.State == rules.Open || s.State == rules.WaitingWindow) {
		buttons = append(buttons, compliance.Action{Name: rules.ActionGate, Label: "Evidence…", Ref: ref})
	}
	return buttons
}

// ordinaryActions are those of a change that is on its normal way.
func ordinaryActions(s State, ref string, withdraw compliance.Action) []compliance.Action {
	switch {
	case s.State == rules.Open && s.Version.State == rules.InReview:
		open, _ := s.Version.level()
		return slices.Concat([]compliance.Action{
			{Name: rules.ActionApprove, Label: "Approve…", Style: "primary", Ref: ref, StepUp: open.StepUp},
			{Name: rules.ActionDeny, Label: "Deny…", Style: "danger", Ref: ref, StepUp: open.StepUp},
			{Name: rules.ActionAbstain, Label: "Abstain…", Ref: ref, StepUp: open.StepUp},
		}, stoppable(s, ref), []compliance.Action{withdraw})
	case s.State == rules.Open && s.Version.N > 0:
		return []compliance.Action{withdraw}
	case s.State == rules.WaitingWindow && s.Version.Ready && s.Executor == "" && s.granted():
		start := compliance.Action{Name: rules.ActionStart, Label: "Start…", Style: "primary", Ref: ref}
		return append(append([]compliance.Action{start}, stoppable(s, ref)...), withdraw)
	case s.State == rules.WaitingWindow:
		return append(stoppable(s, ref), withdraw)
	case s.State == rules.Held:
		return heldActions(s, ref, withdraw)
	case s.State == rules.Executing && s.Executor == "":
		finish := compliance.Action{Name: rules.ActionFinish, Label: "Report outcome…", Style: "primary", Ref: ref}
		if len(s.Version.Snapshot.SafePoints) == 0 {
			return []compliance.Action{finish}
		}
		return []compliance.Action{finish, {Name: rules.ActionProceed, Label: "At a safe point…", Ref: ref}}
	}
	return nil
}
