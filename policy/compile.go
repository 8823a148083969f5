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
	data, hash, err := canonical(doc)
	if err != nil {
		return nil, err
	}
	return indexRules(doc, data, hash)
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
			Name: doc.Organisation.Name, Tickets: doc.Organisation.Tickets, Channels: doc.Organisation.Channels,
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
	zones := zoneCache{}
	for _, e := range doc.Calendars {
		if r.calendars[e.Name], err = compileCalendar(e, zones); err != nil {
			return nil, err
		}
	}
	return r, nil
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
			Deadline: deadline, External: l.External,
		})
	}
	return c, nil
}
