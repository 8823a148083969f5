package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance/change"
)

// compileRules turns checked rules into what is in force. Lists whose order
// means nothing are sorted first, so that the hash is that of the rules and
// not of how they were written down.
func compileRules(doc rulesDocument) (*Rules, error) {
	slices.SortFunc(doc.Systems, func(a, b System) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(doc.Chains, func(a, b chainEntry) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(doc.Calendars, func(a, b calendarEntry) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(doc.Fields, func(a, b Field) int { return cmp.Compare(a.Name, b.Name) })
	doc.sortKinds()
	data, hash, err := canonical(doc)
	if err != nil {
		return nil, err
	}
	return indexRules(doc, data, hash)
}

// sortKinds sorts what has no order of its own in the kinds that may be absent.
// Alerts, steps, targets of patches and feeds have one.
func (doc *rulesDocument) sortKinds() {
	if a := doc.Artefacts; a != nil {
		slices.SortFunc(a.Ladders, func(a, b ladderEntry) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(a.Classes, func(a, b classEntry) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(a.Vendors, func(a, b vendorEntry) int { return cmp.Compare(a.ID, b.ID) })
	}
	if e := doc.Escalation; e != nil {
		slices.SortFunc(e.Contacts, func(a, b FixedContact) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(e.Rotations, func(a, b rotationEntry) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(e.Policies, func(a, b escalationRules) int { return cmp.Compare(a.Name, b.Name) })
		slices.SortFunc(e.Sources, func(a, b AlertSource) int { return cmp.Compare(a.Name, b.Name) })
	}
	if p := doc.Patch; p != nil {
		slices.SortFunc(p.Classes, func(a, b patchClassEntry) int { return cmp.Compare(a.Name, b.Name) })
	}
}

// Restore reads back rules that Canonical gave, as they are kept for every run
// that pinned them. It returns an error when the snapshot is damaged, was
// written by a later version, or names a zone this program does not know. The
// result has the snapshot's hash; whether that is the one wanted is for the
// caller to compare.
func Restore(snapshot []byte) (*Rules, error) {
	var doc rulesDocument
	d := json.NewDecoder(bytes.NewReader(snapshot))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("rules snapshot: %w", err)
	}
	if doc.APIVersion != apiVersion {
		return nil, fmt.Errorf("rules snapshot: the version %q is not known; this program reads %s", doc.APIVersion, apiVersion)
	}
	if again, _, err := canonical(json.RawMessage(snapshot)); err != nil || !bytes.Equal(again, snapshot) {
		return nil, fmt.Errorf("rules snapshot: it is not in canonical form, so its hash means nothing")
	}
	return indexRules(doc, bytes.Clone(snapshot), digest(snapshot))
}

func indexRules(doc rulesDocument, data []byte, hash string) (*Rules, error) {
	r := &Rules{
		Version: hash[:shortLength], Hash: hash, canonical: data,
		systems: map[string]System{}, chains: map[string]Chain{}, calendars: map[string]calendar{},
		routing: doc.Routing, fields: doc.Fields,
		organisation: Organisation{
			Name: doc.Organisation.Name, Tickets: doc.Organisation.Tickets, Channels: doc.Organisation.Channels, Rules: doc.Organisation.Rules.in(),
		},
	}
	var err error
	for _, s := range doc.Systems {
		r.systems[s.ID] = s
	}
	for _, e := range doc.Chains {
		if r.chains[e.Name], err = compileChain(e); err != nil {
			return nil, fmt.Errorf("chain %s: %w", e.Name, err)
		}
	}
	for _, rule := range doc.Routing {
		compiled, err := compileCondition(rule.When.Expression)
		if err != nil {
			return nil, fmt.Errorf("routing rule %s: %w", rule.Name, err)
		}
		r.conditions = append(r.conditions, compiled)
	}
	zones := zoneCache{}
	for _, e := range doc.Calendars {
		if r.calendars[e.Name], err = compileCalendar(e, zones); err != nil {
			return nil, err
		}
	}
	return r, r.index(doc, zones)
}

// index compiles the kinds that a policy may lack.
func (r *Rules) index(doc rulesDocument, zones zoneCache) (err error) {
	if doc.Artefacts != nil {
		if r.artefacts, err = compileArtefacts(*doc.Artefacts); err != nil {
			return err
		}
	}
	if doc.Escalation != nil {
		if r.escalation, err = compileEscalation(*doc.Escalation, zones); err != nil {
			return err
		}
	}
	if doc.Exceptions != nil {
		r.exceptions = compileExceptions(*doc.Exceptions)
	}
	if doc.Patch != nil {
		r.patching, err = compilePatching(*doc.Patch)
	}
	return err
}

func compileChain(e chainEntry) (Chain, error) {
	c := Chain{Name: e.Name, OnLost: change.LostEligibility(e.OnLost)}
	var err error
	if c.Validity, err = parseDuration(e.Validity); err != nil {
		return Chain{}, err
	}
	if c.Resubmit, err = parseDuration(e.Resubmit); err != nil {
		return Chain{}, err
	}
	if c.HoldLimit, err = parseDuration(cmp.Or(e.HoldLimit, defaultHoldLimit)); err != nil {
		return Chain{}, err
	}
	for _, l := range e.Levels {
		deadline, err := parseDuration(l.Deadline)
		if err != nil {
			return Chain{}, err
		}
		if _, err := change.ParseQuorum(string(l.Quorum)); err != nil {
			return Chain{}, err
		}
		c.Levels = append(c.Levels, change.Level{
			Name: l.Name, Groups: l.Groups, Quorum: string(l.Quorum), MaxDenials: l.MaxDenials,
			Deadline: deadline, External: l.External, StepUp: l.StepUp,
		})
		if err := l.prompts(&c.Levels[len(c.Levels)-1]); err != nil {
			return Chain{}, err
		}
	}
	return c, nil
}
