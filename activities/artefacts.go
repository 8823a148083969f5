package activities

import (
	"context"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/policy"
)

// owed is an artefact as policy and directory have it at one moment.
type owed struct {
	setup     certification.Setup
	ladder    certification.Ladder
	asked     bool // a command names it, and the policy does not
	assurance policy.Assurance
	dir       *policy.Directory
	local     certification.Local
	now       time.Time
}

// readOwed reads what is owed: the policy's word where it names the artefact,
// else that of the command, else what was known last.
func readOwed(ctx context.Context, source PolicySource, vendor, artefact string, asked *certification.Asked, last certification.Setup, ladder certification.Ladder, now time.Time) (owed, error) {
	rules, err := source.Rules(ctx)
	if err != nil {
		return owed{}, &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	dir, err := People{source}.directory(ctx)
	if err != nil {
		return owed{}, err
	}
	o := owed{assurance: rules.Assurance(), dir: dir, now: now, ladder: ladder}
	v, named := rules.Vendor(vendor)
	a, listed := v.Artefact(artefact)
	switch {
	case named && listed:
		o.setup = certification.Setup{Vendor: v.Name, Title: a.Title, Owner: a.Owner, Sponsor: v.Sponsor, Systems: v.Systems, NeededBy: a.NeededBy}
		o.ladder = a.Ladder
	case asked != nil:
		o.setup = certification.Setup{
			Vendor: asked.Vendor, Title: asked.Title, Owner: asked.Owner, Sponsor: asked.Sponsor, Systems: asked.Systems, NeededBy: asked.NeededBy,
		}
		o.asked = true
		if named { // the policy knows the vendor, and not this document of theirs
			o.setup.Vendor, o.setup.Sponsor, o.setup.Systems = v.Name, v.Sponsor, v.Systems
		}
		if l, ok := rules.Ladder(asked.Ladder); ok {
			o.ladder = l
		} else if len(ladder.Rungs) == 0 {
			o.ladder = certification.DefaultLadder()
		}
	default:
		o.setup = last
		o.setup.Unnamed = true
	}
	if len(o.ladder.Rungs) == 0 {
		o.ladder = certification.DefaultLadder()
	}
	o.setup.Channel, o.setup.Site = o.assurance.Channel, rules.Tickets().Site
	_, o.setup.Tasks = rules.Tickets().Kinds[compliance.TicketRenewal]
	if o.setup.Channel == "" {
		o.setup.Channel = last.Channel
	}
	o.setup.Rules, o.setup.Hash = rules.Version, rules.Hash
	return o, o.place(last.Zone)
}

// place finds the zone in which days are counted: the owner's, else that of the
// nearest role that has one, else the one known last, else UTC. Somebody who
// left must not leave an artefact without a calendar.
func (o *owed) place(last string) error {
	zones := []string{}
	for _, role := range certification.Roles() {
		if p, ok := o.dir.Person(o.holder(role)); ok {
			zones = append(zones, p.Zone)
		}
	}
	for _, zone := range append(zones, last, "UTC") {
		local, err := policy.LocalIn(zone, o.now)
		if err == nil {
			o.local, o.setup.Zone = local, zone
			return nil
		}
	}
	return &compliance.Failure{Class: compliance.Unavailable, Op: "load a zone", Detail: "this host has no zone data"}
}

// holder is the person who has a role in the artefact now; empty when nobody has.
func (o *owed) holder(role certification.Role) compliance.PersonID {
	switch role {
	case certification.Owner:
		return o.setup.Owner
	case certification.Manager:
		owner, _ := o.dir.Person(o.setup.Owner)
		return owner.Manager
	case certification.Sponsor:
		return o.setup.Sponsor
	case certification.Fallback:
		return o.assurance.Fallback
	default:
		return ""
	}
}

// contacts says who has each role, and why somebody cannot be told.
func (o *owed) contacts() []certification.Contact {
	var out []certification.Contact
	for _, role := range certification.Roles() {
		c := certification.Contact{Role: role, Person: o.holder(role)}
		p, ok := o.dir.Person(c.Person)
		switch {
		case !ok:
			c.Reason = certification.UnknownPerson
		case !p.ActiveAt(o.now):
			c.Reason = certification.Inactive
		}
		out = append(out, c)
	}
	return out
}

// actor is what somebody is to the artefact now.
func (o *owed) actor(person compliance.Person, known bool) certification.Actor {
	switch {
	case !known:
		return certification.Actor{Reason: certification.UnknownPerson}
	case !person.ActiveAt(o.now):
		return certification.Actor{Person: person.ID, Reason: certification.Inactive}
	}
	who := certification.Actor{Person: person.ID}
	for _, role := range certification.Roles() {
		holder := o.holder(role)
		if holder == "" {
			continue
		}
		// A deputy has the part of whom they act for; whoever acts for the owner
		// is kept from deciding on grace by that (A8).
		if holder == person.ID || slices.Contains(o.dir.Acting(holder, o.now), person.ID) {
			who.Roles = append(who.Roles, role)
		}
	}
	who.Acting = slices.Contains(o.dir.Acting(o.setup.Owner, o.now), person.ID)
	who.Approver = slices.ContainsFunc(person.Groups, func(g string) bool { return slices.Contains(o.assurance.Approvers, g) })
	return who
}
