package policy

import (
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

// Vendor is somebody whose product we use, and what they owe us. Those in the
// rules are the baseline; others are added at run time and checked by
// Rules.CheckVendor. No field names an employee of the vendor's by more than
// the text of a contact.
type Vendor struct {
	ID   string `json:"id"` // part of workflow ids, so it never changes
	Name string `json:"name"`
	// Owner answers for the vendor's artefacts being current, Sponsor for the
	// vendor being used at all.
	Owner   compliance.PersonID `json:"owner"`
	Sponsor compliance.PersonID `json:"sponsor"`
	// Systems lists the systems that rest on this vendor: a change of one of
	// them is blocked by what the vendor lacks (A9).
	Systems   []string         `json:"systems"`
	Contacts  []VendorContact  `json:"contacts"`
	Artefacts []VendorArtefact `json:"artefacts"`
}

// VendorContact is where a vendor is asked for an artefact: an address, a page
// or both.
type VendorContact struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

// VendorArtefact is one document a vendor owes, such as a report or a certificate.
type VendorArtefact struct {
	ID    string `json:"id"` // unique within the vendor; part of workflow ids
	Class string `json:"class"`
	Title string `json:"title"`
	// NeededBy is the last day on which a first one may be missing; none when
	// only people ask for it.
	NeededBy certification.Date `json:"needed_by,omitzero"`
}

// Artefact finds an artefact of the vendor by its id.
func (v Vendor) Artefact(id string) (VendorArtefact, bool) {
	for _, a := range v.Artefacts {
		if a.ID == id {
			return a, true
		}
	}
	return VendorArtefact{}, false
}

func (v Vendor) clone() Vendor {
	v.Systems, v.Contacts, v.Artefacts = slices.Clone(v.Systems), slices.Clone(v.Contacts), slices.Clone(v.Artefacts)
	return v
}

// ArtefactClass is a kind of artefact and how it is chased.
type ArtefactClass struct {
	Name   string
	Title  string               // for people, e.g. "SOC 2 Type II report"
	Ladder certification.Ladder // passes Check
	// GraceApprovers are the directory groups whose members may grant a grace (A8).
	GraceApprovers []string
}

// Artefacts is what holds for all artefacts. Their tasks are tickets of the kind
// compliance.TicketRenewal, which Rules.Tickets then has.
type Artefacts struct {
	Channel  string              // logical channel for cards and reminders
	Fallback compliance.PersonID // told when no role has anybody who can be told
}

// Artefacts returns what holds for all artefacts; false when the policy has no
// file of kind artefacts, and then no vendors and no classes either.
func (r *Rules) Artefacts() (Artefacts, bool) {
	if r.artefacts == nil {
		return Artefacts{}, false
	}
	return r.artefacts.Artefacts, true
}

// ArtefactClass returns a class by name. Every class that a vendor's artefact
// names exists.
func (r *Rules) ArtefactClass(name string) (ArtefactClass, bool) {
	if r.artefacts == nil {
		return ArtefactClass{}, false
	}
	c, ok := r.artefacts.classes[name]
	return c.clone(), ok
}

// ArtefactClasses lists the names of the classes, sorted.
func (r *Rules) ArtefactClasses() []string {
	if r.artefacts == nil {
		return nil
	}
	return sortedKeys(r.artefacts.classes)
}

// Vendors returns the vendors of the rules, by id.
func (r *Rules) Vendors() []Vendor {
	if r.artefacts == nil {
		return nil
	}
	out := make([]Vendor, len(r.artefacts.vendors))
	for i, v := range r.artefacts.vendors {
		out[i] = v.clone()
	}
	return out
}

// Vendor returns the vendor with this id, as the rules have it.
func (r *Rules) Vendor(id string) (Vendor, bool) {
	if r.artefacts == nil {
		return Vendor{}, false
	}
	for _, v := range r.artefacts.vendors {
		if v.ID == id {
			return v.clone(), true
		}
	}
	return Vendor{}, false
}

// VendorsOf lists the ids of the vendors on which a system rests, sorted.
func (r *Rules) VendorsOf(system string) []string {
	if r.artefacts == nil {
		return nil
	}
	var out []string
	for _, v := range r.artefacts.vendors {
		if slices.Contains(v.Systems, system) {
			out = append(out, v.ID)
		}
	}
	return out
}

func (c ArtefactClass) clone() ArtefactClass {
	c.GraceApprovers = slices.Clone(c.GraceApprovers)
	c.Ladder.Rungs = slices.Clone(c.Ladder.Rungs)
	for i := range c.Ladder.Rungs {
		c.Ladder.Rungs[i].Audience = slices.Clone(c.Ladder.Rungs[i].Audience)
	}
	c.Ladder.After.Audience = slices.Clone(c.Ladder.After.Audience)
	return c
}
