package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// ResolveIncident asks the rules who handles an incident and how bad it is. An
// installation without rules for that pages nobody in good order: the plan then
// has no steps and its last resort is everybody's manager, so that the incident
// still opens, is shown, and says what is missing.
func (r *Rules) ResolveIncident(ctx context.Context, in ResolveIncidentInput) (IncidentPlan, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return IncidentPlan{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	if _, err := r.Blobs.Put(ctx, rules.Canonical()); err != nil {
		// They stand beside the log, and no page waits for the log: they are kept with
		// the incident's first record (RecordEvents).
		activity.GetLogger(ctx).Warn("the rules cannot be kept yet", "hash", rules.Hash, "error", err)
	}
	facts := compliance.AlertEvent{Source: in.Source, Severity: in.Severity, System: in.System, Labels: in.Labels}
	plan := IncidentPlan{Named: in.System, Site: rules.Tickets().Site, Rules: evidence.Rules{Version: rules.Version, Hash: rules.Hash}}
	if routed, ok := rules.RouteAlert(facts); ok {
		plan.System, plan.Severity, plan.Policy, plan.Channel = routed.System, routed.Severity, routed.Policy, routed.Rule.Channel
	} else {
		plan.Severity = rules.AlertSeverity(in.Source, in.Severity)
	}
	if system, ok := rules.System(plan.System); ok {
		plan.Named = system.Name
	}
	kinds := rules.Tickets().Kinds
	_, plan.Ticket = kinds[compliance.TicketIncident]
	_, plan.Actions = kinds[compliance.TicketAction]
	_, plan.BreakGlass = rules.Emergency()
	powers := rules.IncidentPowers()
	plan.Approvers, plan.Closers = powers.ApproveRollback, powers.Close
	return plan, nil
}

// ResolveTargets says who is called now: rotations as they stand at the instant,
// groups and managers as the live directory has them, fixed contacts without
// any directory. Somebody who is there no more is left out as if not named (I7);
// somebody not active is named and not called (I4).
func (r *Rules) ResolveTargets(ctx context.Context, in ResolveTargetsInput) (ResolvedTargets, error) {
	rules, dir, err := r.current(ctx)
	if err != nil {
		return ResolvedTargets{}, translate(err)
	}
	d := duty{rules: rules, dir: dir, at: in.At, out: ResolvedTargets{Directory: dir.Version}}
	d.targets(in.Targets, in.Last)
	return d.out, nil
}

// targets adds everybody that the targets name; last are the people whose
// managers a TargetManager is.
func (d *duty) targets(targets []incident.Target, last []compliance.PersonID) {
	for _, t := range targets {
		switch t.Kind {
		case incident.TargetPerson:
			d.person(compliance.PersonID(t.Name))
		case incident.TargetGroup:
			for _, m := range d.dir.Members([]string{t.Name}) {
				d.person(m.Person.ID)
			}
		case incident.TargetRotation:
			d.rotation(t.Name)
		case incident.TargetManager:
			for _, p := range last {
				if who, ok := d.dir.Person(p); ok {
					d.person(who.Manager)
				}
			}
		case incident.TargetContact:
			d.contact(t.Name)
		}
	}
}

// duty gathers who is called.
type duty struct {
	rules *policy.Rules
	dir   *policy.Directory
	at    time.Time
	out   ResolvedTargets
}

// rotation adds who is on call by a rotation, and says why (I5). A rotation that
// names nobody leaves its step to the other targets.
func (d *duty) rotation(name string) {
	on, zones, err := d.rules.OnCall(name, func(p compliance.PersonID) bool {
		who, ok := d.dir.Person(p)
		return ok && who.ActiveAt(d.at)
	}, d.at)
	if err != nil {
		// The rules of now lack what those the incident was opened under had.
		on = incident.Duty{Cause: incident.NobodyThere, Gap: incident.NoShift}
	}
	d.out.OnCall = append(d.out.OnCall, incident.OnCallFacts{Rotation: name, ZoneHash: zones, Duty: on})
	d.person(on.Person)
	if on.Person == "" {
		for _, p := range on.Passed {
			d.person(p)
		}
	}
}

func (d *duty) person(id compliance.PersonID) {
	who, ok := d.dir.Person(id)
	if !ok || slices.ContainsFunc(d.out.People, func(c Called) bool { return c.Person == id }) {
		return
	}
	c := Called{Person: id, Inactive: !who.ActiveAt(d.at)}
	for _, a := range d.rules.Reach(who) {
		c.Ways = append(c.Ways, Way{Channel: a.Provider})
	}
	d.out.People = append(d.out.People, c)
}

func (d *duty) contact(name string) {
	if slices.ContainsFunc(d.out.People, func(c Called) bool { return c.Contact == name }) {
		return
	}
	c := Called{Contact: name}
	for _, a := range d.rules.ReachContact(name) {
		c.Ways = append(c.Ways, Way{Channel: a.Provider, Address: a.ID})
	}
	d.out.People = append(d.out.People, c)
}

// ResolveReview says when the review of an incident is due. Where the rules
// count business days and name none, a day counts as one, which is earlier.
func (r *Rules) ResolveReview(ctx context.Context, in ResolveReviewInput) (ResolvedReview, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return ResolvedReview{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	days, zones, err := rules.Workdays(in.Resolved, in.Resolved.Add(reviewHorizon))
	if err != nil && !errors.Is(err, policy.ErrNoBusinessDays) {
		return ResolvedReview{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "resolve business days", Detail: err.Error()})
	}
	return ResolvedReview{Due: incident.ReviewDue(in.Policy, in.Severity, in.Resolved, days), Zones: zones}, nil
}

// reviewHorizon is how far business days are resolved ahead.
const reviewHorizon = 120 * 24 * time.Hour
