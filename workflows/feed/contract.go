// Package feed is the process that reads the policy's feeds: one run reads all of
// them, puts on record what that means, opens and informs rollouts, and ends. A
// schedule begins the runs, never two at once. This file is its contract.
package feed

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Names on the wire; frozen.
const (
	Type = "ReadFeeds"
	// ScheduleID is the id of the schedule that begins the runs, and begins their ids.
	ScheduleID = "read-feeds"

	QueryStanding = "standing" // result Standing
)

// Input starts a run. Carried is set only when a run continues as new; else the
// state is the result of the last run that the schedule saw completed.
type Input struct {
	Carried *State `json:"carried,omitempty"`
}

// State is what one run hands to the next, and the result of a run. It is no
// truth: what was decided is in the evidence log, and a run that gets none
// reads everything anew and opens nothing twice. JSON names are frozen.
type State struct {
	Schema int `json:"schema"`
	// Done is the index of the last record that was followed up, plus one.
	Done  uint64 `json:"done,omitempty"`
	Feeds []Held `json:"feeds,omitempty"`
	// Pages is how often this reading went on as a run of its own.
	Pages int `json:"pages,omitempty"`
	// Untold are cards that could not be shown; the next run tries again.
	Untold []Telling `json:"untold,omitempty"`
}

// Held is what is known of one feed.
type Held struct {
	Feed compliance.Feed `json:"feed"`
	steps.FeedHeld
	Found    rules.Reason `json:"found,omitempty"` // what is wrong with it; empty when nothing is
	Detail   string       `json:"detail,omitempty"`
	Version  string       `json:"version,omitempty"`
	Released time.Time    `json:"released,omitzero"`
	// Quarantined are the entries that are not believed, as read last.
	Quarantined []rules.Quarantined `json:"quarantined,omitempty"`

	// Of an index: how far it was read, for which products, and which of its
	// documents are still owed because they could not be fetched.
	After rules.IndexCursor `json:"after,omitzero"`
	For   string            `json:"for,omitempty"`
	Owed  []compliance.Feed `json:"owed,omitempty"`
}

// Telling is a card to be shown in a channel. One that Follows has been shown
// before: it is found again by its key and rewritten, and the note calls people.
type Telling struct {
	Channel string           `json:"channel"`
	Card    compliance.Card  `json:"card"`
	Note    *compliance.Note `json:"note,omitempty"`
	Follows bool             `json:"follows,omitempty"`
}

// Standing is the answer to QueryStanding, also of a run that is over.
type Standing struct {
	Feeds    []Held          `json:"feeds"`
	Rollouts []rules.Advised `json:"rollouts,omitempty"` // that feeds opened or informed, or what was left alone
}
