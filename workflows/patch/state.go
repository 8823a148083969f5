package patch

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/executor"
)

// State is all that a rollout knows, and what one run hands to the next when it
// continues as new. JSON names are frozen; additions only.
type State struct {
	Schema int `json:"schema"`
	desk.Papers
	State rules.State `json:"state"`
	// Reason is why it is held, or how it ended; Detail adds what was seen.
	Reason rules.Reason `json:"reason,omitempty"`
	Detail string       `json:"detail,omitempty"`
	Asked  Asked        `json:"asked"`

	Route      *rules.Route        `json:"route,omitempty"`
	Problems   []rules.Problem     `json:"problems,omitempty"`
	Statements []rules.Statement   `json:"statements,omitempty"` // of whoever asked
	Artifact   compliance.Artifact `json:"artifact,omitzero"`    // the payload
	Hash       string              `json:"hash,omitempty"`       // of the plan
	PlanDigest string              `json:"plan_digest,omitzero"` // of its text, as the change names it

	Rings     []rules.RingStanding     `json:"rings,omitempty"`
	Targets   []Target                 `json:"targets,omitempty"` // in the order of the plan
	Clocks    []Clock                  `json:"clocks,omitempty"`
	Schedules []Calendar               `json:"schedules,omitempty"` // by ring, as read last
	Backups   []rules.Backup           `json:"backups,omitempty"`
	Waiver    *rules.Waiver            `json:"waiver,omitempty"`
	Secured   bool                     `json:"secured,omitempty"` // traces are secured, a person says
	Bars      []rules.Bar              `json:"bars,omitempty"`
	Others    []rules.Other            `json:"others,omitempty"` // in the way, as read last
	Passed    []string                 `json:"passed,omitempty"` // numbers of those at rest that a person said to go on beside
	Alarms    []compliance.HealthAlarm `json:"alarms,omitempty"` // about targets, open

	// Asking is set before the ticket of the change is opened: it may exist from then on.
	Asking            bool      `json:"asking,omitempty"`
	executor.Carrying           // the change that approves it
	ApprovalBy        time.Time `json:"approval_by,omitzero"` // end of the wait for an approval that was lost

	Stopped  bool   `json:"stopped,omitempty"`
	HeldRing int    `json:"held_ring,omitempty"` // from 0
	HeldAt   string `json:"held_at,omitempty"`   // target
	Awaited  int    `json:"awaited,omitempty"`   // looks, while it is held, whether what holds it is over elsewhere
	Turn     int    `json:"turn,omitempty"`      // moves whenever it halts or goes on: the nonce of buttons
	Checks   int    `json:"checks,omitempty"`    // runs of tests, for their event keys

	Order   *Order                `json:"order,omitempty"` // the way back was ordered and has not begun
	Round   int                   `json:"round,omitempty"` // of the way back, from 1
	WayBack *rules.WayBack        `json:"way_back,omitempty"`
	Results []rules.RestoreResult `json:"results,omitempty"` // of this round
	Paged   []string              `json:"paged,omitempty"`   // targets that somebody was called about
	Orders  []Ordered             `json:"orders,omitempty"`  // of the way back, from other processes
	Alert   *Raised               `json:"alert,omitempty"`   // by which somebody is called; nil when nobody needs to be
	Alerts  int                   `json:"alerts,omitempty"`  // told so far, for their event keys

	Ended  time.Time      `json:"ended,omitzero"`  // when the last ring was proven
	Looked time.Time      `json:"looked,omitzero"` // at the targets since then (P25), or at the bar
	Looks  int            `json:"looks,omitempty"`
	Unseen int            `json:"unseen,omitempty"` // looks in a row in which some target could not be seen
	Undone []rules.Undone `json:"undone,omitempty"`
	Lifted bool           `json:"lifted,omitempty"`
	News   []string       `json:"news,omitempty"` // keys of those that were taken
}

