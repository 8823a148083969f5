package activities

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// Rules is the capability to ask the organisation's rules, directory and
// calendars. The rules that decided are kept as a blob under their digest, so
// that a later edit never changes what a run was decided by.
type Rules struct {
	Source PolicySource
	Blobs  Blobs
	// Trackers says what certifications ask of changes (A9).
	Trackers Trackers
	Now      func() time.Time
}

// ResolveRouteInput is what a change is routed by.
type ResolveRouteInput struct {
	Snapshot change.Snapshot `json:"snapshot"`
	// Chain is the chain that the carrying process names; the rule's when empty.
	Chain string `json:"chain,omitempty"`
	// Asked are those who had a part in asking, besides the requester (C5).
	Asked []change.Asker `json:"asked,omitempty"`
}

// ResolvedRoute is who decides and when it may run, or why nobody can.
type ResolvedRoute struct {
	Route  change.Route  `json:"route"`
	Reason change.Reason `json:"reason,omitempty"`
	// Missing says, for the requester, each thing that stands in the way.
	Missing []string `json:"missing,omitempty"`
	// Conditions are what the documents of the system's vendors ask of the change (A9).
	Conditions []certification.Condition `json:"conditions,omitempty"`
}

// ResolveRoute chooses the chain, resolves its people and quorums from the
// live directory and turns the calendars into instants up to the validity of
// an approval. A quorum that cannot be reached is refused here (C6). What the
// documents of the system's vendors ask of the change is asked on the way (A9).
func (r *Rules) ResolveRoute(ctx context.Context, in ResolveRouteInput) (ResolvedRoute, error) {
	rules, dir, err := r.current(ctx)
	if err != nil {
		return ResolvedRoute{}, translate(err)
	}
	if _, err := r.Blobs.Put(ctx, rules.Canonical()); err != nil {
		return ResolvedRoute{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "store the rules", Err: err})
	}
	out := ResolvedRoute{Route: change.Route{
		RulesVersion: rules.Version, RulesHash: rules.Hash, DirectoryVersion: dir.Version,
	}}
	s := in.Snapshot
	requester, ok := theOne(dir, s.Requester)
	if !ok {
		out.refuse(change.UnknownPerson, "The directory does not name exactly one person for the requester's account "+s.Requester.ID+". Ask the owner of the directory to link it.")
	}
	implementer, ok := theOne(dir, s.Implementer)
	if !ok {
		out.refuse(change.UnknownPerson, "The directory does not name exactly one person for the implementer's account "+s.Implementer.ID+". Choose somebody else, or ask the owner of the directory to link it.")
	}
	if _, ok := theOne(dir, s.Creator); !ok && !s.Own {
		out.refuse(change.UnknownPerson, "The directory does not name exactly one person for the account that created the ticket ("+
			cmp.Or(s.Creator.ID, "the tracker names none")+"), so nobody can say who is independent of it. Ask the owner of the directory to link it, or open a new ticket.")
	}
	if system, ok := rules.System(s.System); !ok {
		out.refuse(change.NoRoute, "The policy knows no system "+s.System+". Correct the system in the ticket.")
	} else if _, ok := system.Environment(s.Environment); !ok {
		out.refuse(change.NoRoute, "The system "+s.System+" has no environment "+s.Environment+". Correct the environment in the ticket.")
	}
	rule, err := rules.Route(policy.CaseOf(s))
	switch {
	case errors.Is(err, policy.ErrNoRoute):
		out.refuse(change.NoRoute, "No routing rule of the policy matches this system, environment and risk. Ask the owner of the policy to add one.")
	case err != nil:
		out.refuse(change.NoRoute, "Nobody can say whether "+err.Error()+". Ask the owner of the policy to mend it.")
	}
	if out.Reason != change.OK {
		return out, nil
	}
	out.Route.Rule, out.Route.Channel = rule.Name, rule.Channel
	out.Route.Requester, out.Route.Implementer = requester.ID, implementer.ID
	out.Route.AskedBy = dir.Askers(in.Asked, requester.ID)
	chain, known := rules.Chain(cmp.Or(in.Chain, rule.Chain)) // a rule without its chain does not load
	if !known {
		out.refuse(change.NoRoute, "The policy has no approval chain "+in.Chain+" any more. Ask its owner to bring it back, or ask for the rollout again.")
		return out, nil
	}
	out.Route.Chain, out.Route.Validity, out.Route.Resubmit, out.Route.OnLost = chain.Name, chain.Validity, chain.Resubmit, chain.OnLost
	out.Route.HoldLimit, out.Route.Statuses = chain.HoldLimit, rules.Tickets().OptionalStatuses()
	now := r.Now()
	if out.Route.Levels, err = dir.Levels(chain, dir.Duties(requester.ID, implementer.ID, in.Asked, now), s.External, now); err != nil {
		return ResolvedRoute{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "resolve chain " + chain.Name, Detail: err.Error()})
	}
	for _, short := range change.Unreachable(out.Route.Levels) {
		out.refuse(change.UnreachableQuorum, short.Text())
	}
	if out.Conditions, err = conditions(ctx, r.Trackers, rules, s.System, now); err != nil {
		return ResolvedRoute{}, translate(err)
	}
	out.Route.Schedule, err = rules.Schedule(s.System, s.Environment, now, now.Add(chain.Validity))
	if err != nil {
		return ResolvedRoute{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "resolve the calendar of " + s.System, Detail: err.Error()})
	}
	return out, nil
}

// ResolveScheduleInput names what is to be changed and up to when instants are wanted.
type ResolveScheduleInput struct {
	System      string    `json:"system"`
	Environment string    `json:"environment"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	// Conditions asks for those of the system's vendors, too.
	Conditions bool `json:"conditions,omitempty"`
}

// ResolvedSchedule is the calendar as instants.
type ResolvedSchedule struct {
	Schedule change.Schedule `json:"schedule"`
	// Conditions are those of the system's vendors, where they were asked for.
	Conditions []certification.Condition `json:"conditions,omitempty"`
}

// ResolveSchedule reads the calendars as they are now: a freeze added since
// the submission counts.
func (r *Rules) ResolveSchedule(ctx context.Context, in ResolveScheduleInput) (ResolvedSchedule, error) {
	s, err := schedule(ctx, r.Source, in)
	out := ResolvedSchedule{Schedule: s}
	if err == nil && in.Conditions {
		out.Conditions, err = touching(ctx, r.Trackers, r.Source, in.System, in.From)
	}
	return out, translate(err)
}

func schedule(ctx context.Context, source PolicySource, in ResolveScheduleInput) (change.Schedule, error) {
	rules, err := source.Rules(ctx)
	if err != nil {
		return change.Schedule{}, &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	s, err := rules.Schedule(in.System, in.Environment, in.From, in.Until)
	if err != nil {
		return change.Schedule{}, &compliance.Failure{Class: compliance.Invalid, Op: "resolve the calendar of " + in.System, Detail: err.Error()}
	}
	return s, nil
}

func (r *Rules) current(ctx context.Context) (*policy.Rules, *policy.Directory, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return nil, nil, &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	dir, err := People{r.Source}.directory(ctx)
	return rules, dir, err
}

// refuse notes one thing that stands in the way; the first one gives the reason.
func (o *ResolvedRoute) refuse(reason change.Reason, text string) {
	if o.Reason == change.OK {
		o.Reason = reason
	}
	o.Missing = append(o.Missing, text)
}
