package desk

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Papers are the part of a process's state that its desk keeps. A process embeds
// it in its own, so that one run hands both to the next. JSON names are frozen;
// additions only.
type Papers struct {
	Ticket compliance.TicketRef `json:"ticket"`
	Link   string               `json:"link,omitempty"`
	// TicketKind is the kind the ticket was opened as; empty for a change.
	TicketKind compliance.TicketKind `json:"ticket_kind,omitempty"`
	Number     string                `json:"number,omitempty"`
	// Delivered remembers what each delivery was answered, over repetitions,
	// the second path of C15 and continue-as-new.
	Delivered []Delivered `json:"delivered,omitempty"`
	// Log is what people did, for the card; the evidence log is the record.
	Log []compliance.Fact `json:"log,omitempty"`
	// Expected is the logical ticket status the process last asked for.
	Expected string                  `json:"expected,omitempty"`
	Posted   *compliance.Posted      `json:"posted,omitempty"`
	Notes    []compliance.Note       `json:"notes,omitempty"` // still to be added to the card's thread
	Steps    []compliance.TicketStep `json:"steps,omitempty"` // still to be written to the ticket, in order
	Trouble  []Trouble               `json:"trouble,omitempty"`
	// Dropped counts acts that were not taken up because one account sent too many.
	Dropped int `json:"dropped,omitempty"`
	// Behind are records that did not wait for the log and are not in it yet (G3).
	Behind   []steps.RecordEventsInput `json:"behind,omitempty"`
	Sequence int                       `json:"sequence,omitempty"` // of ticket steps and repeatable records, for their event keys
	Index    uint64                    `json:"index,omitempty"`    // of the last record
	Hints    []compliance.TicketEvent  `json:"hints,omitempty"`    // the ticket was touched and not yet read again
	// Unshown is set when the card was behind the state as the run ended.
	Unshown bool `json:"unshown,omitempty"`
	// Early is set for a subject that acts, and is acted upon, before it has a
	// number, because it must not wait for the log that allocates one. Its event
	// keys begin with workflow id and first run id all its life.
	Early bool `json:"early,omitempty"`
	// Again is set when anything may have happened before: the run was reset, or
	// one that was ended from outside had the same number.
	Again bool `json:"again,omitempty"`
	// Life tells the event keys of this run from those of an earlier one that
	// had the same number and was ended from outside; empty when there was none.
	Life string `json:"life,omitempty"`
}

// Delivered is one answered delivery.
type Delivered struct {
	Delivery string           `json:"delivery"`
	Reply    compliance.Reply `json:"reply"`
}

// Trouble is a failure of the outside that lasts, shown to the people waiting.
type Trouble struct {
	Surface string    `json:"surface"` // AtTicket, AtCard, AtEvidence, AtRules, …
	Since   time.Time `json:"since"`
	Text    string    `json:"text"`
}

// carriedDeliveries bounds what continues as new: a repetition arrives within
// an hour at most (a tracker retries webhooks for about 30 minutes).
const carriedDeliveries = 200

// shownActs bounds the log on the card; older acts are in the evidence.
const shownActs = 12

// Answered returns the reply a delivery got.
func (s *Papers) Answered(delivery string) (compliance.Reply, bool) {
	for i := len(s.Delivered) - 1; i >= 0; i-- {
		if s.Delivered[i].Delivery == delivery {
			return s.Delivered[i].Reply, true
		}
	}
	return compliance.Reply{}, false
}

// Logged adds what somebody did to the card's log.
func (s *Papers) Logged(f compliance.Fact) {
	s.Log = append(s.Log, f)
	if n := len(s.Log); n > shownActs {
		s.Log = append([]compliance.Fact(nil), s.Log[n-shownActs:]...)
	}
}

// Carried are the papers as the next run gets them.
func (s Papers) Carried() Papers {
	if n := len(s.Delivered); n > carriedDeliveries {
		s.Delivered = append([]Delivered(nil), s.Delivered[n-carriedDeliveries:]...)
	}
	return s
}

// Troubles are the lasting failures as lines for a standing.
func (s Papers) Troubles() []string {
	var out []string
	for _, t := range s.Trouble {
		out = append(out, t.Surface+": "+t.Text)
	}
	if s.Dropped > 0 {
		out = append(out, "acts: "+s.dropped())
	}
	return out
}

func (s Papers) dropped() string {
	return fmt.Sprintf("%d were not taken up, because one account sent more than %d within a minute", s.Dropped, compliance.ActsPerMinute)
}

// TroubleFacts are the lasting failures as facts for a card.
func (s Papers) TroubleFacts() []compliance.Fact {
	var out []compliance.Fact
	for _, t := range s.Trouble {
		out = append(out, compliance.Fact{
			Label: "Trouble", Text: "The " + t.Surface + " has been failing: " + compliance.Cut(t.Text, 200) + ". It is tried again; since", At: t.Since,
		})
	}
	if s.Dropped > 0 {
		out = append(out, compliance.Fact{Label: "Acts", Text: s.dropped()})
	}
	return out
}
