package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// State is all that a change knows, and what one run hands to the next when it
// continues as new. JSON names are frozen; additions only.
type State struct {
	Schema  int                  `json:"schema"`
	Ticket  compliance.TicketRef `json:"ticket"`
	Link    string               `json:"link,omitempty"`
	Number  string               `json:"number,omitempty"`
	State   rules.State          `json:"state"`
	Reason  rules.Reason         `json:"reason,omitempty"`
	Version Version              `json:"version"`
	Past    []Version            `json:"past,omitempty"` // the versions before; their votes stay visible (C2)
	// Delivered remembers what each delivery was answered, over repetitions,
	// the second path of C15 and continue-as-new.
	Delivered []Delivered `json:"delivered,omitempty"`
	// Log is what people did, for the card; the evidence log is the record.
	Log []compliance.Fact `json:"log,omitempty"`
	// Expected is the logical ticket status the process last asked for.
	Expected string                   `json:"expected,omitempty"`
	Posted   *compliance.Posted       `json:"posted,omitempty"`
	Shown    int                      `json:"shown,omitempty"` // how many people were notified on the card
	Notes    []compliance.Note        `json:"notes,omitempty"` // still to be added to the card's thread
	Steps    []compliance.TicketStep  `json:"steps,omitempty"` // still to be written to the ticket, in order
	Trouble  []Trouble                `json:"trouble,omitempty"`
	Sequence int                      `json:"sequence,omitempty"` // of ticket steps, for their event keys
	Index    uint64                   `json:"index,omitempty"`    // of the last record
	Hints    []compliance.TicketEvent `json:"hints,omitempty"`    // the ticket was touched and not yet read again
	Result   string                   `json:"result,omitempty"`   // the implementer's note, cut
	// Life tells the event keys of this run from those of an earlier one that
	// had the same number and was ended from outside; empty when there was none.
	Life string `json:"life,omitempty"`
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
}

// Delivered is one answered delivery.
type Delivered struct {
	Delivery string           `json:"delivery"`
	Reply    compliance.Reply `json:"reply"`
}

// Trouble is a failure of the outside that lasts, shown to the people waiting.
type Trouble struct {
	Surface string    `json:"surface"` // "ticket", "card", "evidence", "rules"
	Since   time.Time `json:"since"`
	Text    string    `json:"text"`
}

// carriedDeliveries bounds what continues as new: a repetition arrives within
// an hour at most (a tracker retries webhooks for about 30 minutes).
const carriedDeliveries = 200

// keptVersions bounds the versions kept for saying what changed since somebody
// opened a form; nobody has a form open over more edits than these.
const keptVersions = 20

// shownActs bounds the log on the card; older acts are in the evidence.
const shownActs = 12

// review is what a decision is judged by.
func (v Version) review() rules.Review {
	return rules.Review{
		State: v.State, Version: v.N, Level: v.Level, Nonce: v.Nonce, Hash: v.Snapshot.Hash,
		Deadline: v.Deadline, Route: v.Route, Votes: v.Votes,
	}
}

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

// answered returns the reply a delivery got.
func (s *State) answered(delivery string) (compliance.Reply, bool) {
	for i := len(s.Delivered) - 1; i >= 0; i-- {
		if s.Delivered[i].Delivery == delivery {
			return s.Delivered[i].Reply, true
		}
	}
	return compliance.Reply{}, false
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

// logged adds what somebody did to the card's log.
func (s *State) logged(f compliance.Fact) {
	s.Log = append(s.Log, f)
	if n := len(s.Log); n > shownActs {
		s.Log = append([]compliance.Fact(nil), s.Log[n-shownActs:]...)
	}
}

// carried is the state as the next run gets it.
func (s State) carried() *State {
	if n := len(s.Delivered); n > carriedDeliveries {
		s.Delivered = append([]Delivered(nil), s.Delivered[n-carriedDeliveries:]...)
	}
	return &s
}
