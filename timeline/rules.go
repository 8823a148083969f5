package timeline

import (
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/evidence"
)

// rules tells what became of the organisation's own rules, and of its directory. They
// are no process's numbered subject: one timeline shows them all.
func (t teller) rules(r evidence.Record) (string, []string) {
	text, ok := ruled()[r.Type]
	if !ok {
		return words(strings.TrimPrefix(r.Type, rules.Subject+".")) + ".", raw(r.Facts)
	}
	f, ok := facts[rules.Facts](r)
	if !ok {
		return text + ".", raw(r.Facts)
	}
	var details notes
	if f.Number != "" {
		details.add("change %s", f.Number)
	}
	if f.After.Rules == "" || f.After.Rules == f.Before.Rules {
		details.say("rules in force", f.Before.Rules)
	} else {
		details.say("rules in force before", f.Before.Rules)
		details.say("rules in force now", f.After.Rules)
	}
	if f.Before.Directory != f.After.Directory && f.After.Directory != "" {
		details.say("directory in force now", f.After.Directory)
	}
	details.say("rules not in force", f.Seen)
	if f.Differences > 0 {
		details.add("differs in %s", compliance.Count(f.Differences, "place", "places"))
	}
	if f.After.Rules != "" && f.Required {
		details.plain("from now on rules change only by a change")
	}
	for _, place := range f.Places {
		details.add("problem at %s", place)
	}
	details.say("confirmed by", f.Confirmed)
	details.say("proposal", f.Proposal)
	if f.Reason != rules.OK {
		details.add("%s", f.Reason.Text())
	}
	return text + ".", details
}

// ruled are the sentences of the events.
func ruled() map[string]string {
	return map[string]string{
		rules.EventFirst:         "The first policy that this installation saw is in force",
		rules.EventEdited:        "An edit of the rules' files came into force",
		rules.EventDirectory:     "An edit of the directory's files came into force",
		rules.EventBroken:        "An edit of the policy's files has problems and is not in force",
		rules.EventHeld:          "An edit of the rules' files is not in force: it takes a change",
		rules.EventProposed:      "Asked for a change of the rules",
		rules.EventNotProposed:   "Asked for a change of the rules; it was refused before anybody decided",
		rules.EventAdopted:       "An approved change brought rules into force",
		rules.EventNotAdopted:    "A change of the rules ended, and brought nothing into force",
		rules.EventOverrideAsked: "Asked to bring rules into force without a change",
		rules.EventUnconfirmed:   "Tried to confirm an override of the rules; it did not count",
		rules.EventOverridden:    "Two people brought rules into force without a change",
		rules.EventNotOverridden: "An override of the rules ended, and brought nothing into force",
	}
}
