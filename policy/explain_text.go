package policy

import (
	"cmp"
	"strings"

	"github.com/lowcodex/countersign/compliance/change"
)

// why says, in a few words, why a condition takes a change or does not.
func (w When) why(c Case, held bool, fails error) string {
	var taken, not []string
	judge := func(what string, list []string, value string) {
		switch {
		case len(list) == 0:
		case allows(list, value):
			taken = append(taken, what+" "+value)
		default:
			not = append(not, "the "+what+" is "+cmp.Or(value, "not given")+", not "+strings.Join(list, " or "))
		}
	}
	judge("system", w.Systems, c.System)
	judge("environment", w.Environments, c.Environment)
	judge("risk", w.Risks, c.Risk)
	switch {
	case fails != nil:
		return fails.Error()
	case len(not) > 0:
		return strings.Join(not, "; ")
	case !held:
		return "its expression does not hold: " + w.Expression
	case w.Expression != "":
		taken = append(taken, "what meets "+w.Expression)
	}
	switch {
	case len(taken) == 0:
		return "it takes every change"
	}
	return "it takes " + strings.Join(taken, ", ")
}

// LeftOut says of somebody who may not decide what keeps them from it, to go on
// after their name: "carries the change out".
func LeftOut(r change.Reason) string {
	switch r {
	case change.IsRequester:
		return "requests the change"
	case change.IsCreator:
		return "created its ticket"
	case change.IsSubmitter:
		return "submitted it"
	case change.WasRequester:
		return "requested an earlier version"
	case change.IsImplementer:
		return "carries the change out"
	case change.IsActing:
		return "acts for somebody who asked for the change or carries it out"
	case change.Inactive:
		return "is not active then"
	case change.UnknownPerson:
		return "is not in the directory"
	}
	return "may not decide (" + string(r) + ")"
}

func environmentNames(s System) []string {
	out := make([]string, 0, len(s.Environments))
	for _, e := range s.Environments {
		out = append(out, e.Name)
	}
	return out
}
