package policy

import (
	"time"

	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/gate/inspect"
	"github.com/lowcodex/countersign/compliance/patch"
)

// gateEntry is a file of kind gate.
type gateEntry struct {
	Senders     []string         `json:"senders,omitempty"`
	DataClasses []dataClassEntry `json:"data_classes,omitempty"`
	Gates       []gateRule       `json:"gates"`
}

// dataClassEntry binds a class of data to regions.
type dataClassEntry struct {
	Name    string   `json:"name"`
	Regions []string `json:"regions"`
}

// gateRule is one gate. Rules are ordered: the first one that matches decides, and
// a change that none matches has no gate.
type gateRule struct {
	Name   string           `json:"name"`
	When   When             `json:"when"`
	Checks []gateCheckEntry `json:"checks"`
}

// gateCheckEntry is one check of a gate and its terms. Which terms a check has is
// in checkTerms.
type gateCheckEntry struct {
	Check     gate.Check         `json:"check"`
	MaxAge    string             `json:"max_age,omitempty"`
	Schema    string             `json:"schema,omitempty"` // NAME of rules/NAME.schema.json
	Elements  []inspect.Elements `json:"elements,omitempty"`
	Least     int                `json:"least,omitempty"`
	Must      []string           `json:"must,omitempty"`
	Hits      string             `json:"hits,omitempty"`
	Sensitive []string           `json:"sensitive,omitempty"`
	Threshold patch.Severity     `json:"threshold,omitempty"`
	Packages  []dependency.Rule  `json:"packages,omitempty"`
	Sources   []string           `json:"sources,omitempty"`
}

// defaultLeast is how many cases must have passed where the policy does not say.
const defaultLeast = 1

// defaultThreshold is what a known vulnerability must be to block.
const defaultThreshold = patch.High

// counts reports whether the check is judged by results of cases.
func (e gateCheckEntry) counts() bool {
	return e.Check == gate.Tests || e.Check == gate.FailureInjection
}

// written is the file with its defaults written out, as it is pinned.
func (e gateEntry) written() gateEntry {
	for i := range e.Gates {
		for j := range e.Gates[i].Checks {
			if one := &e.Gates[i].Checks[j]; one.counts() && one.Least == 0 {
				one.Least = defaultLeast
			} else if one.Check == gate.Dependencies && one.Threshold == "" {
				one.Threshold = defaultThreshold
			}
		}
	}
	return e
}

// limitsEntry is what a system's platform has on paper about its runtime limits
// and its sandbox boundary.
type limitsEntry struct {
	Link   string `json:"link"`
	Digest string `json:"digest"` // "sha256:" and 64 hex digits of the document
	AsOf   string `json:"as_of"`  // 2026-10-01
}

func (e *limitsEntry) statement() gate.Statement {
	if e == nil {
		return gate.Statement{}
	}
	at, _ := time.Parse(time.DateOnly, e.AsOf) // the check has passed it
	return gate.Statement{Link: e.Link, Digest: e.Digest, AsOf: at}
}
