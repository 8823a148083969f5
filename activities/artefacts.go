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
	approvers []string // groups that decide on grace
	fallback  compliance.PersonID
	asked     bool // a command names it, and the policy does not
	dir       *policy.Directory
	local     certification.Local
	now       time.Time
	// problems is what is wrong with what a command asks for.
	problems policy.Problems
}

// readOwed reads what is owed: the policy's word where it names the artefact,
// else that of the command, else what was known last. The ladder is the one the
// tracker has, which stays where its class is gone from the policy.
func readOwed(ctx context.Context, source PolicySource, vendor, artefact string, asked *certification.Asked, last certification.Setup, ladder certification.Ladder, now time.Time) (owed, error) {
	rules, err := source.Rules(ctx)
	if err != nil {
		return owed{}, &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	dir, err := People{source}.directory(ctx)
	if err != nil {
		return owed{}, err
	}
	o := owed{dir: dir, now: now}
	v, known := rules.Vendor(vendor)
	a, listed := v.Artefact(artefact)
	switch {
	case known && listed:
		o.setup = setupOf(v, a)
	case asked != nil:
		o.asked = true
		one := policy.VendorArtefact{ID: artefact, Class: asked.Class, Title: asked.Title, NeededBy: asked.NeededBy}
		if one.Title == "" {
			one.Title = asked.Class
			if class, ok := rules.ArtefactClass(asked.Class); ok {
				one.Title = class.Title
			}
		}
		if !known {
			v = policy.Vendor{ID: vendor, Name: asked.Name, Owner: asked.Owner, Sponsor: asked.Sponsor, Systems: asked.Systems}
			checked := v
			checked.Artefacts = []policy.VendorArtefact{one}
			checked.Contacts = []policy.VendorContact{{Name: "none", URL: "https://none.invalid/"}}
			o.problems = rules.CheckVendor(checked, dir)
		} else if _, ok := rules.ArtefactClass(asked.Class); !ok {
			o.problems = policy.Problems{{Text: "there is no class " + asked.Class, Hint: "choose one of the policy's classes of artefacts"}}
		}
		o.setup = setupOf(v, one)
	default:
		o.setup = last
		o.setup.Unnamed = true
	}
	general, _ := rules.Artefacts()
	o.setup.Channel, o.setup.Site, o.fallback = general.Channel, rules.Tickets().Site, general.Fallback
	_, o.setup.Tasks = rules.Tickets().Kinds[compliance.TicketRenewal]
	if o.setup.Channel == "" {
		o.setup.Channel = last.Channel
	}
	o.setup.Rules, o.setup.Hash = rules.Version, rules.Hash
	o.ladder = ladder
	if class, ok := rules.ArtefactClass(o.setup.Class); ok {
		o.ladder, o.approvers = class.Ladder, class.GraceApprovers
	} else if len(o.ladder.Rungs) == 0 {
		o.ladder = certification.DefaultLadder()
	}
	return o, o.place(last.Zone)
}

func setupOf(v policy.Vendor, a policy.VendorArtefact) certification.Setup {
	return certification.Setup{
		Vendor: v.Name, Title: a.Title, Class: a.Class, Owner: v.Owner, Sponsor: v.Sponsor, Systems: v.Systems, NeededBy: a.NeededBy,
	}
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
		return o.fallback
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
	who.Approver = slices.ContainsFunc(person.Groups, func(g string) bool { return slices.Contains(o.approvers, g) })
	return who
}
