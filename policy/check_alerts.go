package policy

import (
	"fmt"
)

// alerts checks where alerts go. Every alert must have an answer: one that no
// rule takes would page nobody.
func (c *check) alerts(e entry[escalationEntry], k known, policies names) {
	sources := unique(c, parts(e, "sources", e.value.Sources), "name", "source", func(s AlertSource) string { return s.Name })
	for _, s := range sources {
		seen := map[string]bool{}
		for _, word := range sortedKeys(s.value.Severities) {
			if seen[lower(word)] {
				s.report(c, "/severities/"+escapePointer(word), fmt.Sprintf("the word %q stands twice", lower(word)), "case does not matter; keep one")
			}
			seen[lower(word)] = true
		}
	}
	known := localNames("source", sources, func(s AlertSource) string { return s.Name })
	systems := k.systemNames
	rules := unique(c, parts(e, "alerts", e.value.Alerts), "name", "rule", func(r AlertRule) string { return r.Name })
	for i, r := range rules {
		refer(c, r, "/policy", r.value.Policy, policies)
		refer(c, r, "/channel", r.value.Channel, k.channels)
		for j, s := range r.value.When.Sources {
			refer(c, r, fmt.Sprintf("/when/sources/%d", j), s, known)
		}
		for j, s := range r.value.When.Systems {
			refer(c, r, fmt.Sprintf("/when/systems/%d", j), s, systems)
		}
		for _, earlier := range rules[:i] {
			if earlier.value.When.covers(r.value.When) {
				r.report(c, "", fmt.Sprintf("the rule %q can never act: %q before it takes every alert it matches", r.value.Name, earlier.value.Name), "move it up, narrow the earlier rule, or remove it")
				break
			}
		}
	}
	if n := len(rules); n > 0 && !rules[n-1].value.When.everything() {
		rules[n-1].report(c, "/when", "an alert that no rule matches would page nobody", "let the last rule match everything: leave its when out")
	}
}
