package patch

import "strings"

// Statement is what a person says of a vulnerability: empty where they do not know.
// A feed that says more takes its place, and a milder deadline by that waits for
// somebody's word (P15).
type Statement struct {
	Vulnerability string `json:"vulnerability"`
	Exploited     Answer `json:"exploited,omitempty"`
	Automatable   Answer `json:"automatable,omitempty"`
	Impact        Impact `json:"impact,omitempty"`
}

// Statements are what a person says of the vulnerabilities that they name.
func Statements(list []Vulnerability) []Statement {
	var out []Statement
	for _, v := range list {
		if v.Exploited != "" || v.Automatable != "" || v.Impact != "" {
			out = append(out, Statement{Vulnerability: v.ID, Exploited: v.Exploited, Automatable: v.Automatable, Impact: v.Impact})
		}
	}
	return out
}

// Text is the statement for people, such as "CVE-2026-0001: exploited no, impact partial".
func (s Statement) Text() string {
	var all []string
	for _, said := range []struct{ name, value string }{
		{"exploited", string(s.Exploited)}, {"automatable", string(s.Automatable)}, {"impact", string(s.Impact)},
	} {
		if said.value != "" {
			all = append(all, said.name+" "+said.value)
		}
	}
	return s.Vulnerability + ": " + strings.Join(all, ", ")
}
