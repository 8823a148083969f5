package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// Judgement applies the rules of change approval to what a person did, with
// the directory and the calendars as they are now, and puts what came of it on
// record in the same step: between checking and recording nothing can change
// unseen. It runs in the process that holds the log.
type Judgement struct {
	Log    EvidenceLog
	Blobs  Blobs
	Source PolicySource
	// SignIns knows the product's own sign-in pages; without it no sign-in is
	// believed and no link is given. Factors is what counts as a second factor.
	SignIns SignIns
	Factors change.Factors
}

// SignIns is what a judge asks about sign-ins (C18).
type SignIns interface {
	// Proven reports whether an act's sign-in was made by the product's own pages
	// for this very act.
	Proven(in compliance.Inbound) bool
	// Link is where the sender of an act can sign in and carry it out, empty when
	// there is no such place.
	Link(in compliance.Inbound) string
}

// Head is what every record of one change has in common.
type Head struct {
	Subject string `json:"subject"`
	Number  string `json:"number"`
	// Owner begins the event keys; the number where it is absent.
	Owner string         `json:"owner,omitempty"`
	Run   string         `json:"run"`
	Rules evidence.Rules `json:"rules"`
	Zones string         `json:"zones,omitempty"`
}

// owner begins the event keys of this run.
func (h Head) owner() string {
	if h.Owner != "" {
		return h.Owner
	}
	return h.Number
}

// Event begins an event of this change.
func (h Head) Event(key, kind string, at time.Time) evidence.Event {
	rules := h.Rules
	return evidence.Event{
		Key: key, Type: kind, Schema: 1, Subject: h.Subject, Number: h.Number, WorkflowID: h.Subject, RunID: h.Run,
		At: at.UTC(), Rules: &rules, ZoneHash: h.Zones, Controls: change.Controls(kind),
	}
}

// complete adds who acted, what they wrote and the facts to an event.
func (j *Judgement) complete(ctx context.Context, ev *evidence.Event, in compliance.Inbound, person compliance.Person, facts any) error {
	var err error
	if ev.Actor, err = actor(ctx, j.Blobs, person, in.Actor); err != nil {
		return err
	}
	for _, role := range []string{"comment", "reason", "note"} {
		if err := attach(ctx, j.Blobs, ev, role, in.Answer(role)); err != nil {
			return err
		}
	}
	if ev.Facts, err = json.Marshal(facts); err != nil {
		return &compliance.Failure{Class: compliance.Invalid, Op: "encode " + ev.Type, Err: err}
	}
	return nil
}

// recall reads the facts of an act that is on record. Repeating an act is
// harmless; another act under its delivery is refused, whoever sends it.
func recall(e evidence.Entry, in compliance.Inbound) (change.ActFacts, error) {
	var facts change.ActFacts
	if err := json.Unmarshal(e.Record.Facts, &facts); err != nil {
		return facts, &compliance.Failure{Class: compliance.Invalid, Op: "read the record of " + e.Record.Key, Err: err}
	}
	who := e.Record.Actor
	if who == nil || compliance.Account(who.Account) != in.Actor || facts.Action != in.Action || facts.Delivery != in.Delivery {
		return facts, &compliance.Failure{
			Class: compliance.Invalid, Op: "judge an act",
			Detail: fmt.Sprintf("its delivery id is that of another act, record %d; repeat it from a newly opened form", e.Index),
		}
	}
	return facts, nil
}

// spokenTime is how an instant stands in a sentence for a person.
const spokenTime = "2 January 2006, 15:04 UTC"

func actFacts(in compliance.Inbound, person compliance.Person) change.ActFacts {
	return change.ActFacts{
		Action: in.Action, Delivery: in.Delivery, Surface: in.Surface, Message: in.Message,
		Received: in.Received.UTC(), Groups: person.Groups,
	}
}
