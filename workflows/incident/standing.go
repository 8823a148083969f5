package incident

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
)

// standing answers QueryStanding. It reads only.
func (p *process) standing() (Standing, error) {
	s := &p.s
	st := s.Standing
	out := Standing{
		Number: s.Number, Subject: p.Self, Title: s.Title, State: st.State, Severity: st.Severity, Opened: s.Opened,
		Page: st.Page, Place: st.Place, Reach: st.Reach, Owner: st.Owner(), Acks: st.Acks, Runs: s.Runs, Rollbacks: s.Rollbacks,
		Review: s.Review, Reminded: s.Reminded, Ticket: s.Ticket, Before: s.Before, Count: s.Count, Behind: len(s.Behind),
		Trouble: s.Troubles(), LastIndex: s.Index,
	}
	if s.Plan == nil {
		return out, nil
	}
	out.System = s.Plan.System
	out.Awaiting, out.Due = p.awaiting()
	out.Next = rules.NextPage(s.Plan.Policy, st, p.looked)
	if st.State == rules.Acknowledged {
		out.Until = rules.AckExpires(s.Plan.Policy, st)
	}
	out.Ref = p.ref()
	for i := range s.Pages {
		for _, r := range s.Pages[i].To {
			out.Paged = append(out.Paged, Person{Person: r.Person, Page: s.Pages[i].N, Reach: r.Reach, Why: r.Why, Attempts: r.Attempts})
		}
	}
	if s.Room != nil {
		out.Room = s.Room.Channel
	}
	if s.Posted != nil {
		out.Cards = []compliance.Posted{*s.Posted}
	}
	return out, nil
}

// awaiting says who can move the incident on now, and when the wait ends by itself.
func (p *process) awaiting() ([]compliance.PersonID, time.Time) {
	s := &p.s
	switch s.Standing.State {
	case rules.Acknowledged:
		return []compliance.PersonID{s.Standing.Owner()}, rules.AckExpires(s.Plan.Policy, s.Standing)
	case rules.Triggered, rules.Drill:
		return s.last(), time.Time{}
	case rules.Resolved, rules.Reviewed:
		return s.responders(), s.Due
	case rules.Closed:
		return s.itemOwners()
	}
	return nil, time.Time{}
}

// stage shows the state in lists, when it differs from what they show; each
// upsert costs the engine as much as a step.
func (p *process) stage(ctx workflow.Context) {
	s := &p.s
	// The buttons of the card are made anew long before they expire.
	if now := workflow.Now(ctx); now.Sub(s.Shown) >= p.longestLook() {
		s.Shown = now
		p.Show()
	}
	awaiting, due := p.awaiting()
	if s.Standing.State == rules.Triggered {
		due = time.Time{} // it moves with every page
	}
	now := fmt.Sprint(s.Number, s.Standing.State, s.Standing.Severity, s.Plan.System, awaiting, due.Unix())
	if now == p.staged || s.Number == "" && s.Standing.State == rules.Triggered {
		return // it was started with these
	}
	p.staged = now
	p.Stage(ctx, desk.Stage{
		Process: "incident", Stage: string(s.Standing.State), System: s.Plan.System, Severity: string(s.Standing.Severity),
		Awaiting: awaiting, Due: due, Title: s.Title, Status: p.status(),
	})
}
