package exception

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
)

// Picture is the card, from the request on.
func (c *process) Picture() (string, compliance.Card, bool) {
	if c.s.Number == "" || c.s.Setup.Channel == "" {
		return "", compliance.Card{}, false
	}
	return c.s.Setup.Channel, render(c.s, c.Self, c.Owner()), true
}

// render is the card for a state: what people need to decide or to know, and only
// the buttons that lead somewhere now.
func render(s State, subject, owner string) compliance.Card {
	e := s.Exception
	c := compliance.Card{
		Subject: subject, Key: owner + "/card", Title: fmt.Sprintf("%s · Exception from %s for %s", s.Number, e.Control, s.Setup.Title),
		Status: status(s), Tone: tone(e), Link: s.Link, Log: s.Log, Actions: actions(e),
	}
	fact := func(label, text string, people ...compliance.PersonID) {
		if text != "" || len(people) > 0 {
			c.Facts = append(c.Facts, compliance.Fact{Label: label, Text: text, People: people})
		}
	}
	if e.State == rules.Refused {
		c.Title = s.Number + " · Request for an exception"
		fact("Not taken", s.Refused.Text())
	}
	fact("For", place(e))
	fact("Why", shown(s.Request.Reason))
	fact("Instead", shown(s.Request.Compensating))
	fact("Requested by", "", present(e.Requester)...)
	fact("Owner", "", present(e.Owner)...)
	fact("Verifier", "", present(e.Verifier)...)
	fact("Began", e.Since.String())
	switch {
	case e.State == rules.Reopened || e.State == rules.Overdue:
		fact("Ended", e.Last.String())
		fact("Remedy by", e.Due.String())
		if s.OverdueDays > 0 {
			fact("Open for", compliance.Count(s.OverdueDays, "day", "days")+" without an exception")
		}
	case e.State == rules.InForce:
		fact("Last day", e.Last.String())
	case e.State == rules.Requested:
		fact("Asked until", e.Last.String())
	}
	if e.Renewing() {
		fact("Renewal until", e.Round.Until.String())
	}
	if e.Round != nil {
		fact("Approvals", fmt.Sprintf("%d so far. %s agree", len(e.Round.Approved), voices(e)), e.Round.Approved...)
		c.Facts = append(c.Facts, compliance.Fact{Label: "Decide by", At: e.Round.By})
		c.Notify = s.Setup.Deciders
		if len(s.Setup.Deciders) == 0 {
			fact("Nobody decides", rules.NobodyDecides.Text())
		}
	}
	if e.State == rules.InForce && !e.Check.Asked.IsZero() {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Answer by", At: e.Check.By, People: present(e.Verifier)})
	}
	if s.Ticket.Key != "" {
		fact("Ticket", s.Ticket.Key)
	}
	c.Facts = append(c.Facts, s.TroubleFacts()...)
	return c
}

// status is where the exception stands, in words.
func status(s State) string {
	e := s.Exception
	text := map[rules.State]string{
		rules.Requested: "Asked for. Nothing is excused until it is granted",
		rules.InForce:   "In force until " + e.Last.String(),
		rules.Reopened:  "Over, and what it excused is open again",
		rules.Overdue:   "Over, and what it excused was not remedied in time",
		rules.Ended:     "Over. What it excused is remedied",
		rules.Refused:   "Not taken",
		rules.Denied:    "Denied",
		rules.Lapsed:    "Not decided in time, so not granted",
		rules.Withdrawn: "Taken back",
		rules.Stopped:   "Ended by an operator. It excuses nothing",
	}[e.State]
	if because := map[rules.Cause]string{
		rules.Expired: " (it expired)", rules.Failed: " (its compensating control fails)",
		rules.Unanswered: " (its verifier did not answer)", rules.Revoked: " (it was revoked)",
	}[e.Cause]; because != "" && !e.State.Terminal() {
		text += because
	}
	if e.Renewing() {
		text += ". A renewal is being decided"
	}
	return text
}

func tone(e rules.Exception) compliance.Tone {
	switch e.State {
	case rules.InForce:
		if e.Check.Asked.IsZero() && e.Warned == 0 {
			return compliance.Good
		}
		return compliance.Attention
	case rules.Reopened, rules.Overdue, rules.Denied, rules.Refused:
		return compliance.Bad
	case rules.Requested:
		return compliance.Attention
	}
	return compliance.Neutral
}

// actions are the buttons of a state; each carries what the person sees.
func actions(e rules.Exception) []compliance.Action {
	if e.State.Terminal() {
		return nil
	}
	ref := e.Bind().String()
	var out []compliance.Action
	add := func(name, label, style string) {
		out = append(out, compliance.Action{Name: name, Label: label, Style: style, Ref: ref})
	}
	if e.Round != nil {
		add(rules.ActionApprove, "Approve…", "primary")
		add(rules.ActionDeny, "Deny…", "danger")
	}
	if e.State == rules.InForce {
		if !e.Check.Asked.IsZero() {
			add(rules.ActionConfirm, "Control works…", "primary")
		}
		add(rules.ActionFails, "Control fails…", "danger")
	}
	if e.State != rules.Requested && e.Round == nil && e.Renewals < e.Terms.MaxRenewals && (e.Cause == "" || e.Cause == rules.Expired) {
		add(rules.ActionRenew, "Renew…", "")
	}
	add(rules.ActionEnd, "End…", "")
	return out
}
