package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// people is what the checks of the rules need of the directory.
type people struct {
	document directoryDocument
	persons  names
	groups   names
	members  map[string][]compliance.PersonID
	accounts map[string]entry[personEntry] // account id, whatever the provider
	signIn   map[compliance.PersonID]bool  // who has an account to sign in with
}

// directory checks people and groups against each other.
func (c *check) directory() people {
	persons := entries[personEntry](c, kindPeople, "people")
	groups := entries[groupEntry](c, kindGroups, "groups")
	out := people{
		document: directoryDocument{APIVersion: apiVersion},
		persons:  namesOf(c, kindPeople, "person", persons, func(p personEntry) string { return string(p.ID) }),
		groups:   namesOf(c, kindGroups, "group", groups, func(g groupEntry) string { return g.Name }),
		members:  map[string][]compliance.PersonID{},
		accounts: map[string]entry[personEntry]{},
		signIn:   map[compliance.PersonID]bool{},
	}
	distinct := unique(c, persons, "id", "person", func(p personEntry) string { return string(p.ID) })
	unique(c, groups, "name", "group", func(g groupEntry) string { return g.Name })
	c.accounts(persons, out.accounts)
	for _, p := range persons {
		c.person(p, out.persons)
		out.signIn[p.value.ID] = p.value.Accounts[ProviderSignIn] != ""
		out.document.People = append(out.document.People, p.value)
	}
	c.managers(distinct)
	c.deputies(distinct)
	c.delegations(distinct)
	for _, g := range groups {
		c.group(g, out.persons)
		out.members[g.value.Name] = g.value.Members
		out.document.Groups = append(out.document.Groups, g.value)
	}
	return out
}

// accounts finds accounts that belong to two people: whose click it was could
// then not be told, and one person could stand for two approvers.
func (c *check) accounts(persons []entry[personEntry], byID map[string]entry[personEntry]) {
	owner := map[compliance.Account]entry[personEntry]{}
	for _, p := range persons {
		for _, provider := range sortedKeys(p.value.Accounts) {
			a := compliance.Account{Provider: provider, ID: p.value.Accounts[provider]}
			byID[a.ID] = p
			if first, taken := owner[a]; taken {
				p.report(c, "/accounts/"+escapePointer(provider), fmt.Sprintf("the %s account %q belongs to %s already", provider, a.ID, first.value.ID), "an account belongs to one person; correct one of the two")
				continue
			}
			owner[a] = p
		}
	}
}

func (c *check) person(p entry[personEntry], persons names) {
	loc, err := c.zones.load(p.value.Zone)
	if err != nil {
		p.report(c, "/zone", err.Error(), zoneHint)
		loc = time.UTC // only to go on judging the times below
	}
	if m := p.value.Manager; m != "" {
		refer(c, p, "/manager", string(m), persons)
	}
	c.interval(p, "/active_from", p.value.ActiveFrom, "/active_to", p.value.ActiveTo, loc)
	for i, d := range p.value.Deputies {
		at := fmt.Sprintf("/deputies/%d", i)
		if refer(c, p, at+"/person", string(d.Person), persons) && d.Person == p.value.ID {
			p.report(c, at+"/person", "nobody is their own deputy", "name somebody else")
		}
		c.interval(p, at+"/from", d.From, at+"/until", d.Until, loc)
	}
}

// interval checks two moments, either of which may be absent.
func (c *check) interval(p entry[personEntry], fromAt, from, toAt, to string, loc *time.Location) {
	start, err := parseMoment(from, loc)
	if err != nil {
		p.report(c, fromAt, err.Error(), momentHint)
	}
	end, err2 := parseMoment(to, loc)
	if err2 != nil {
		p.report(c, toAt, err2.Error(), momentHint)
	}
	if err == nil && err2 == nil && !start.IsZero() && !end.IsZero() && !start.Before(end) {
		p.report(c, toAt, "the interval ends before it begins", "the end is exclusive and lies after the start")
	}
}

// managers finds people who are, in the end, their own manager.
func (c *check) managers(persons []entry[personEntry]) {
	manager := map[compliance.PersonID]compliance.PersonID{}
	for _, p := range persons {
		manager[p.value.ID] = p.value.Manager
	}
	// Each person is walked over once: a chain that meets an earlier one ends there.
	walked := map[compliance.PersonID]compliance.PersonID{}
	for _, p := range persons {
		for id := p.value.ID; id != ""; id = manager[id] {
			if by, seen := walked[id]; seen {
				if by == p.value.ID {
					p.report(c, "/manager", fmt.Sprintf("the managers of %s lead back to %s", p.value.ID, id), "the chain of managers must end with somebody who has none")
				}
				break
			}
			walked[id] = p.value.ID
		}
	}
}

// deputies finds deputies who are themselves away: a delegation is one step
// deep (C9), so that who acts for whom is never a matter of searching.
func (c *check) deputies(persons []entry[personEntry]) {
	type absence struct {
		from, until time.Time
		deputy      compliance.PersonID
	}
	away := map[compliance.PersonID][]absence{}
	absences := func(p entry[personEntry], d deputyEntry) (absence, bool) {
		loc, err := c.zones.load(p.value.Zone)
		if err != nil {
			return absence{}, false
		}
		from, err := parseMoment(d.From, loc)
		until, err2 := parseMoment(d.Until, loc)
		return absence{from, until, d.Person}, err == nil && err2 == nil
	}
	for _, p := range persons {
		for _, d := range p.value.Deputies {
			if a, ok := absences(p, d); ok {
				away[p.value.ID] = append(away[p.value.ID], a)
			}
		}
	}
	for _, p := range persons {
		for i, d := range p.value.Deputies {
			mine, ok := absences(p, d)
			if !ok || d.Person == p.value.ID {
				continue
			}
			overlaps := func(o absence) bool { return mine.from.Before(o.until) && o.from.Before(mine.until) }
			if j := slices.IndexFunc(away[d.Person], overlaps); j >= 0 {
				text := fmt.Sprintf("%s has a deputy of their own in that time", d.Person)
				if away[d.Person][j].deputy == p.value.ID {
					text = fmt.Sprintf("%s and %s act for each other in that time", min(p.value.ID, d.Person), max(p.value.ID, d.Person))
				}
				p.report(c, fmt.Sprintf("/deputies/%d", i), text, "a deputy acts in person; choose somebody else or other dates")
			}
		}
	}
}

func (c *check) group(g entry[groupEntry], persons names) {
	if len(g.value.Members) == 0 {
		g.report(c, "/members", fmt.Sprintf("the group %q is empty", g.value.Name), "name at least one person, or remove the group")
	}
	seen := map[compliance.PersonID]bool{}
	for i, m := range g.value.Members {
		at := fmt.Sprintf("/members/%d", i)
		if refer(c, g, at, string(m), persons) && seen[m] {
			g.report(c, at, fmt.Sprintf("%s is a member twice", m), "people are counted once; remove one entry")
		}
		seen[m] = true
	}
}

const momentHint = `write a day such as "2026-12-18" or an instant such as "2026-12-18T09:00:00+01:00"`

// parseMoment reads an instant: RFC 3339, or a day, which stands for its start
// in the zone. An absent text is the zero time.
func parseMoment(text string, loc *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a day nor an instant", text)
	}
	first, _, _ := Instants(wallOf(day), loc)
	return first, nil
}
