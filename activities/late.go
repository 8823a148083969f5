package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// LateAct is the record of an act on a subject whose run is over, and what the
// person is told.
type LateAct struct {
	Receipt evidence.Receipt `json:"receipt"`
	Reply   compliance.Reply `json:"reply"`
}

// RecordLateAct records an act that came after the end, or about something
// that never was, and answers with the standing from the evidence index (C19).
func (e *Evidence) RecordLateAct(ctx context.Context, in compliance.Inbound) (LateAct, error) {
	st, err := e.Log.Standing(ctx, in.Subject)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return LateAct{}, translate(recordFailure(err))
	}
	known := err == nil
	dir, err := People{e.Source}.directory(ctx)
	if err != nil {
		return LateAct{}, translate(err)
	}
	person, _ := theOne(dir, in.Actor)
	who, err := actor(ctx, e.Blobs, person, in.Actor)
	if err != nil {
		return LateAct{}, translate(err)
	}
	facts, err := json.Marshal(change.ActFacts{
		Action: in.Action, Delivery: in.Delivery, Surface: in.Surface, Message: in.Message,
		Received: in.Received, Reason: change.AlreadyClosed, Stood: st.State,
	})
	if err != nil {
		return LateAct{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "encode a late act", Err: err})
	}
	noun, kind := lateKind(in.Subject)
	receipts, err := e.Log.Append(ctx, []evidence.Event{{
		Key: change.ActKey("late", in.Delivery), Type: kind, Schema: 1, Subject: in.Subject, Number: st.Number,
		At: in.Received.UTC(), Actor: who, Controls: controls(kind), Facts: facts, Late: true,
	}})
	if err != nil {
		return LateAct{}, translate(recordFailure(err))
	}
	reply := compliance.Reply{Outcome: compliance.Declined, Reason: string(change.AlreadyClosed),
		Text: "There is no " + noun + " here to act on. Nothing was changed; your attempt is on record."}
	switch {
	case known && st.Number != "" && !st.Final:
		// An operator ended its run: nothing was decided about the subject itself.
		reply.Text = fmt.Sprintf("%s is no longer running and did not end by itself: it was %s when last recorded, on %s. Nothing was changed; your attempt is on record. Please tell an administrator.",
			st.Number, spoken(st.State), compliance.SpokenDay(st.At))
		reply.Times = []time.Time{st.At}
	case known && st.Number != "":
		reply.Text = fmt.Sprintf("%s is over: it was %s on %s. Nothing was changed; your attempt is on record.",
			st.Number, spoken(st.State), compliance.SpokenDay(st.At))
		reply.Times = []time.Time{st.At}
	}
	return LateAct{Receipt: receipts[0], Reply: reply}, nil
}

// lateKind names the kind of subject and the type of a late act on it; every
// process has one, with the same facts.
func lateKind(subject string) (noun, kind string) {
	switch process, _, _ := strings.Cut(subject, "/"); process {
	case "certification":
		return "certification", certification.EventLate
	case "exception":
		return "exception", exception.EventLate
	case "incident", "alert":
		return "incident", incident.EventLate
	case "observation":
		return "finding", observation.EventLate
	case "patch":
		return "rollout", patch.EventLate
	default:
		return "change", change.EventLate
	}
}

// spoken is a state as it stands in a sentence.
func spoken(state string) string {
	return strings.ReplaceAll(state, "_", " ")
}
