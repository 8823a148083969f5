package timeline

import "github.com/lowcodex/countersign/compliance/rules"

func rulesSamples() []sample {
	one, two := rules.Version{Rules: "aaaa", Directory: "dddd"}, rules.Version{Rules: "bbbb", Directory: "dddd"}
	proposed := rules.Facts{Before: one, Seen: "bbbb", Differences: 3, Proposal: "proposal/1"}
	carried := proposed
	carried.Change, carried.Number = "change/example/1", "CHG-7"
	with := func(f rules.Facts, why rules.Reason) rules.Facts {
		f.Reason = why
		return f
	}
	adopted := rules.Facts{Before: one, After: two, Required: true, By: rules.ByChange, Differences: 3, Proposal: "proposal/1", Change: "change/example/1", Number: "CHG-7"}
	overridden := adopted
	overridden.By, overridden.Change, overridden.Number, overridden.Confirmed = rules.ByOverride, "", "", "p-bruno"
	return []sample{
		{rules.EventFirst, "", rules.Facts{After: one, By: rules.ByFiles}},
		{rules.EventEdited, "and locks", rules.Facts{Before: one, After: two, Required: true, By: rules.ByFiles, Differences: 1}},
		{rules.EventDirectory, "", rules.Facts{Before: one, After: rules.Version{Rules: "aaaa", Directory: "eeee"}, By: rules.ByFiles}},
		{rules.EventBroken, "", rules.Facts{Before: one, Content: "cccc", Places: []string{"rules/chains.yaml line 7"}, By: rules.ByFiles, Reason: rules.Broken}},
		{rules.EventHeld, "", rules.Facts{Before: one, Seen: "bbbb", Differences: 3, By: rules.ByFiles, Reason: rules.ChangeRequired}},
		{rules.EventProposed, "", proposed},
		{rules.EventNotProposed, "", with(proposed, rules.Moved)},
		{rules.EventAdopted, "", adopted},
		{rules.EventNotAdopted, "", with(carried, rules.NotApproved)},
		{rules.EventOverrideAsked, "", proposed},
		{rules.EventUnconfirmed, "", with(proposed, rules.SamePerson)},
		{rules.EventOverridden, "", overridden},
		{rules.EventNotOverridden, "", with(proposed, rules.NotConfirmed)},
	}
}
