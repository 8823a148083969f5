package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// Judgement applies the rules of a process to what a person did, with the
// directory and the calendars as they are now, and puts what came of it on
// record in the same step: between checking and recording nothing can change
// unseen. It runs in the process that holds the log.
type Judgement struct {
	Log    EvidenceLog
	Blobs  Blobs
	Source PolicySource
	Runs   Runs // nil: every rollout that is not over runs
	// Trackers says what certifications ask of a start (A9).
	Trackers Trackers
	// SignIns knows the product's own sign-in pages; without it no sign-in is
	// believed and no link is given. Factors is what counts as a second factor.
	SignIns SignIns
	Factors change.Factors

	Plans *Plans // nil: no collisions are looked for

	emergencies sync.Mutex // while one is judged: see JudgeEmergency
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

// Head is what every record of one subject has in common.
type Head struct {
	Subject string `json:"subject"`
	Number  string `json:"number"`
	// Owner begins the event keys; the number where it is absent.
	Owner string         `json:"owner,omitempty"`
	Run   string         `json:"run"`
	Rules evidence.Rules `json:"rules"`
	Zones string         `json:"zones,omitempty"`
	// over says, while an act is judged, that the subject is over on record. The
	// process cannot know when the engine's databases are older than the log, and
	// would otherwise have people decide on what was ended.
	over bool
}

// owner begins the event keys of this run.
func (h Head) owner() string {
	if h.Owner != "" {
		return h.Owner
	}
	return h.Number
}

// Event begins an event of this subject.
func (h Head) Event(key, kind string, at time.Time) evidence.Event {
	rules := h.Rules
	return evidence.Event{
		Key: key, Type: kind, Schema: 1, Subject: h.Subject, Number: h.Number, WorkflowID: h.Subject, RunID: h.Run,
		At: at.UTC(), Rules: &rules, ZoneHash: h.Zones, Controls: controls(kind),
	}
}

// complete adds who acted, what they wrote and the facts to an event.
func (j *Judgement) complete(ctx context.Context, ev *evidence.Event, in compliance.Inbound, person compliance.Person, facts any) error {
	var err error
	if ev.Actor, err = actor(ctx, j.Blobs, person, in.Actor); err != nil {
		return err
	}
	if err := written(ctx, j.Blobs, ev, in); err != nil {
		return err
	}
	if ev.Facts, err = json.Marshal(facts); err != nil {
		return &compliance.Failure{Class: compliance.Invalid, Op: "encode " + ev.Type, Err: err}
	}
	return nil
}

// verdict is what a process makes of an act: the event and its facts, what goes
// on record beside it in the same append, and the result for the process.
type verdict[R any] struct {
	Event  evidence.Event
	Facts  any
	Beside []evidence.Event
	Result R
	Reason string // for the operators' log
}

// judged answers an act from its record, or has it judged with the directory as
// it is now and puts what came of it on record in the same step. A crash after
// the append repeats the call: the record found by its key is the answer, even
// if the directory has changed in between. index is the place of the act's record.
func judged[R any](
	ctx context.Context, j *Judgement, head Head, key string, in compliance.Inbound,
	recalled func(evidence.Entry) (R, error),
	judge func(head Head, dir *policy.Directory, person compliance.Person, known bool) (verdict[R], error),
) (result R, index uint64, err error) {
	var none R
	entry, err := j.Log.Lookup(ctx, key)
	if err == nil {
		if err := sameAct(entry, in); err != nil {
			return none, 0, translate(err)
		}
		result, err := recalled(entry)
		return result, entry.Index, translate(err)
	}
	if !errors.Is(err, evidence.ErrNotFound) {
		return none, 0, translate(recordFailure(err))
	}
	dir, err := People{j.Source}.directory(ctx)
	if err != nil {
		return none, 0, translate(err)
	}
	head.Rules.Directory = dir.Version
	standing, err := j.Log.Standing(ctx, head.Subject)
	if err != nil && !errors.Is(err, evidence.ErrNotFound) {
		return none, 0, translate(recordFailure(err))
	}
	head.over = standing.Final
	person, known := theOne(dir, in.Actor)
	v, err := judge(head, dir, person, known)
	if err != nil {
		return none, 0, translate(err)
	}
	if err := j.complete(ctx, &v.Event, in, person, v.Facts); err != nil {
		return none, 0, translate(err)
	}
	receipts, err := j.Log.Append(ctx, append([]evidence.Event{v.Event}, v.Beside...))
	if err != nil {
		return none, 0, translate(recordFailure(err))
	}
	done(ctx, "act on record", "number", head.Number, "action", in.Action, "reason", v.Reason, "index", receipts[0].Index)
	return v.Result, receipts[0].Index, nil
}

// sameAct makes sure that a record found under an act's key is about this act.
// Repeating an act is harmless; another act under its delivery is refused,
// whoever sends it.
func sameAct(e evidence.Entry, in compliance.Inbound) error {
	facts, err := recall[struct{ Action, Delivery string }](e)
	if err != nil {
		return err
	}
	who := e.Record.Actor
	if who == nil || compliance.Account(who.Account) != in.Actor || facts.Action != in.Action || facts.Delivery != in.Delivery {
		return &compliance.Failure{
			Class: compliance.Invalid, Op: "judge an act",
			Detail: fmt.Sprintf("its delivery id is that of another act, record %d; repeat it from a newly opened form", e.Index),
		}
	}
	return nil
}

// spokenTime is how an instant stands in a sentence for a person.
const spokenTime = "2 January 2006, 15:04 UTC"

func actFacts(in compliance.Inbound, person compliance.Person) change.ActFacts {
	return change.ActFacts{
		Action: in.Action, Delivery: in.Delivery, Surface: in.Surface, Message: in.Message,
		Received: in.Received.UTC(), Groups: person.Groups,
	}
}
