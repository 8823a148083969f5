package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
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
