package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
)

// breakGlass judges whether a change may go on without approval, and who is asked.
func (g glass) breakGlass(ctx context.Context, out *JudgedEmergency, facts *change.ActFacts) error {
	asked, bad, field := change.ParseBreakGlass(g.in.Inbound)
	if asked.Attested.Name != "" {
		facts.Attested = []change.Attested{{Name: asked.Attested.Name, Text: asked.Attested.Shown, Answer: asked.Attested.Value}}
	}
	if out.Reason, out.Field = bad, field; bad != change.OK {
		return nil
	}
	requester, implementer := g.people()
	rules, configured := g.rules.Emergency()
	s := g.in.Snapshot
	c := change.BreakGlassCase{
		State: g.in.State, Calling: g.in.Emergency.Calling(), Requester: requester, Implementer: implementer,
		Whole:      g.place() && s.PlanOf() != "" && s.PlanOf() != change.PlanDigest(""),
		Configured: configured, Reviewers: len(g.reviewers(rules)),
	}
	var err error
	if c.Incident, err = g.incident(ctx, asked.Incident); err != nil {
		return err
	}
	if rules.BarInvoker {
		if c.Open, out.Detail, err = g.open(ctx, g.person.ID); err != nil {
			return err
		}
	}
	if out.Reason = change.JudgeBreakGlass(c, g.person.ID); out.Reason != change.OK {
		if out.Reason != change.ReviewOpen {
			out.Detail = ""
		}
		if out.Reason == change.NoIncident || out.Reason == change.IncidentOver {
			out.Field = change.FieldIncident
		}
		return nil
	}
	e := change.Emergency{
		Incident: asked.Incident, Invoker: g.person.ID, At: g.in.Now.UTC(), Quarter: change.Quarter(g.in.Now), Version: g.in.Version,
		Rules: rules, RulesHash: g.rules.Hash, AnswerBy: g.in.Now.Add(rules.AnswerWithin).UTC(), Called: g.called(rules),
	}
	schedule, err := schedule(ctx, g.Source, ResolveScheduleInput{
		System: s.System, Environment: s.Environment, From: g.in.Now, Until: g.in.Now.Add(max(rules.AnswerWithin+s.Duration, 24*time.Hour)),
	})
	if err != nil {
		return err
	}
	e.Bypassed, err = g.past(ctx, change.Bypass(g.in.State, g.in.Route, g.in.Votes, schedule, g.in.Now, rules.AnswerWithin+s.Duration))
	if err != nil {
		return err
	}
	facts.Calendar = schedule.Calendar
	out.Emergency = &e
	return nil
}

// past adds to what is bypassed the gate as it stands now, with the exceptions in force.
func (g glass) past(ctx context.Context, b change.Bypassed) (change.Bypassed, error) {
	if g.in.Gate == nil {
		return b.Past("", nil), nil
	}
	findings, err := g.findings(ctx, g.in.Gate, g.in.Now)
	return b.Past(g.in.Gate.Suite.Name, findings), err
}

// place reports whether the system and the environment exist.
func (g glass) place() bool {
	system, ok := g.rules.System(g.in.Snapshot.System)
	if !ok {
		return false
	}
	_, ok = system.Environment(g.in.Snapshot.Environment)
	return ok
}

// called are those who are asked: the first of those on call who are active and
// have no part in the change; where there is nobody, the control owner.
func (g glass) called(rules change.EmergencyRules) []compliance.PersonID {
	duties := g.duties()
	for _, targets := range append(g.rules.EmergencyTargets(), []incident.Target{{Kind: incident.TargetPerson, Name: string(rules.ControlOwner)}}) {
		d := duty{rules: g.rules, dir: g.dir, at: g.in.Now}
		d.targets(targets, nil)
		var called []compliance.PersonID
		for _, c := range d.out.People {
			if c.Person != "" && !c.Inactive && duties.Reason(c.Person) == change.OK {
				called = append(called, c.Person)
			}
		}
		if len(called) > 0 {
			return called
		}
	}
	return nil
}

// incident says what is on record about an incident.
func (g glass) incident(ctx context.Context, number string) (change.IncidentStanding, error) {
	s, err := g.Log.ByNumber(ctx, number)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		return change.IncidentUnknown, nil
	case err != nil:
		return "", recordFailure(err)
	case !slices.Contains([]incident.State{incident.Triggered, incident.Acknowledged}, incident.State(s.State)):
		return change.IncidentPast, nil
	}
	return change.IncidentOpen, nil
}

// open reports whether another emergency of this person is under way or not
// reviewed, and which. The record says so, whatever restarted in between.
func (g glass) open(ctx context.Context, invoker compliance.PersonID) (bool, string, error) {
	all, err := g.Log.Standings(ctx, "CHG")
	if err != nil {
		return false, "", recordFailure(err)
	}
	for _, s := range all {
		if s.Subject == g.in.Head.Subject || s.State != string(change.ExecutingUnapproved) && s.State != string(change.RetroReview) {
			continue
		}
		records, err := g.Log.Records(ctx, s.Subject)
		if err != nil {
			return false, "", recordFailure(err)
		}
		for _, r := range slices.Backward(records) {
			if r.Record.Type != change.EventEmergency {
				continue
			}
			if r.Record.Actor != nil && r.Record.Actor.Person == string(invoker) {
				return true, "It is " + s.Number + ".", nil
			}
			break // the last one is what it is carried out under
		}
	}
	return false, "", nil
}

// acknowledge judges the answer of somebody on call.
func (g glass) acknowledge(ctx context.Context, out *JudgedEmergency) error {
	given, bad, field := change.ParseAcknowledgement(g.in.Inbound)
	if out.Reason, out.Field = bad, field; bad != change.OK {
		return nil
	}
	at := g.in.Came
	if at.IsZero() {
		at = g.in.Now
	}
	if out.Reason = change.JudgeAnswer(g.in.Emergency, g.in.State, g.person.ID, g.duties().Reason(g.person.ID), at); out.Reason != change.OK {
		return nil
	}
	e := *g.in.Emergency
	e.Answer, e.AnsweredBy, e.AnsweredAt = given.Answer, g.person.ID, g.in.Now.UTC()
	if given.Answer == change.GoAhead {
		if err := g.enter(ctx, &e, out); err != nil {
			return err
		}
	}
	out.Emergency = &e
	return nil
}

// enter begins the execution without approval, unless another emergency of the
// invoker began in the meantime.
func (g glass) enter(ctx context.Context, e *change.Emergency, out *JudgedEmergency) error {
	if e.Rules.BarInvoker {
		open, which, err := g.open(ctx, e.Invoker)
		if err != nil {
			return err
		}
		if open {
			e.Answer, out.Reason, out.Detail = change.Overtaken, change.ReviewOpen, which
			return nil
		}
	}
	var err error
	if e.Bypassed, err = g.past(ctx, e.Bypassed); err != nil {
		return err
	}
	e.ReportBy, _ = g.due(e.Rules, g.in.Now)
	out.To = change.ExecutingUnapproved
	return nil
}
