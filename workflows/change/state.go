package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/workflows/desk"
)

// State is all that a change knows, and what one run hands to the next when it
// continues as new. JSON names are frozen; additions only.
type State struct {
	Schema int `json:"schema"`
	desk.Papers
	State   rules.State  `json:"state"`
	Reason  rules.Reason `json:"reason,omitempty"`
	Version Version      `json:"version"`
	Past    []Version    `json:"past,omitempty"`   // the versions before; their votes stay visible (C2)
	Result  string       `json:"result,omitempty"` // the implementer's note, cut
	// Asked are all who ever had a part in asking, besides the present requester:
	// none of them decides on any version (C5). Nobody is taken off.
	Asked []rules.Asker `json:"asked,omitempty"`
	// Executor carries the change out; Told is what it was told last.
	Executor string          `json:"executor,omitempty"`
	Chain    string          `json:"chain,omitempty"` // named by the executor
	Told     *rules.Approval `json:"told,omitempty"`
	// Reports are those of the executor that were taken, by their keys.
	Reports []string `json:"reports,omitempty"`
	// Moved is what of the policy was said to be in force last; Look is set until the
	// calendars were read again because of it (C25, C29).
	Moved *rules.Moved `json:"moved,omitempty"`
	Look  bool         `json:"look,omitempty"`
	// Gate is what was handed over for the pre-deployment gate.
	Gate Gate `json:"gate,omitzero"`
	// Hold is why the change stands still, while it does (C3).
	Hold *rules.Hold `json:"hold,omitempty"`
	// Superseding is what became of the older change that this one replaces, Newer the
	// number of the one that replaced this (C4).
	Superseding *rules.Superseding `json:"superseding,omitempty"`
	Newer       string             `json:"newer,omitempty"`
	// Newcomers are newer changes that would take this one's place and are not answered
	// yet. Place is where it would take effect, as its ticket said last.
	Newcomers []rules.Superseding `json:"newcomers,omitempty"`
	Place     rules.Place         `json:"place,omitzero"`
	// Emergency is the last use of the emergency path (C32), and Calls who is paged
	// about it.
	Emergency *rules.Emergency `json:"emergency,omitempty"`
	Calls     []Call           `json:"calls,omitempty"`
	// Passed is the last safe point from which the implementer was to go on; Halt is
	// set while the work waits at one. Overran is since when it runs outside its
	// calendar, said once. Watch is when the calendar is looked at next (C30).
	Passed  int         `json:"passed,omitempty"`
	Halt    *rules.Halt `json:"halt,omitempty"`
	Overran time.Time   `json:"overran,omitzero"`
	Watch   time.Time   `json:"watch,omitzero"`
	// Line is how it stands in the line of its environment, nil while it is in none (C29).
	Line *Lined `json:"line,omitempty"`
}

// Version is one version of the change's content under review (C2).
type Version struct {
	N        int                `json:"n"`
	State    rules.VersionState `json:"state"`
	Snapshot rules.Snapshot     `json:"snapshot"`
	Route    rules.Route        `json:"route"`
	Level    int                `json:"level,omitempty"` // the open level, from 1
	Nonce    string             `json:"nonce,omitempty"`
	Deadline time.Time          `json:"deadline,omitzero"`
	Votes    []rules.Vote       `json:"votes,omitempty"`
	Approved time.Time          `json:"approved,omitzero"`
	Expires  time.Time          `json:"expires,omitzero"`
	Opening  rules.Opening      `json:"opening,omitzero"`
	Ready    bool               `json:"ready,omitempty"`   // the window is open: the implementer may start
	Lapses   time.Time          `json:"lapses,omitzero"`   // when a rejected or expired version stops waiting for the next
	Reasons  []string           `json:"reasons,omitempty"` // why it was not admitted
	// Resolved is how many of those who asked were known when its people were resolved.
	Resolved int `json:"resolved,omitempty"`
	// Conditions are what the documents of the system's vendors asked of it when
	// they were asked last: at submission, at the window, at a start (A9).
	Conditions   []certification.Condition `json:"conditions,omitempty"`
	ConditionsAt time.Time                 `json:"conditions_at,omitzero"` // when
	// Collisions are the open changes that are planned for the same time, as seen at
	// the submission and again at the approval.
	Collisions []rules.Collision `json:"collisions,omitempty"`
	// Reminded is how many reminders of the open level are over (C10), Called by which
	// delegations a deputy was called there (C9).
	Reminded int      `json:"reminded,omitempty"`
	Called   []string `json:"called,omitempty"`
	// Looked is the directory of which the process was told last and whose people
	// its levels have.
	Looked string `json:"looked,omitempty"`
	// Ahead is up to when delegations were looked up; a hold moves deadlines beyond it.
	Ahead time.Time `json:"ahead,omitzero"`
	// Answered are those who moved the ticket by hand and were told what that is (C22).
	Answered []compliance.Account `json:"answered,omitempty"`
	// Suite is the pre-deployment gate that the version has to pass; nil without one.
	Suite *gate.Suite `json:"suite,omitempty"`
	// Lineage are the hashes it had before edits that kept its votes (C12).
	Lineage []string `json:"lineage,omitempty"`
	// Behind is set when a start was refused for what was not shown yet (C23).
	Behind bool `json:"behind,omitempty"`
	// Since says what differs from the version before.
	Since string `json:"since,omitempty"`
	// Older is the workflow id of the change that this version replaces (C4).
	Older string `json:"older,omitempty"`
	// OlderTold is set once that one was told.
	OlderTold bool `json:"older_told,omitempty"`
	// Forecast is when it could start if it were approved at once, as reckoned when its
	// level opened or a calendar changed (C28).
	Forecast *rules.Forecast `json:"forecast,omitempty"`
}

// keptVersions bounds the versions kept for saying what changed since somebody
// opened a form; nobody has a form open over more edits than these.
const keptVersions = 20

// binding is what a button for this version carries now.
func (v Version) binding(number string) rules.Binding {
	return rules.Binding{Number: number, Version: v.N, Level: v.Level, Nonce: v.Nonce, Hash: v.hash12()}
}

func (v Version) hash12() string { return v.Snapshot.Hash[:min(12, len(v.Snapshot.Hash))] }

// live reports whether the version is under review or approved.
func (v Version) live() bool { return v.State == rules.InReview || v.State == rules.Approved }

// level is the open level as resolved; ok is false outside review.
func (v Version) level() (rules.ResolvedLevel, bool) {
	if v.State != rules.InReview || v.Level < 1 || v.Level > len(v.Route.Levels) {
		return rules.ResolvedLevel{}, false
	}
	return v.Route.Levels[v.Level-1], true
}

// retire keeps of a version that was replaced what later answers need: what it
// said, in fingerprints, and how people voted. Its people and calendar, and the
// oldest versions, are in the evidence log: somebody who edits a ticket
// hundreds of times must not make the state too large to be carried on.
func (s *State) retire(v Version) {
	if v.N == 0 {
		return
	}
	kept := rules.Snapshot{Hash: v.Snapshot.Hash, Blob: v.Snapshot.Blob, Fields: v.Snapshot.Fields}
	s.Past = append(s.Past, Version{N: v.N, State: v.State, Snapshot: kept, Votes: v.Votes, Approved: v.Approved, Reasons: v.Reasons})
	if n := len(s.Past); n > keptVersions {
		s.Past = append([]Version(nil), s.Past[n-keptVersions:]...)
	}
}

// carried is the state as the next run gets it.
func (s State) carried() *State {
	s.Papers = s.Papers.Carried()
	return &s
}
