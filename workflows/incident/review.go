package incident

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// planReview finds out when the review is due, in business days where the rules
// say so (I27).
func (p *process) planReview(ctx workflow.Context) {
	s := &p.s
	found, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ResolvedReview, error) {
		return steps.ResolveReview(ctx, steps.ResolveReviewInput{Policy: s.Plan.Policy, Severity: s.Standing.Severity, System: s.Plan.System, Resolved: s.Resolved})
	})
	if err != nil {
		return
	}
	s.Due = found.Due
	p.Call(p.Owner()+"/review", fmt.Sprintf("%s is resolved. Its review is due before %s: root cause, the change that mends it, and what is to be done.", s.name(), compliance.SpokenDay(s.Due)), s.responders()...)
	p.move()
}

// responders are the people who acknowledged, or were called last.
func (s *State) responders() []compliance.PersonID {
	var out []compliance.PersonID
	for _, a := range s.Standing.Acks {
		out = append(out, a.Person)
	}
	if len(out) == 0 {
		out = s.last()
	}
	return out
}

// chaseReview reminds of an overdue review, once a day and once after an
// outage, however long that was (I31). That it is overdue is a finding.
func (p *process) chaseReview(ctx workflow.Context) {
	s, now := &p.s, workflow.Now(ctx)
	if s.Due.IsZero() {
		return
	}
	if reason, _ := rules.NextReview(s.Standing.State, s.Due, s.Reminded, now); reason != rules.ReviewOverdue {
		return
	}
	s.Reminded = now
	facts := rules.MovedFacts{From: s.Standing.State, Reason: rules.ReviewOverdue, Due: s.Due}
	p.owe("remind", func(ctx workflow.Context) {
		if _, err := p.Record(ctx, steps.RecordEventsInput{Events: one(p.event(ctx, rules.EventFinding, "", facts))}); err != nil {
			return
		}
		what := "Its review is missing"
		if s.Standing.State == rules.Reviewed {
			what = "It is reviewed and not closed"
		}
		p.Call(fmt.Sprintf("%s/review/%d", p.Owner(), now.Unix()), fmt.Sprintf("%s: %s, and was due on %s.", s.name(), what, compliance.SpokenDay(s.Due)), s.responders()...)
	})
}

// reviewed takes the review and opens a ticket for each thing that is to be
// done. Closing waits for them. What an earlier review asked for stays.
func (p *process) reviewed(ctx workflow.Context, act rules.Act, j steps.JudgedIncidentAct, now time.Time) string {
	s := &p.s
	r := rules.Review{Author: j.Person, At: now, RootCause: act.Text, Change: act.Change, NoChange: act.NoChange, Actions: j.Items}.Succeed(s.Review)
	s.Review, s.Standing.State, s.Read = &r, rules.Reviewed, now
	s.Shown = now // whoever closes signs this review, from a card that shows it
	text := "Reviewed, mended by " + act.Change + ", by"
	if act.Change == "" {
		text = "Reviewed, no change needed, by"
	}
	s.Logged(compliance.Fact{Text: text, People: []compliance.PersonID{j.Person}, At: now})
	p.Tell(reviewedNote(s), statusReviewed)
	p.openItems(ctx)
	return s.name() + " is reviewed. Somebody else closes it when the tickets of what is to be done exist."
}

// openAction opens one ticket of something that is to be done. Without such
// tickets in the rules it cannot, and says so for as long.
func (p *process) openAction(ctx workflow.Context, key, title, text string, who compliance.PersonID, due time.Time) (compliance.TicketRef, bool) {
	s := &p.s
	in := steps.OpenTicketInput{Assignee: who, Ticket: compliance.NewTicket{
		Key: key, Site: s.Plan.Site, Kind: compliance.TicketAction, Title: compliance.Cut(title, 150), Text: text, Subject: p.Self,
	}}
	if !due.IsZero() {
		in.Ticket.Due = due.Add(-time.Second).UTC().Format(time.DateOnly) // the last day on which it is in time
	}
	if s.Ticket.ID != "" {
		in.Ticket.Related = []compliance.TicketRef{s.Ticket}
	}
	opened, err := desk.Outlast(ctx, p.Desk, atActions, func(repeat bool) (steps.OpenedTicket, error) {
		in.Repeat = repeat
		return steps.OpenTicket(ctx, in)
	})
	return opened.Ref, err == nil
}

// atActions is where a failure to open such tickets is shown as coming from.
const atActions = "ticket of what is to be done"