// Target is what the rollout knows of one target.
type Target struct {
	ID   string `json:"id"`
	Ring int    `json:"ring"`
	// Touched is set before a deployment is asked for: one whose answer was lost
	// may have happened.
	Touched  bool `json:"touched,omitempty"`
	Deployed bool `json:"deployed,omitempty"`
	// Expect is the version at the snapshot, for compare-and-swap.
	Expect  compliance.PlatformVersion `json:"expect,omitzero"`
	Saved   bool                       `json:"saved,omitempty"` // the snapshot is on record
	History []rules.Verified           `json:"history,omitempty"`
	// Suite passed on what was there before, so it tells whether the way back worked.
	Suite string `json:"suite,omitempty"`
}

// Clock is a deadline and what was said about it.
type Clock struct {
	Clock    rules.Clock    `json:"clock"`
	Warned   rules.Warned   `json:"warned,omitzero"`
	Proposed *rules.Clock   `json:"proposed,omitempty"` // later: waits for somebody's word (P15)
	Unused   []rules.Unused `json:"unused,omitempty"`
}

// Calendar is the calendar of a ring, and when it was read.
type Calendar struct {
	Schedule change.Schedule `json:"schedule"`
	Read     time.Time       `json:"read,omitzero"`
}

// Order is a person's order of the way back.
type Order struct {
	Person compliance.PersonID `json:"person"`
	At     time.Time           `json:"at"`
}

// payload is what is rolled out; zero before anybody provided it.
func (s State) payload() rules.Payload {
	if s.Route == nil {
		return rules.Payload{}
	}
	return s.Route.Plan.Payload
}

// ring is the ring that the rollout is at, from 0; -1 before the first.
func (s State) ring() int {
	at := -1
	for i, r := range s.Rings {
		if r.State != rules.Waiting {
			at = i
		}
	}
	return at
}

func (s State) touched() bool {
	for _, t := range s.Targets {
		if t.Touched {
			return true
		}
	}
	return false
}

// barredAt is when this rollout barred its payload.
func (s State) barredAt() time.Time {
	for _, b := range s.Bars {
		if b.Number == s.Number {
			return b.At
		}
	}
	return time.Time{}
}

// binding is what a button carries now.
func (s State) binding() rules.Binding {
	return rules.NewBinding(s.Number, s.ring()+1, fmt.Sprintf("t%d", s.Turn), s.payload().Digest)
}

// situation is what the next move is decided by.
func (s State) situation(ring int) rules.Situation {
	out := rules.Situation{
		State: s.State, Plan: s.Route.Plan, PlanHash: s.Hash, Rings: s.Rings, Stopped: s.Stopped, Bars: s.Bars, Others: s.Others, Alarms: s.alarms(),
		Approval: rules.Approval{Given: s.Approval.Given()}, ApprovalBy: s.ApprovalBy, ForensicsOpen: s.forensics(),
		Waiver: s.Waiver, Backups: map[string]rules.Backup{},
	}
	if s.Approval.Plan == s.PlanDigest {
		out.Approval.PlanHash = s.Hash
	}
	if s.Approval.State == change.WaitingWindow {
		out.Approval.Expires = s.Approval.Expires // it does not age once the execution began
	}
	for _, b := range s.Backups {
		out.Backups[b.Target] = b
	}
	if ring >= 0 && ring < len(s.Schedules) {
		out.Schedule = s.Schedules[ring].Schedule
	}
	return out
}

// forensics reports whether traces must be secured before a patch goes on (P14).
func (s State) forensics() bool {
	if s.Secured {
		return false
	}
	for _, c := range s.Clocks {
		if c.Clock.Ruling.Forensic {
			return true
		}
	}
	return false
}

// waiting is the first ring that has not begun; -1 when all have.
func (s State) waiting() int {
	for i, r := range s.Rings {
		if r.State == rules.Waiting {
			return i
		}
	}
	return -1
}

// carried is the state as the next run gets it.
func (s State) carried() *State {
	s.Papers = s.Papers.Carried()
	s.Orders = carriedOf(s.Orders)
	return &s
}
