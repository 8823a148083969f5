package incident

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// State is all that an incident knows, and what one run hands to the next when
// it continues as new. JSON names are frozen; additions only.
type State struct {
	Schema int `json:"schema"`
	desk.Papers
	Plan      *steps.IncidentPlan   `json:"plan,omitempty"` // nil until the rules were asked
	Standing  rules.Standing        `json:"standing"`
	Title     string                `json:"title"`
	Text      string                `json:"text,omitempty"`
	Source    string                `json:"source,omitempty"`  // of its alert
	Alert     string                `json:"alert,omitempty"`   // workflow id of its alert
	Outside   string                `json:"outside,omitempty"` // link to the source's own page
	Declared  *compliance.Inbound   `json:"declared,omitempty"`
	Opened    time.Time             `json:"opened"`
	Count     int                   `json:"count,omitempty"`  // reports folded into it
	Left      int                   `json:"left,omitempty"`   // alerts that the source left out of its reports
	Before    string                `json:"before,omitempty"` // number or id of the incident before it (I1)
	Pages     []Page                `json:"pages,omitempty"`
	Watch     []Watch               `json:"watch,omitempty"` // shifts whose end matters (I6)
	Handover  *rules.Handover       `json:"handover,omitempty"`
	Room      *Room                 `json:"room,omitempty"`
	Invites   []compliance.PersonID `json:"invites,omitempty"` // to be in the channel
	Runs      []rules.Candidate     `json:"runs,omitempty"`
	Looked    bool                  `json:"looked,omitempty"` // the record was asked for Runs
	Rollbacks []rules.Rollback      `json:"rollbacks,omitempty"`
	Resolved  time.Time             `json:"resolved,omitzero"`
	Note      string                `json:"note,omitempty"` // the last word of a responder, cut
	Due       time.Time             `json:"due,omitzero"`   // of the review
	Reminded  time.Time             `json:"reminded,omitzero"`
	Review    *rules.Review         `json:"review,omitempty"`
	Shown     time.Time             `json:"shown,omitzero"` // when the card's buttons were made
	// Look is set when the tickets of what is to be done have to be read, Read is
	// when they were read last.
	Look bool      `json:"look,omitempty"`
	Read time.Time `json:"read,omitzero"`
	// Owed are tickets that were to be opened and are not there yet.
	Owed []Owed `json:"owed,omitempty"`
	// Deleted are tickets of what is to be done that the tracker said were deleted.
	Deleted []string `json:"deleted,omitempty"`
	// Given is whom pages were given to where they rang; nobody of them has acknowledged by it.
	Given []Given `json:"given,omitempty"`
}

// Page is one page and what became of it. It is in the state before anything of
// it is sent.
type Page struct {
	N        int                 `json:"n"`
	Decision rules.Decision      `json:"decision"`
	At       time.Time           `json:"at"`
	Step     string              `json:"step,omitempty"` // its name in the rules
	To       []*Recipient        `json:"to,omitempty"`
	OnCall   []rules.OnCallFacts `json:"on_call,omitempty"`
	Known    bool                `json:"known,omitempty"`   // its targets are known
	Settled  bool                `json:"settled,omitempty"` // what became of it is on record
}

// Recipient is one person, or one fixed contact, and what became of their page.
type Recipient struct {
	rules.Recipient
	Called   steps.Called       `json:"called"`
	Attempts []rules.Attempt    `json:"attempts,omitempty"`
	Sent     []compliance.Paged `json:"sent,omitempty"` // by attempt
	Told     bool               `json:"told,omitempty"` // to stand down
	Over     bool               `json:"over,omitempty"` // no more attempts
}

// Owed is a ticket that is to be opened.
type Owed struct {
	Key    string              `json:"key"`
	Title  string              `json:"title"`
	Text   string              `json:"text,omitempty"`
	Person compliance.PersonID `json:"person,omitempty"`
}

// Given is that somebody gave a page to somebody else where it rang.
type Given struct {
	By      compliance.PersonID   `json:"by"`
	To      []compliance.PersonID `json:"to,omitempty"`
	Unknown int                   `json:"unknown,omitempty"` // accounts that belong to nobody
	At      time.Time             `json:"at"`
	Surface string                `json:"surface,omitempty"`
}

// Watch is a shift whose end is waited for.
type Watch struct {
	Rotation string              `json:"rotation"`
	Person   compliance.PersonID `json:"person"`
	Until    time.Time           `json:"until"`
}

// Room is the incident's channel, or the policy's with the reason why it has
// none of its own.
type Room struct {
	Channel string `json:"channel"`
	Name    string `json:"name,omitempty"`
	Why     string `json:"why,omitempty"`
	// Invited are the people who were asked to join it.
	Invited []compliance.PersonID `json:"invited,omitempty"`
}

// keptPages bounds the pages that are carried along; the evidence has them all.
const keptPages = 30

// channels are the names of somebody's channels, in order.
func (r *Recipient) channels() []string {
	out := make([]string, len(r.Called.Ways))
	for i, w := range r.Called.Ways {
		out[i] = w.Channel
	}
	return out
}

func (r *Recipient) address(channel string) string {
	for _, w := range r.Called.Ways {
		if w.Channel == channel {
			return w.Address
		}
	}
	return ""
}

// left reports whether a page left, or may have left, and none is under way.
func (r *Recipient) left() bool {
	may := false
	for _, a := range r.Attempts {
		if a.Ended.IsZero() {
			return false // its outcome is told when it ends
		}
		may = may || a.Class == "" || a.Class == compliance.UnknownOutcome
	}
	return may
}

// notices say who may have a page before them.
func (s *State) notices() []rules.Notice {
	var out []rules.Notice
	for i := range s.Pages {
		for _, r := range s.Pages[i].To {
			if r.left() {
				out = append(out, rules.Notice{Person: r.Person, Page: s.Pages[i].N, Told: r.Told})
			}
		}
	}
	return out
}

// paged reports whether somebody was called for this incident.
func (s *State) paged(p compliance.PersonID) bool {
	for i := range s.Pages {
		for _, r := range s.Pages[i].To {
			if r.Person == p && len(r.Attempts) > 0 {
				return true
			}
		}
	}
	return false
}

// page is a page by its ordinal; nil when it is no longer kept.
func (s *State) page(n int) *Page {
	for i := range s.Pages {
		if s.Pages[i].N == n {
			return &s.Pages[i]
		}
	}
	return nil
}

// last are the people who were called last: their manager is a manager target.
func (s *State) last() []compliance.PersonID {
	for i := len(s.Pages) - 1; i >= 0; i-- {
		var out []compliance.PersonID
		for _, r := range s.Pages[i].To {
			if r.Called.Contact == "" {
				out = append(out, r.Person)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// name is how people call it: its number, or its token until it has one.
func (s *State) name() string {
	if s.Number != "" {
		return s.Number
	}
	return "Incident " + string(s.Standing.ID)
}

// carried is the state as the next run gets it.
func (s State) carried() *State {
	s.Papers = s.Papers.Carried()
	if n := len(s.Pages); n > keptPages {
		s.Pages = append([]Page(nil), s.Pages[n-keptPages:]...)
	}
	return &s
}
