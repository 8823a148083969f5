package activities

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
)

// IncidentPlan is what the rules say about an incident: whom to call, where it
// is talked about, who decides on what. It is pinned when the incident opens;
// who those people are is read when it matters (I5, I7).
type IncidentPlan struct {
	// System is the system's id, empty when the rules know none of that name:
	// the incident then has the general escalation, and is not lost.
	System   string            `json:"system,omitempty"`
	Named    string            `json:"named"` // the system's name for people, or the source's own word
	Severity incident.Severity `json:"severity"`
	Policy   incident.Policy   `json:"policy"`
	// Channel is the logical channel for incidents that have none of their own.
	Channel string `json:"channel"`
	// Ticket is set when tickets of incidents, Actions when tickets of things to
	// be done are kept at the site.
	Ticket  bool   `json:"ticket,omitempty"`
	Actions bool   `json:"actions,omitempty"`
	Site    string `json:"site,omitempty"`
	// Approvers and Closers are the groups whose members may approve a rollback
	// and close an incident.
	Approvers []string       `json:"approvers,omitempty"`
	Closers   []string       `json:"closers,omitempty"`
	Rules     evidence.Rules `json:"rules"`
	// BreakGlass is set where changes that cannot wait can go past their approvals
	// for an incident.
	BreakGlass bool `json:"break_glass,omitempty"`
}

// ResolveIncidentInput is what is known of an incident before the rules are
// asked: the source's own words, or a person's.
type ResolveIncidentInput struct {
	Source   string             `json:"source,omitempty"` // of the alert; empty when declared
	System   string             `json:"system,omitempty"`
	Severity string             `json:"severity,omitempty"`
	Labels   []compliance.Label `json:"labels,omitempty"`
}

// ResolveTargetsInput asks who is called now.
type ResolveTargetsInput struct {
	Targets []incident.Target `json:"targets"`
	// Last are the people who were paged last, whose managers a TargetManager is.
	Last []compliance.PersonID `json:"last,omitempty"`
	At   time.Time             `json:"at"`
}

// ResolvedTargets is who is called, in the order of the targets, each once.
type ResolvedTargets struct {
	People []Called `json:"people,omitempty"`
	// OnCall says who each rotation named, and why (I5).
	OnCall []incident.OnCallFacts `json:"on_call,omitempty"`
	// Directory is the version of the directory that was read.
	Directory string `json:"directory,omitempty"`
}

// Called is one person, or one fixed contact, and how they are reached.
type Called struct {
	Person compliance.PersonID `json:"person,omitempty"`
	// Contact is the name of a fixed contact of the rules, which is no person.
	Contact  string `json:"contact,omitempty"`
	Inactive bool   `json:"inactive,omitempty"` // not to be paged: not active now
	Ways     []Way  `json:"ways,omitempty"`
}

// Way is one channel to somebody. Address is set for fixed contacts only: a
// person's is looked up when the page is sent, and stays out of histories.
type Way struct {
	Channel string `json:"channel"`
	Address string `json:"address,omitempty"`
}

// ResolveActorInput asks who an account belongs to now, and what they may do.
type ResolveActorInput struct {
	Account   compliance.Account `json:"account"`
	Approvers []string           `json:"approvers,omitempty"`
	Closers   []string           `json:"closers,omitempty"`
	At        time.Time          `json:"at"`
}

// ResolvedActor is the person, or why there is none who may act.
type ResolvedActor struct {
	incident.Actor
	Approves  bool   `json:"approves,omitempty"`
	Closes    bool   `json:"closes,omitempty"`
	Directory string `json:"directory,omitempty"`
}

// ResolveReviewInput asks when the review of an incident is due.
type ResolveReviewInput struct {
	Policy   incident.Policy   `json:"policy"`
	Severity incident.Severity `json:"severity"`
	System   string            `json:"system,omitempty"`
	Resolved time.Time         `json:"resolved"`
}

// ResolvedReview is when the review is due.
type ResolvedReview struct {
	Due   time.Time `json:"due"`
	Zones string    `json:"zones,omitempty"` // digest of the zone data used
}
