// Package observation is the process that looks at what targets serve: a run that
// looks at all of them, begun by a schedule, and one run per finding, that a target
// serves what nothing on record put there, until an approver explains it. This file is
// its contract with everybody who starts it or sends it messages.
package observation

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Names on the wire; frozen.
const (
	LookType = "LookAtTargets"
	// ScheduleID is the id of the schedule that begins the looks, and begins their ids.
	ScheduleID = "look-at-targets"

	Type     = "Finding"
	IDPrefix = rules.IDPrefix
	// Series is the number series of findings in the evidence log.
	Series = rules.Series

	SignalActed   = "acted"    // an Inbound that could not be sent as an update in time
	QueryStanding = "standing" // result Standing
)

// UpdateFor names the update that carries an action, false for an unknown one. Every
// action has an update of its own name; its argument is a compliance.Inbound, its
// result a compliance.Reply.
func UpdateFor(action string) (string, bool) {
	return action, slices.Contains(rules.ActionNames(), action)
}

// LookInput starts a look.
type LookInput struct {
	// Asked is when somebody asked for a look: a target that was tried before that is
	// read whether its turn has come or not. Zero in the schedule's own looks.
	Asked time.Time `json:"asked,omitzero"`
}

// Looks is the result of a look, and what the next one goes on from. It is no truth:
// what is explained is in the evidence log, and a look that gets none looks at
// everything, once more. JSON names are frozen.
type Looks struct {
	Schema  int    `json:"schema"`
	Targets []Look `json:"targets,omitempty"`
}

// Look is how one target stands.
type Look struct {
	Target string    `json:"target"`
	At     time.Time `json:"at"` // when it was last tried
	// Seen is when it was last seen to serve what is explained.
	Seen time.Time `json:"seen,omitzero"`
	// Since is when it could first not be read; zero while it can. Detail says why.
	Since  time.Time `json:"since,omitzero"`
	Detail string    `json:"detail,omitempty"`
	// Told is set once people were told that it cannot be read.
	Told    bool          `json:"told,omitempty"`
	Outcome rules.Outcome `json:"outcome,omitempty"`
	By      []string      `json:"by,omitempty"`
}

// Input starts the run of a finding. Carried is set only when a run continues as new.
type Input struct {
	Found   rules.Found `json:"found"`
	Setup   Setup       `json:"setup"`
	Carried *State      `json:"carried,omitempty"`
}

// Setup is what policy and directory said of the target when it was found.
type Setup struct {
	Title     string                `json:"title"` // what the system is called
	Channel   string                `json:"channel,omitempty"`
	Owner     compliance.PersonID   `json:"owner,omitempty"`
	Approvers []string              `json:"approvers,omitempty"` // groups
	Deciders  []compliance.PersonID `json:"deciders,omitempty"`  // their members
	Rules     evidence.Rules        `json:"rules"`
}

// setupOf is the setup of a target.
func setupOf(t steps.ObservedTarget, r evidence.Rules) Setup {
	return Setup{Title: t.Title, Channel: t.Channel, Owner: t.Owner, Approvers: t.Approvers, Deciders: t.Deciders, Rules: r}
}

// Result says how a finding ended.
type Result struct {
	Number string      `json:"number"`
	State  rules.State `json:"state"`
	By     string      `json:"by,omitempty"`
}

// Standing is the answer to QueryStanding.
type Standing struct {
	Number    string                `json:"number,omitempty"`
	Subject   string                `json:"subject"`
	State     rules.State           `json:"state,omitempty"`
	Found     rules.Found           `json:"found"`
	Title     string                `json:"title,omitempty"`
	Owner     compliance.PersonID   `json:"owner,omitempty"`
	By        string                `json:"by,omitempty"`       // what explains it
	Who       compliance.PersonID   `json:"who,omitempty"`      // who explained it
	Ref       string                `json:"ref,omitempty"`      // binding to send with an action now
	Actions   []string              `json:"actions,omitempty"`  // that can be taken now
	Awaiting  []compliance.PersonID `json:"awaiting,omitempty"` // who can explain it
	Trouble   []string              `json:"trouble,omitempty"`
	LastIndex uint64                `json:"last_index,omitempty"`
	Cards     []compliance.Posted   `json:"cards,omitempty"`
}
