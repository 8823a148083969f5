package incident

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// The facts of the events, by type. JSON names are frozen; schema 1.
type (
	// AlertFacts: what a source reported, and what followed.
	AlertFacts struct {
		Source   string     `json:"source"`
		Digest   string     `json:"digest"` // SHA-256 of the deduplication key
		Severity Severity   `json:"severity,omitempty"`
		Began    time.Time  `json:"began,omitzero"`
		Received time.Time  `json:"received,omitzero"`
		From     AlertState `json:"from,omitempty"`
		To       AlertState `json:"to,omitempty"`
		Reason   Reason     `json:"reason,omitempty"`
		Incident string     `json:"incident,omitempty"`
		Before   string     `json:"before,omitempty"` // the incident before it (I1)
		Word     string     `json:"word,omitempty"`   // the source's own word for the severity
		Left     int        `json:"left,omitempty"`   // alerts that the source left out of the same report
		Count    int        `json:"count,omitempty"`
		Flaps    int        `json:"flaps,omitempty"`
	}
	// ReceivedFacts: where an incident came from.
	ReceivedFacts struct {
		Alert    string              `json:"alert,omitempty"`    // workflow id of its alert
		Before   string              `json:"before,omitempty"`   // the incident it follows (I1)
		Declarer compliance.PersonID `json:"declarer,omitempty"` // when a person declared it
		Title    string              `json:"title,omitempty"`
		System   string              `json:"system,omitempty"`
		Severity Severity            `json:"severity"`
		Policy   string              `json:"policy,omitempty"`
		Drill    bool                `json:"drill,omitempty"`
	}
	// PageFacts: one page, before or after its sends.
	PageFacts struct {
		Page    int           `json:"page"`
		Phase   Phase         `json:"phase"`
		Round   int           `json:"round"`
		Step    int           `json:"step"`
		Reason  Reason        `json:"reason"`
		Due     time.Time     `json:"due"`
		Late    time.Duration `json:"late,omitempty"` // I31
		Targets []Target      `json:"targets,omitempty"`
		OnCall  []OnCallFacts `json:"on_call,omitempty"` // I5
		To      []Sent        `json:"to,omitempty"`
		Reach   Reach         `json:"reach,omitempty"`
		Why     Reason        `json:"why,omitempty"`
		Finding Reason        `json:"finding,omitempty"`
	}
	// OnCallFacts: who a rotation named when the step fired.
	OnCallFacts struct {
		Rotation string `json:"rotation"`
		ZoneHash string `json:"zone_hash,omitempty"`
		Duty
	}
	// Sent: one person's page through their channels.
	Sent struct {
		Recipient
		Attempts []Attempt `json:"attempts,omitempty"`
	}
	// ActFacts: what a person did or tried.
	ActFacts struct {
		Action   string              `json:"action"`
		Delivery string              `json:"delivery"`
		Surface  string              `json:"surface"`
		Message  string              `json:"message,omitempty"`
		Received time.Time           `json:"received"`
		Page     int                 `json:"page,omitempty"`
		Reason   Reason              `json:"reason,omitempty"`
		First    compliance.PersonID `json:"first,omitempty"` // who had acknowledged before (I8)
		FirstAt  time.Time           `json:"first_at,omitzero"`
		Until    time.Time           `json:"until,omitzero"` // when the acknowledgement ages out
		State    State               `json:"state,omitempty"`
	}
	// StandDownFacts: who was told that they are no longer needed (I10).
	StandDownFacts struct {
		Reason Reason                `json:"reason"`
		People []compliance.PersonID `json:"people"`
	}
	// HandoverFacts: an offer at the end of a shift (I6).
	HandoverFacts struct {
		// Action and Delivery are those of the act by which a person accepted it.
		Action   string `json:"action,omitempty"`
		Delivery string `json:"delivery,omitempty"`
		Handover
		Reason Reason `json:"reason,omitempty"`
	}
	// RollbackFacts: a rollback, its plan and its backup as approved (I24).
	RollbackFacts struct {
		*ActFacts                       // when a person's act brought it about
		Run       string                `json:"run"`
		Of        *Run                  `json:"of,omitempty"` // what is known of the run, when it was asked for
		Plan      string                `json:"plan,omitempty"`
		Backup    string                `json:"backup,omitempty"`
		State     RollbackState         `json:"state"`
		Asker     compliance.PersonID   `json:"asker,omitempty"`
		Approver  compliance.PersonID   `json:"approver,omitempty"`
		Authors   []compliance.PersonID `json:"authors,omitempty"`
		Shown     string                `json:"shown,omitempty"` // the statement as it was shown
		Reason    Reason                `json:"reason,omitempty"`
	}
	// ReviewFacts: the review and who accepted it (I27).
	ReviewFacts struct {
		*ActFacts
		Author compliance.PersonID `json:"author"`
		Closer compliance.PersonID `json:"closer,omitempty"`
		Change string              `json:"change"`
		// NoneNeeded is set where author and closer sign that no change is needed;
		// why stands in what the author wrote.
		NoneNeeded bool          `json:"none_needed,omitempty"`
		Due        time.Time     `json:"due,omitzero"`
		Late       time.Duration `json:"late,omitempty"`
		Shown      string        `json:"shown,omitempty"`
		// Actions are the tickets of what is to be done, Pending how many have none yet.
		Actions []string `json:"actions,omitempty"`
		Pending int      `json:"pending,omitempty"`
		// Asked says, in the order of the lines, who is to do what and until when.
		Asked []AskedFacts `json:"asked,omitempty"`
	}
	// ReassignedFacts: who was given a page instead of whom it rang for. To are
	// the people the directory knows, Unknown counts the others.
	ReassignedFacts struct {
		*ActFacts
		To      []compliance.PersonID `json:"to,omitempty"`
		Unknown int                   `json:"unknown,omitempty"`
	}
	// ItemFacts: one thing that is to be done, from 1. What it is stands in the
	// record of the review.
	ItemFacts struct {
		*ActFacts                       // when a person's act brought it about
		Item      int                   `json:"item"`
		Ticket    string                `json:"ticket,omitempty"`
		Owner     compliance.PersonID   `json:"owner,omitempty"`
		Due       time.Time             `json:"due,omitzero"`
		Late      time.Duration         `json:"late,omitempty"`
		Reason    Reason                `json:"reason,omitempty"`
		People    []compliance.PersonID `json:"people,omitempty"` // who was told
		State     ItemState             `json:"state,omitempty"`
		// Resolution is how its ticket ended, in the words of compliance.Ticket, or "deleted".
		Resolution string `json:"resolution,omitempty"`
	}
	// AskedFacts: who is to do something that a review asks for, and until when.
	AskedFacts struct {
		Owner compliance.PersonID `json:"owner,omitempty"`
		Due   time.Time           `json:"due,omitzero"`
	}
	// MovedFacts: a transition that no single act explains by itself.
	MovedFacts struct {
		From   State     `json:"from,omitempty"`
		To     State     `json:"to,omitempty"`
		Reason Reason    `json:"reason,omitempty"`
		Until  time.Time `json:"until,omitzero"`
		Due    time.Time `json:"due,omitzero"`
		Detail string    `json:"detail,omitempty"`
	}
)
