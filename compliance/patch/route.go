package patch

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Route is everything that the rules and the directory say about one rollout,
// read once when it is asked for and pinned: an edit of the policy never changes
// what a running rollout does (P6).
type Route struct {
	RulesVersion     string `json:"rules_version"`
	RulesHash        string `json:"rules_hash"`
	DirectoryVersion string `json:"directory_version"`

	Class       string `json:"class"`
	System      string `json:"system"`
	Environment string `json:"environment"` // of the first ring: where the change begins
	Chain       string `json:"chain"`       // of the change that approves it (P27)
	Channel     string `json:"channel"`
	Site        string `json:"site"` // of the ticket tracker

	// Plan has no payload digest before the payload's content is known.
	Plan    Plan          `json:"plan"`
	Targets []RouteTarget `json:"targets"`           // in the order of the plan
	Scratch *RouteTarget  `json:"scratch,omitempty"` // where backups are proved (P23)
	Suites  []RouteSuite  `json:"suites"`

	Requester compliance.PersonID `json:"requester,omitempty"` // nobody when an advisory asked
	Audience  Audience            `json:"audience"`
	// OwnerAccount is an account of the owner, for what is written in their name.
	OwnerAccount compliance.Account `json:"owner_account,omitzero"`
	// Groups and People may act on the rollout: the members of the chain's groups
	// as the live directory says, and those named.
	Groups []string              `json:"groups,omitempty"`
	People []compliance.PersonID `json:"people,omitempty"`

	// Channels are the ways in which its people can be paged: the providers of their
	// accounts, whichever of them pages here, and mail last.
	Channels []string `json:"channels,omitempty"`

	// Wait is how long a lost approval is waited for before the way back (P6).
	Wait  time.Duration `json:"wait"`
	Watch time.Duration `json:"watch"` // how long it may be taken back after the end (P25)
}

// RouteTarget is a target as capabilities reach it, and its place in the plan.
type RouteTarget struct {
	compliance.Target
	Ring        int    `json:"ring"` // from 0
	Environment string `json:"environment,omitempty"`
}

// RouteSuite is a test suite by reference: what runs is what was approved.
type RouteSuite struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // blob of its JSON
}

// Suite gives the digest of a suite's definition; empty when it is none of the route's.
func (r Route) Suite(name string) string {
	for _, s := range r.Suites {
		if s.Name == name {
			return s.Digest
		}
	}
	return ""
}

// InRing lists the targets of a ring, in the order of deployment.
func (r Route) InRing(ring int) []RouteTarget {
	var out []RouteTarget
	for _, t := range r.Targets {
		if t.Ring == ring {
			out = append(out, t)
		}
	}
	return out
}

// EnvironmentOf is the environment of a ring, whose calendar says when it may start.
func (r Route) EnvironmentOf(ring int) string {
	for _, t := range r.Targets {
		if t.Ring == ring {
			return t.Environment
		}
	}
	return r.Environment
}

// MayAct reports whether somebody may act on the rollout: they are named, or in
// one of its groups now, and active.
func (r Route) MayAct(p compliance.Person, now time.Time) Reason {
	if p.ID == "" || !p.ActiveAt(now) {
		return NotAllowed
	}
	if slices.Contains(r.People, p.ID) {
		return OK
	}
	for _, g := range p.Groups {
		if slices.Contains(r.Groups, g) {
			return OK
		}
	}
	return NotAllowed
}

// Vulnerability is what is known of one vulnerability that a rollout mends.
type Vulnerability struct {
	ID          string     `json:"id"` // CVE, or the advisory's id where it names none
	Evidence    []Evidence `json:"evidence,omitempty"`
	Exploited   Answer     `json:"exploited,omitempty"`
	Automatable Answer     `json:"automatable,omitempty"`
	Impact      Impact     `json:"impact,omitempty"`
	// Feed says why the catalogue cannot be relied on; OK when it can.
	Feed Reason `json:"feed,omitempty"`
	// Fixed are the versions in which its publisher says it is fixed, of the
	// products that are installed; a person decides what is rolled out.
	Fixed []string `json:"fixed,omitempty"`
}

// IsCVE reports whether an id has the form that the CVE programme gives out.
func IsCVE(id string) bool { return cvePattern.MatchString(id) }

// Named are the vulnerabilities that a person names: one of which nothing else is
// known counts as found on the systems when they asked, at, so that its clock runs
// from then at the latest (P13).
func Named(list []Vulnerability, at time.Time) []Vulnerability {
	out := slices.Clone(list)
	for i := range out {
		if len(out[i].Evidence) == 0 {
			out[i].Evidence = []Evidence{{Kind: Detected, At: at.UTC(), Source: "the request for the rollout"}}
		}
	}
	return out
}

// Deadline is a clock as the rules set it, with the evidence that was left out.
type Deadline struct {
	Clock  Clock    `json:"clock"`
	Unused []Unused `json:"unused,omitempty"`
	Reason Reason   `json:"reason,omitempty"` // NoEvidence: there is no clock
}
