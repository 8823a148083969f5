package policy

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// delegations finds ids that two delegations share, and what an edit would change
// of delegations that were in force before it: votes were given under them, and
// the record names them by their ids (C9).
func (c *check) delegations(persons []entry[personEntry]) {
	type placed struct {
		Deputy
		in entry[personEntry]
		at string
	}
	now := map[string]placed{}
	for _, p := range persons {
		loc, err := c.zones.load(p.value.Zone)
		if err != nil {
			continue
		}
		for i, e := range p.value.Deputies {
			d, err := e.delegation(p.value.ID, loc)
			if err != nil {
				continue
			}
			at := fmt.Sprintf("/deputies/%d", i)
			if first, twice := now[d.ID]; twice {
				p.report(c, at, fmt.Sprintf("the delegation %q is defined twice", d.ID),
					fmt.Sprintf("the first is at %s:%d; give each an id of its own", first.in.tree.file, first.in.tree.line(first.in.at+first.at)))
				continue
			}
			now[d.ID] = placed{d, p, at}
		}
	}
	if c.before == nil {
		return
	}
	byID := map[compliance.PersonID]entry[personEntry]{}
	for _, p := range persons {
		byID[p.value.ID] = p
	}
	for _, was := range c.before.Delegations() {
		is, there := now[was.ID]
		switch principal, known := byID[was.Principal]; {
		case there:
			if text, hint := altered(was, is.Deputy, c.at); text != "" {
				is.in.report(c, is.at, text, hint)
			}
		case known && was.Contains(c.at): // whose principal has left the directory ends with them
			principal.report(c, "", fmt.Sprintf("the delegation %q of %s to %s is under way and was taken out", was.ID, was.Principal, was.Person),
				"bring it back, and end it by an until that is not in the past")
		}
	}
}

// altered says what an edit may not do to a delegation. Before it begins anything but
// its people may change; once begun its end may come earlier, but not before now.
func altered(was, is Deputy, now time.Time) (text, hint string) {
	const recreate = "end this one and write another, with an id of its own"
	switch begun := !now.Before(was.Start); {
	case was.Principal != is.Principal:
		return fmt.Sprintf("the delegation %q was one of %s", is.ID, was.Principal), recreate
	case was.Person != is.Person:
		return fmt.Sprintf("the delegation %q was to %s", is.ID, was.Person), recreate
	case !begun && is.Start.Before(now) && !is.Start.Equal(was.Start):
		return fmt.Sprintf("the delegation %q would have begun in the past", is.ID), "let it begin from now on"
	case !begun:
		return "", ""
	case !is.Start.Equal(was.Start):
		return fmt.Sprintf("the delegation %q began at %s", is.ID, was.Start.Format(time.RFC3339)), "leave its start as it was; what was decided under it stays decided"
	case is.End.Equal(was.End):
		return "", ""
	case !was.Contains(now):
		return fmt.Sprintf("the delegation %q ended at %s", is.ID, was.End.Format(time.RFC3339)), recreate
	case is.End.After(was.End):
		return fmt.Sprintf("the delegation %q is under way until %s and cannot be made longer", is.ID, was.End.Format(time.RFC3339)), "write another one, with an id of its own, that begins where this one ends"
	case is.End.Before(now):
		return fmt.Sprintf("the delegation %q would have ended in the past", is.ID), "give it an until that is not in the past"
	}
	return "", ""
}
