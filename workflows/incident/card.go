package incident

import (
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
)

// Logical ticket statuses the process asks for.
const (
	statusTriggered    = "triggered"
	statusAcknowledged = "acknowledged"
	statusResolved     = "resolved"
	statusReviewed     = "reviewed"
	statusClosed       = "closed"
)

// render is the card: what somebody who joins needs to know, and only the
// buttons that lead somewhere now.
func (p *process) render() compliance.Card {
	s := &p.s
	c := compliance.Card{
		Subject: p.Self, Key: p.Owner() + "/card", Title: s.name() + " · " + s.Title, Status: p.status(), Tone: tone(s), Link: s.Link, Log: s.Log,
	}
	if c.Link == "" && s.Outside != "" {
		c.Link, c.LinkText = s.Outside, "Open the alert's page"
	}
	c.Facts = append(c.Facts,
		compliance.Fact{Label: "Severity", Text: severityText(s.Standing.Severity)},
		compliance.Fact{Label: "System", Text: s.Plan.Named},
		compliance.Fact{Label: "Since", At: s.Opened},
	)
	c.Facts = append(c.Facts, s.limits()...)
	c.Facts = append(c.Facts, s.origin()...)
	c.Facts = append(c.Facts, s.pagedFacts()...)
	c.Facts = append(c.Facts, s.givenFacts()...)
	c.Facts = append(c.Facts, s.runFacts()...)
	c.Facts = append(c.Facts, s.rollbackFacts()...)
	c.Facts = append(c.Facts, s.glassFacts()...)
	c.Facts = append(c.Facts, s.reviewFacts()...)
	if s.Room != nil && s.Room.Why != "" {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Channel", Text: "No channel of its own could be made (" + s.Room.Why + "), so this one is used."})
	}
	if n := len(s.Behind); n > 0 && s.IsBehind() {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Record", Text: compliance.Count(n, "thing that happened is still to be put on record; it is durable and follows.", "things that happened are still to be put on record; they are durable and follow.")})
	}
	c.Facts = append(c.Facts, s.TroubleFacts()...)
	c.Actions = p.actions()
	c.Notify = s.responders()
	return c
}

// IsBehind reports whether the log has been away for so long that people should know.
func (s *State) IsBehind() bool {
	for _, t := range s.Trouble {
		if t.Surface == desk.AtEvidence {
			return true
		}
	}
	return false
}

func severityText(s rules.Severity) string {
	return map[rules.Severity]string{
		rules.Sev1: "SEV-1, the worst", rules.Sev2: "SEV-2", rules.Sev3: "SEV-3", rules.Sev4: "SEV-4",
	}[s]
}

// status is where the incident stands, in words.
func (p *process) status() string {
	s := &p.s
	switch s.Standing.State {
	case rules.Triggered:
		return "Nobody has acknowledged. " + placeText(s)
	case rules.Acknowledged:
		return "Acknowledged"
	case rules.Suppressed:
		return "Held back"
	case rules.Resolved:
		return "Resolved. Its review is due next"
	case rules.Reviewed:
		if s.Review != nil && s.Review.Pending() {
			return "Reviewed. The tickets of what is to be done are being opened"
		}
		return "Reviewed. Somebody else has to close it"
	case rules.Closed:
		if n := s.unfinished(); n > 0 {
			return fmt.Sprintf("Closed. Still to be done: %d of %d", n, len(s.Review.Actions))
		}
		return "Closed"
	case rules.Drill:
		return "Drill, not a real incident"
	}
	return string(s.Standing.State)
}

func placeText(s *State) string {
	at := s.Standing.Place
	switch at.Phase {
	case rules.PhaseStep:
		return fmt.Sprintf("Level %d of %d is paged, round %d", at.Step, len(s.Plan.Policy.Steps), at.Round)
	case rules.PhaseLastResort:
		return "The last resort is paged: no level reached anybody"
	case rules.PhaseExhausted:
		return "Every round is over; the last level, its manager and the last resort are paged"
	}
	return "The first page is on its way"
}

func tone(s *State) compliance.Tone {
	switch s.Standing.State {
	case rules.Triggered, rules.Drill:
		return compliance.Bad
	case rules.Acknowledged, rules.Resolved, rules.Suppressed:
		return compliance.Attention
	case rules.Closed:
		if s.unfinished() > 0 {
			return compliance.Neutral
		}
		return compliance.Good
	}
	return compliance.Neutral
}

// actions are the buttons of a state.
func (p *process) actions() []compliance.Action {
	s := &p.s
	ref := p.ref()
	button := func(name, label, style string) compliance.Action {
		return compliance.Action{Name: name, Label: label, Style: style, Ref: ref}
	}
	var out []compliance.Action
	in := func(state rules.RollbackState) bool {
		return slices.ContainsFunc(s.Rollbacks, func(r rules.Rollback) bool { return r.State == state })
	}
	switch s.Standing.State {
	case rules.Triggered, rules.Acknowledged:
		label := "Acknowledge"
		if s.Standing.State == rules.Acknowledged {
			label = "Join"
		}
		out = append(out, button(rules.ActionAcknowledge, label, "primary"))
		if s.Standing.State == rules.Acknowledged {
			out = append(out, button(rules.ActionUpdate, "Update…", ""))
		}
		if h := s.Handover; h != nil && h.Accepted.IsZero() {
			out = append(out, button(rules.ActionAccept, "Take over", ""))
		}
		out = append(out, button(rules.ActionResolve, "Resolve…", ""))
	case rules.Resolved:
		out = append(out, button(rules.ActionReview, "Review…", "primary"))
	case rules.Reviewed:
		out = append(out, button(rules.ActionClose, "Close…", "primary"), button(rules.ActionReview, "Review anew…", ""))
	}
	if s.unfinished() > 0 {
		out = append(out, button(rules.ActionFinish, "Report as done…", ""), button(rules.ActionWithdraw, "Withdraw…", ""))
	}
	if s.Standing.State != rules.Closed && slices.ContainsFunc(s.Runs, func(c rules.Candidate) bool { return c.Reason == rules.OK }) {
		out = append(out, button(rules.ActionRollback, "Roll back…", "danger"))
	}
	if in(rules.RollbackAsked) {
		out = append(out, button(rules.ActionApprove, "Approve rollback…", "danger"), button(rules.ActionDeny, "Deny rollback…", ""))
	}
	if in(rules.RollbackRunning) {
		out = append(out, button(rules.ActionReport, "Report rollback…", ""))
	}
	return out
}
