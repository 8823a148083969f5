package activities

import (
	"context"
	"encoding/json"
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
}

// Head is what every record of one change has in common.
type Head struct {
	Subject string         `json:"subject"`
	Number  string         `json:"number"`
	Run     string         `json:"run"`
	Rules   evidence.Rules `json:"rules"`
	Zones   string         `json:"zones,omitempty"`
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

func actFacts(in compliance.Inbound, person compliance.Person) change.ActFacts {
	return change.ActFacts{
		Action: in.Action, Delivery: in.Delivery, Surface: in.Surface, Message: in.Message,
		Received: in.Received.UTC(), Groups: person.Groups,
	}
}
