package activities

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// ExceptionSetup is what policy and directory say of an exception now, for the
// run that shows it.
type ExceptionSetup struct {
	Channel string `json:"channel,omitempty"` // logical channel of its card
	Site    string `json:"site,omitempty"`
	Tickets bool   `json:"tickets,omitempty"` // the tracker has tickets of its kind
	Title   string `json:"title,omitempty"`   // what the system is called
	Zone    string `json:"zone,omitempty"`    // the owner's, in which days are counted
	Zones   string `json:"zones,omitempty"`   // digest of that zone's rules
	Today   string `json:"today,omitempty"`   // the owner's date when it was last looked at
	// Deciders are the active people who may decide, without those who own it,
	// asked for it or act for either.
	Deciders []compliance.PersonID `json:"deciders,omitempty"`
	Rules    string                `json:"rules,omitempty"`
	Hash     string                `json:"hash,omitempty"`
}

// excepted is an exception as policy and directory have it at one moment.
type excepted struct {
	rules *policy.Rules
	dir   *policy.Directory
	local exception.Local
	setup ExceptionSetup
	now   time.Time
}

// readExcepted reads policy and directory. Days are counted in the zone of the
// owner, else in that of the verifier or the one known last: that somebody left
// must not leave an exception without an end.
func readExcepted(ctx context.Context, source PolicySource, e exception.Exception, last string, now time.Time) (excepted, error) {
	rules, err := source.Rules(ctx)
	if err != nil {
		return excepted{}, &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	dir, err := People{source}.directory(ctx)
	if err != nil {
		return excepted{}, err
	}
	x := excepted{rules: rules, dir: dir, now: now}
	var zones []string
	for _, p := range []compliance.PersonID{e.Owner, e.Verifier} {
		if person, ok := dir.Person(p); ok {
			zones = append(zones, person.Zone)
		}
	}
	for _, zone := range append(zones, last, "UTC") {
		if x.local, err = policy.LocalIn(zone, now); err == nil {
			x.setup.Zone = zone
			break
		}
	}
	if err != nil {
		return excepted{}, &compliance.Failure{Class: compliance.Unavailable, Op: "load a zone", Detail: "this host has no zone data"}
	}
	_, x.setup.Tickets = rules.Tickets().Kinds[compliance.TicketException]
	x.setup.Channel, x.setup.Site, x.setup.Zones = rules.ExceptionChannel(), rules.Tickets().Site, x.local.Hash
	x.setup.Today, x.setup.Rules, x.setup.Hash = x.local.Today.String(), rules.Version, rules.Hash
	x.setup = x.about(e)
	return x, nil
}

// about is the setup with what it says of one exception.
func (x excepted) about(e exception.Exception) ExceptionSetup {
	out := x.setup
	out.Title = e.System
	if s, ok := x.rules.System(e.System); ok {
		out.Title = s.Name
	}
	out.Deciders = x.deciders(e)
	return out
}

// head completes what every record has in common.
func (x excepted) head(h Head) Head {
	h.Rules = evidence.Rules{Version: x.rules.Version, Hash: x.rules.Hash, Directory: x.dir.Version}
	h.Zones = x.local.Hash
	return h
}

// groups are those that decide now: of the renewal under decision, or of the exception.
func groups(e exception.Exception) []string {
	if e.Round != nil && e.Round.Terms != nil {
		return e.Round.Terms.Approvers
	}
	return e.Terms.Approvers
}

// deciders are the people who may decide (A16).
func (x excepted) deciders(e exception.Exception) []compliance.PersonID {
	barred := slices.Concat([]compliance.PersonID{e.Owner, e.Requester}, x.dir.Acting(e.Owner, x.now), x.dir.Acting(e.Requester, x.now))
	var out []compliance.PersonID
	for _, m := range x.dir.Members(groups(e)) {
		if m.Person.ActiveAt(x.now) && !slices.Contains(barred, m.Person.ID) && !slices.Contains(out, m.Person.ID) {
			out = append(out, m.Person.ID)
		}
	}
	return out
}

// actor is what somebody is to the exception now.
func (x excepted) actor(person compliance.Person, known bool, e exception.Exception) exception.Actor {
	switch {
	case !known:
		return exception.Actor{Reason: exception.UnknownPerson}
	case !person.ActiveAt(x.now):
		return exception.Actor{Person: person.ID, Reason: exception.Inactive}
	}
	stands := func(p compliance.PersonID) bool { return slices.Contains(x.dir.Acting(p, x.now), person.ID) }
	who := exception.Actor{
		Person: person.ID, ActsFor: stands(e.Owner) || stands(e.Requester),
		Owner: person.ID == e.Owner || stands(e.Owner), Verifier: person.ID == e.Verifier || stands(e.Verifier),
		Approver: member(x.dir, person.ID, groups(e)), Deciders: x.deciders(e),
	}
	if terms, ok := x.rules.ExceptionTerms(e.Control); ok {
		who.Terms = &terms
	}
	return who
}

// active gives those of the people who can be told, each once.
func (x excepted) active(people ...compliance.PersonID) []compliance.PersonID {
	var out []compliance.PersonID
	for _, p := range people {
		if person, ok := x.dir.Person(p); ok && person.ActiveAt(x.now) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// concerned are those who are told of what came of an event (A17, A18): the
// owner, or their manager when they have left, and with the end the sponsor, who
// owns the system, and those who decide.
func (x excepted) concerned(event string, e exception.Exception) []compliance.PersonID {
	owner := x.active(e.Owner)
	boss, _ := x.dir.Person(e.Owner)
	if len(owner) == 0 {
		owner = x.active(boss.Manager)
	}
	system, _ := x.rules.System(e.System)
	everybody := append(slices.Concat(owner, []compliance.PersonID{e.Requester, e.Verifier, system.Owner}), x.deciders(e)...)
	switch event {
	case exception.EventRequested, exception.EventRenewing:
		return x.active(x.deciders(e)...)
	case exception.EventAsked:
		return x.active(append([]compliance.PersonID{e.Verifier}, owner...)...)
	case exception.EventWarned, exception.EventApproved, exception.EventConfirmed:
		return owner
	case exception.EventEscalated, exception.EventReminded:
		return x.active(append(everybody, boss.Manager)...)
	case exception.EventExpired, exception.EventUnanswered, exception.EventFailed, exception.EventRevoked:
		return x.active(everybody...)
	default:
		return x.active(append(owner, e.Requester, e.Verifier)...)
	}
}

// concerned adds to them, where an exception ends that is for one change alone,
// the people of that change while it is under way: they counted on it.
func (j *Judgement) concerned(ctx context.Context, x excepted, event string, e exception.Exception) ([]compliance.PersonID, error) {
	told := x.concerned(event, e)
	if e.Change == "" || e.State != exception.Reopened {
		return told, nil
	}
	st, err := j.Log.ByNumber(ctx, e.Change)
	if errors.Is(err, evidence.ErrNotFound) || err == nil && st.Final {
		return told, nil
	}
	if err != nil {
		return nil, recordFailure(err)
	}
	entries, err := j.Log.Records(ctx, st.Subject)
	if err != nil {
		return nil, recordFailure(err)
	}
	for _, entry := range slices.Backward(entries) {
		if entry.Record.Type == change.EventSubmitted {
			facts, err := recall[change.SubmittedFacts](entry)
			if err != nil {
				return nil, err
			}
			return x.active(append(told, facts.Authors()...)...), nil
		}
	}
	return told, nil
}

// called is the person that a text names: by id, name or e-mail address, if it is
// exactly one; else nobody. What nobody is called is not kept: it may be personal.
func called(dir *policy.Directory, text compliance.PersonID) compliance.PersonID {
	var found []compliance.PersonID
	for _, p := range dir.People() {
		if p.ID == text {
			return p.ID
		}
		if strings.EqualFold(p.Name, string(text)) || p.Email != "" && strings.EqualFold(p.Email, string(text)) {
			found = append(found, p.ID)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return ""
}

// named is a request with the people that it names; whoever asks owns it where it
// names no owner.
func named(dir *policy.Directory, r exception.Request, asks compliance.PersonID) exception.Request {
	if r.Owner == "" {
		r.Owner = asks
	} else {
		r.Owner = called(dir, r.Owner)
	}
	r.Verifier = called(dir, r.Verifier)
	return r
}

// asked is what policy and directory say of a request.
func (x excepted) asked(r exception.Request, person compliance.Person, known bool) exception.Asked {
	e := exception.Exception{Owner: r.Owner, Requester: person.ID, Verifier: r.Verifier, Control: r.Control, System: r.System}
	a := exception.Asked{Requester: person.ID, Reason: x.actor(person, known, e).Reason}
	a.Terms, a.HasTerms = x.rules.ExceptionTerms(r.Control)
	system, ok := x.rules.System(r.System)
	a.System, a.Place = ok, r.Environment == "" || system.HasEnvironment(r.Environment)
	a.Owner, a.Verifier = len(x.active(e.Owner)) == 1, len(x.active(e.Verifier)) == 1
	e.Terms = a.Terms
	a.Approvers = len(x.deciders(e))
	return a
}
