package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// due is when the review of an emergency that was over at an instant is due, with
// the digest of the zone data. Where the rules of now name no business days any
// more, a day counts as one, which is earlier.
func (g glass) due(e change.EmergencyRules, over time.Time) (time.Time, string) {
	at, zones, err := g.rules.ReviewDue(e, over)
	if err != nil {
		return over.Add(time.Duration(e.ReviewBusinessDays) * 24 * time.Hour).UTC(), ""
	}
	return at, zones
}

// reviewers are the active members of the groups of reviewers who are independent.
func (g glass) reviewers(rules change.EmergencyRules) []compliance.PersonID {
	duties := g.duties()
	var out []compliance.PersonID
	for _, m := range g.dir.Members(rules.Reviewers) {
		p := m.Person
		if p.ActiveAt(g.in.Now) && duties.Reason(p.ID) == change.OK && !slices.Contains(out, p.ID) {
			out = append(out, p.ID)
		}
	}
	slices.Sort(out)
	return out
}

// finish judges the implementer's report, from which the review is due.
func (g glass) finish(out *JudgedEmergency) error {
	said, bad, field := change.ParseFinish(g.in.Inbound)
	if out.Reason, out.Field = bad, field; bad != change.OK {
		return nil
	}
	e := g.in.Emergency
	_, implementer := g.people()
	switch {
	case g.in.State != change.ExecutingUnapproved || e == nil:
		out.Reason = change.NotExecuting
		return nil
	case g.person.ID != implementer:
		out.Reason = change.NotImplementer
		return nil
	}
	over := *e
	over.Outcome, over.FinishedAt = said.Result, g.in.Now.UTC()
	r := change.Retro{Reviewers: g.reviewers(e.Rules)}
	r.Due, r.Zones = g.due(e.Rules, g.in.Now)
	r.Reviewers = slices.DeleteFunc(r.Reviewers, func(p compliance.PersonID) bool { return e.Answer == change.GoAhead && p == e.AnsweredBy })
	over.Retro = &r
	out.To, out.Emergency = change.RetroReview, &over
	return nil
}

// review judges the retrospective review.
func (g glass) review(out *JudgedEmergency, facts *change.ActFacts) {
	said, bad, field := change.ParseRetro(g.in.Inbound)
	if a := said.Attested; a.Name != "" {
		facts.Attested = []change.Attested{{Name: a.Name, Text: a.Shown, Answer: a.Value}}
	}
	if out.Reason, out.Field = bad, field; bad != change.OK {
		return
	}
	e := g.in.Emergency
	var groups []string
	if e != nil {
		groups = e.Rules.Reviewers
	}
	out.Reason = change.JudgeRetro(e, g.in.State, g.person.ID, member(g.dir, g.person.ID, groups), g.duties().Reason(g.person.ID))
	if out.Reason != change.OK {
		return
	}
	at := g.in.Came
	if at.IsZero() {
		at = g.in.Now
	}
	done, to := e.Reviewed(g.person.ID, said.Verdict, at)
	out.Emergency, out.To = &done, to
}

// remedy judges what was done about an emergency that should not have been.
func (g glass) remedy(ctx context.Context, out *JudgedEmergency) error {
	said, bad, field := change.ParseRemedy(g.in.Inbound)
	if out.Reason, out.Field = bad, field; bad != change.OK {
		return nil
	}
	var named *change.FollowUp
	if said.Remedy == change.RemedyFollowUp {
		f, err := g.followUp(ctx, said.FollowUp)
		if err != nil {
			return err
		}
		named = &f
	}
	_, implementer := g.people()
	out.Reason = change.JudgeRemedy(g.in.Emergency, g.in.State, implementer, g.person.ID, g.in.Snapshot.System, named)
	if out.Reason != change.OK {
		if named != nil && slices.Contains([]change.Reason{change.NoFollowUp, change.FollowUpElsewhere, change.FollowUpTooEarly, change.FollowUpAbandoned}, out.Reason) {
			out.Field = change.FieldFollowUp
		}
		return nil
	}
	done, to := g.in.Emergency.Remedied(said.Remedy, said.FollowUp)
	out.Emergency, out.To = &done, to
	return nil
}

// followUp is what is on record about a change that was admitted under a number.
func (g glass) followUp(ctx context.Context, number string) (change.FollowUp, error) {
	f := change.FollowUp{Number: number}
	s, err := g.Log.ByNumber(ctx, number)
	if errors.Is(err, evidence.ErrNotFound) || err == nil && s.Subject == g.in.Head.Subject {
		return f, nil // nobody follows themselves up
	}
	if err != nil {
		return f, recordFailure(err)
	}
	records, err := g.Log.Records(ctx, s.Subject)
	if err != nil {
		return f, recordFailure(err)
	}
	for _, r := range records {
		if r.Record.Type != change.EventSubmitted {
			continue
		}
		said, err := recall[change.SubmittedFacts](r)
		if err != nil {
			return f, err
		}
		if !f.Exists {
			f.Exists, f.Submitted = true, r.Record.At
		}
		f.System = said.System // of the last version
	}
	f.Abandoned = s.Final && s.State != string(change.Closed)
	return f, nil
}
