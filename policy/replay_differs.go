package policy

import (
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// differences says what is otherwise in the second of two outcomes.
func differences(then, now Outcome) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch {
	case then.Rule == now.Rule:
	case now.Rule == "":
		add("no rule takes it, where %q did", then.Rule)
	case then.Rule == "":
		add("the rule %q takes it", now.Rule)
	default:
		add("the rule %q takes it instead of %q", now.Rule, then.Rule)
	}
	if then.Chain != now.Chain && then.Chain != "" && now.Chain != "" {
		add("the chain is %q instead of %q", now.Chain, then.Chain)
	}
	if then.Result != ResultRefused && now.Result != ResultRefused && now.Result != ResultUnknown {
		out = append(out, levelDifferences(then.Levels, now.Levels)...)
	}
	switch {
	case now.Result == ResultUnknown && then.Result == ResultRefused:
		add("it would be routed; the record does not name its people, so who may decide cannot be told")
	case now.Result == ResultUnknown, then.Result == now.Result && then.Reason == now.Reason:
	case now.Result == ResultRefused:
		add("it would be refused (%s)", now.Reason)
	case then.Result == ResultRefused:
		add("it would not be refused (%s)", then.Reason)
	default:
		add("by the votes on record it would be %s instead of %s", now.Result, then.Result)
	}
	return out
}

func levelDifferences(then, now []OutcomeLevel) []string {
	var out []string
	named := func(list []OutcomeLevel, name string) int {
		return slices.IndexFunc(list, func(l OutcomeLevel) bool { return l.Name == name })
	}
	for _, l := range then {
		if named(now, l.Name) < 0 {
			out = append(out, fmt.Sprintf("the level %q is gone", l.Name))
		}
	}
	for _, l := range now {
		i := named(then, l.Name)
		if i < 0 {
			out = append(out, fmt.Sprintf("there is a level %q (%d of %d)", l.Name, l.Required, len(l.Eligible)))
			continue
		}
		if was := then[i]; was.Required != l.Required {
			out = append(out, fmt.Sprintf("the level %q needs %s instead of %d", l.Name, compliance.Count(l.Required, "approval", "approvals"), was.Required))
		}
		for _, p := range l.Eligible {
			if !slices.Contains(then[i].Eligible, p) {
				out = append(out, fmt.Sprintf("%s may decide at the level %q", p, l.Name))
			}
		}
		for _, p := range then[i].Eligible {
			if !slices.Contains(l.Eligible, p) {
				out = append(out, fmt.Sprintf("%s may not decide at the level %q", p, l.Name))
			}
		}
	}
	return out
}
