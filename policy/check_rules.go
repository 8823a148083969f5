package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// rules checks the rules against each other and against the directory.
func (c *check) rules(p people) rulesDocument {
	doc := rulesDocument{APIVersion: apiVersion}
	organisation, channels := c.organisation(p)
	calendars := entries[calendarEntry](c, kindCalendars, "calendars")
	unique(c, calendars, "name", "calendar", func(e calendarEntry) string { return e.Name })
	for _, e := range calendars {
		c.calendar(e, p.persons)
	}
	systems := c.systems(p, namesOf(c, kindCalendars, "calendar", calendars, func(e calendarEntry) string { return e.Name }))
	chains := c.chains(p)
	chainNames := namesOf(c, kindChains, "chain", chains, func(e chainEntry) string { return e.Name })
	routes := c.routing(systems, chainNames, channels)
	c.rulesChange(organisation.Rules, systems)
	k := known{
		people: p, systems: systems, channels: channels, chains: chainNames,
		tickets:     names{list: texts(sortedKeys(organisation.Tickets.Kinds)), known: channels.known && len(c.byKind[kindOrganisation]) > 0, what: "kind of ticket"},
		systemNames: namesOf(c, kindSystems, "system", systems, func(s System) string { return s.ID }),
	}

	escalation := c.escalation(k)
	c.emergency(&organisation, escalation, k)

	doc.Organisation = organisation
	doc.Calendars = values(calendars)
	doc.Systems = values(systems)
	doc.Chains = values(chains)
	doc.Routing = values(routes)
	doc.Fields = c.fields()
	doc.Artefacts = c.artefacts(k)
	doc.Escalation = escalation
	doc.Patch = c.patch(k)
	doc.Exceptions = c.exceptions(k)
	if doc.Gate = c.gate(k); len(c.schemas) > 0 {
		doc.Schemas = map[string]json.RawMessage{}
		for name, data := range c.schemas {
			doc.Schemas[name] = json.RawMessage(data)
		}
	}
	doc.Templates = c.templates(k, doc.Fields)
	return doc
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func values[T any](list []entry[T]) []T {
	out := make([]T, len(list))
	for i, e := range list {
		out[i] = e.value
	}
	return out
}

func (c *check) organisation(p people) (organisationEntry, names) {
	channels := names{what: "channel", known: !c.unsound[kindOrganisation]}
	if len(c.byKind[kindOrganisation]) == 0 {
		return organisationEntry{}, channels
	}
	t := c.byKind[kindOrganisation][0]
	content := maps.Clone(t.root.(map[string]any))
	delete(content, "apiVersion")
	delete(content, "kind")
	e := entry[organisationEntry]{tree: t}
	if !decode(c, t, "", content, &e.value) {
		channels.known = false
		return e.value, channels
	}
	channels.list = sortedKeys(e.value.Channels)
	tickets := e.value.Tickets
	for _, logical := range sortedKeys(tickets.Statuses) {
		if tickets.Statuses[logical] == tickets.SubmitStatus && logical != "submitted" {
			e.report(c, "/tickets/statuses/"+logical, fmt.Sprintf("%q is the submit status, which starts a change", tickets.SubmitStatus), "our own update would start the change again; map "+logical+" to another status")
		}
	}
	if owner, taken := p.accounts[tickets.BotAccount]; taken {
		e.report(c, "/tickets/bot_account", fmt.Sprintf("%q is an account of %s", tickets.BotAccount, owner.value.ID), "the product writes under an account of its own, which no person uses")
	}
	c.ticketKinds(e)
	return e.value, channels
}

func (c *check) systems(p people, calendars names) []entry[System] {
	systems := entries[System](c, kindSystems, "systems")
	unique(c, systems, "id", "system", func(s System) string { return s.ID })
	for _, s := range systems {
		refer(c, s, "/owner", string(s.value.Owner), p.persons)
		c.limits(s)
		seen := map[string]bool{}
		for i, e := range s.value.Environments {
			at := fmt.Sprintf("/environments/%d", i)
			if seen[e.Name] {
				s.report(c, at+"/name", fmt.Sprintf("the environment %q is defined twice", e.Name), "remove one")
			}
			seen[e.Name] = true
			if e.Calendar != "" {
				refer(c, s, at+"/calendar", e.Calendar, calendars)
			}
			c.turns(s, at, &s.value.Environments[i])
		}
	}
	return systems
}

func (c *check) chains(p people) []entry[chainEntry] {
	chains := entries[chainEntry](c, kindChains, "chains")
	unique(c, chains, "name", "chain", func(e chainEntry) string { return e.Name })
	for i, e := range chains {
		c.holdLimit(e, &chains[i].value)
		period(c, e, "/validity", e.value.Validity)
		period(c, e, "/resubmit", e.value.Resubmit)
		for i, l := range e.value.Levels {
			c.level(e, fmt.Sprintf("/levels/%d", i), l, p)
			c.calls(e, fmt.Sprintf("/levels/%d", i), &e.value.Levels[i], p)
		}
	}
	return chains
}

func (c *check) level(e entry[chainEntry], at string, l levelEntry, p people) {
	period(c, e, at+"/deadline", l.Deadline)
	if l.External != "" {
		refer(c, e, at+"/external", string(l.External), p.persons)
	}
	complete := p.groups.known && p.persons.known
	pool, signers := map[compliance.PersonID]bool{}, 0
	for i, g := range l.Groups {
		complete = refer(c, e, fmt.Sprintf("%s/groups/%d", at, i), g, p.groups) && complete
		for _, m := range p.members[g] {
			if !pool[m] && p.signIn[m] {
				signers++
			}
			pool[m] = true
		}
	}
	quorum, err := change.ParseQuorum(string(l.Quorum))
	if err != nil {
		e.report(c, at+"/quorum", err.Error(), `write a number of people such as 2, or a share such as "60%"`)
		return
	}
	need := quorum.Of(len(pool))
	if complete && len(pool) > 0 && need > len(pool) {
		e.report(c, at+"/quorum", fmt.Sprintf("the quorum needs %d people, the groups %s hold %d", need, strings.Join(l.Groups, ", "), len(pool)), "lower the quorum or add people; a person counts once, however many groups they are in")
		return
	}
	if l.StepUp && complete && len(pool) > 0 && need > signers {
		e.report(c, at+"/step_up", fmt.Sprintf("the quorum needs %d people, and of those in %s only %d can sign in", need, strings.Join(l.Groups, ", "), signers),
			"add the "+ProviderSignIn+" accounts of more people to the directory")
	}
}

func (c *check) routing(systems []entry[System], chains, channels names) []entry[RouteRule] {
	rules := entries[RouteRule](c, kindRouting, "rules")
	unique(c, rules, "name", "rule", func(r RouteRule) string { return r.Name })
	for i, r := range rules {
		refer(c, r, "/chain", r.value.Chain, chains)
		refer(c, r, "/channel", r.value.Channel, channels)
		c.when(r, r.value.When, systems)
		for _, earlier := range rules[:i] {
			if earlier.value.When.covers(r.value.When) {
				r.report(c, "", fmt.Sprintf("the rule %q can never act: %q before it takes every change it matches", r.value.Name, earlier.value.Name), "move it up, narrow the earlier rule, or remove it")
				break
			}
		}
	}
	return rules
}

// when checks a condition on changes, which stands under "when" in the entry.
func (c *check) when(r reporter, w When, systems []entry[System]) {
	known := namesOf(c, kindSystems, "system", systems, func(s System) string { return s.ID })
	riskNames := names{list: slices.Sorted(slices.Values(risks())), known: true, what: "risk"}
	platforms := namesOf(c, kindSystems, "platform", systems, func(s System) string { return s.Platform })
	leads := func(inside, name string, to names) {
		if !to.has(name) {
			r.report(c, inside, fmt.Sprintf("there is no %s %q", to.what, name), meant(name, to.list, to.what))
		}
	}
	for j, s := range w.Systems {
		leads(fmt.Sprintf("/when/systems/%d", j), s, known)
	}
	environments := environmentsOf(systems, w.Systems)
	environments.known = known.known
	for j, env := range w.Environments {
		leads(fmt.Sprintf("/when/environments/%d", j), env, environments)
	}
	if w.Expression != "" {
		for _, f := range conditionFaults(w.Expression, words{"system": known, "environment": environments, "platform": platforms, "risk": riskNames}) {
			r.report(c, "/when/expression", f.text, f.hint)
		}
	}
}

// reporter is an entry of any type.
type reporter interface {
	report(c *check, inside, text, hint string)
}

// environmentsOf lists the environments of the given systems, of all when none is given.
func environmentsOf(systems []entry[System], only []string) names {
	set := map[string]bool{}
	for _, s := range systems {
		if allows(only, s.value.ID) {
			for _, e := range s.value.Environments {
				set[e.Name] = true
			}
		}
	}
	return names{list: sortedKeys(set), what: "environment"}
}
