package activities

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// EvidenceLog is what is needed of the log. Append puts all events on record
// or none; a key that is on record returns its first receipt. Errors wrap the
// sentinels of package evidence.
type EvidenceLog interface {
	Append(ctx context.Context, events []evidence.Event) ([]evidence.Receipt, error)
	Lookup(ctx context.Context, key string) (evidence.Entry, error)
	Standing(ctx context.Context, subject string) (evidence.Standing, error)
	// Records lists what is on record about a subject, oldest first.
	Records(ctx context.Context, subject string) ([]evidence.Entry, error)
	// Standings lists the subjects of a series, such as "CHG".
	Standings(ctx context.Context, series string) ([]evidence.Standing, error)
	ByNumber(ctx context.Context, number string) (evidence.Standing, error)
}

// Evidence is the capability to put events on record. It runs only in the
// process that holds the log.
type Evidence struct {
	Log    EvidenceLog
	Blobs  Blobs
	Source PolicySource
	Runs   Runs // nil: every rollout that is not over runs
	Now    func() time.Time
	Plans  *Plans // nil: no collisions are looked for

	taking sync.Mutex // while a rollout takes its targets
}

// RecordEventsInput is a set of events that belong together. Prose holds what
// people wrote, by the index of its event: it is kept as a blob.
type RecordEventsInput struct {
	Events []evidence.Event `json:"events"`
	Prose  []Prose          `json:"prose,omitempty"`
	// Acted says who brought an event about, and adds what they wrote.
	Acted []Acted `json:"acted,omitempty"`
	// OnlyOpen refuses to add to a subject that is over: the standing is returned instead.
	OnlyOpen bool `json:"only_open,omitempty"`
	// OnlyFree refuses to add while other rollouts are under way on the same
	// targets: they are returned instead.
	OnlyFree *Taking `json:"only_free,omitempty"`
	// Planned has the last event, a submission, say which open changes are planned for
	// the same time.
	Planned *change.Planned `json:"planned,omitempty"`
}

// Prose is text of a person, which may be personal data and so never stands in a record.
type Prose struct {
	Event int    `json:"event"`
	Role  string `json:"role"` // "reason", "comment", "note"
	Text  string `json:"text"`
}

// Acted is an act that was judged before it was recorded, because it must not
// wait for the log. The person is who they are when it is recorded.
type Acted struct {
	Event   int                `json:"event"`
	Inbound compliance.Inbound `json:"inbound"`
}

// Recorded says where events stand. Over is set, and nothing was recorded,
// when the subject was over; Others when other rollouts are in the way.
type Recorded struct {
	Receipts []evidence.Receipt `json:"receipts,omitempty"`
	// Resumed is set, with OnlyOpen, when the subject was on record already and
	// not over: an earlier run of it was ended from outside.
	Resumed bool               `json:"resumed,omitempty"`
	Over    *evidence.Standing `json:"over,omitempty"`
	Others  []patch.Other      `json:"others,omitempty"`
	// Collisions are what a planned submission collides with, as it is on record.
	Collisions []change.Collision `json:"collisions,omitempty"`
}

// Last is the receipt of the last event.
func (r Recorded) Last() evidence.Receipt {
	if len(r.Receipts) == 0 {
		return evidence.Receipt{}
	}
	return r.Receipts[len(r.Receipts)-1]
}

// RecordEvents puts events on record. A crash after the append and before the
// answer repeats it: the same keys give the same receipts.
func (e *Evidence) RecordEvents(ctx context.Context, in RecordEventsInput) (Recorded, error) {
	if len(in.Events) == 0 {
		return Recorded{}, nil
	}
	resumed := false
	if in.OnlyOpen {
		earlier, err := e.earlier(ctx, in.Events[0])
		if err != nil || earlier != nil && earlier.Final {
			return Recorded{Over: earlier}, translate(err)
		}
		resumed = earlier != nil
	}
	for _, p := range in.Prose {
		if err := attach(ctx, e.Blobs, &in.Events[p.Event], p.Role, p.Text); err != nil {
			return Recorded{}, translate(err)
		}
	}
	for _, a := range in.Acted {
		if err := e.acted(ctx, &in.Events[a.Event], a.Inbound); err != nil {
			return Recorded{}, translate(err)
		}
	}
	if err := e.keepRules(ctx, in.Events); err != nil {
		return Recorded{}, translate(err)
	}
	collisions, err := e.collide(ctx, &in)
	if err != nil {
		return Recorded{}, translate(err)
	}
	receipts, inTheWay, err := e.recordIfFree(ctx, in)
	if err != nil || len(inTheWay) > 0 {
		return Recorded{Others: inTheWay}, translate(err)
	}
	out := Recorded{Receipts: receipts, Resumed: resumed, Collisions: collisions}
	e.planned(ctx, in, out.Last().Number)
	done(ctx, "events on record", "number", out.Last().Number, "type", in.Events[len(in.Events)-1].Type, "index", out.Last().Index)
	return out, nil
}

// keepRules keeps the rules that a subject was opened under, with its first
// record, where the step that read them did not: what waits for no record waits for
// no disk. Rules that were edited since are not there to be kept.
func (e *Evidence) keepRules(ctx context.Context, events []evidence.Event) error {
	for _, ev := range events {
		if ev.Series == "" || !ev.Late || ev.Rules == nil || ev.Rules.Hash == "" {
			continue
		}
		now, err := e.Source.Rules(ctx)
		if err != nil || now.Hash != ev.Rules.Hash {
			continue
		}
		if _, err := e.Blobs.Put(ctx, now.Canonical()); err != nil {
			return &compliance.Failure{Class: compliance.Unavailable, Op: "store the rules", Err: err}
		}
	}
	return nil
}

// acted adds to an event who acted and what they wrote.
func (e *Evidence) acted(ctx context.Context, ev *evidence.Event, in compliance.Inbound) error {
	dir, err := People{e.Source}.directory(ctx)
	if err != nil {
		return err
	}
	person, _ := theOne(dir, in.Actor)
	if ev.Actor, err = actor(ctx, e.Blobs, person, in.Actor); err != nil {
		return err
	}
	return written(ctx, e.Blobs, ev, in)
}

// earlier returns the standing that the subject of a run's first event has from
// an earlier run; nil when there was none. The event's key is the run's own, so
// a repeated attempt is told apart from an earlier run: by the record that
// allocated the number, and it finds no end but one that the run itself caused.
func (e *Evidence) earlier(ctx context.Context, first evidence.Event) (*evidence.Standing, error) {
	st, err := e.Log.Standing(ctx, first.Subject)
	switch {
	case errors.Is(err, evidence.ErrNotFound), err == nil && st.Number == "":
		return nil, nil // nothing, or only acts that led nowhere
	case err != nil:
		return nil, recordFailure(err)
	}
	entries, err := e.Log.Records(ctx, first.Subject)
	if err != nil {
		return nil, recordFailure(err)
	}
	allocated := false
	for _, entry := range entries {
		if entry.Record.Key == first.Key {
			if !allocated {
				return nil, nil
			}
			st.Final = false
		}
		allocated = allocated || entry.Record.Series != ""
	}
	return &st, nil
}

// recordFailure gives the log's refusals their class. An event that can never
// be recorded is Invalid; everything else is waited for.
func recordFailure(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	class := compliance.Unavailable
	switch {
	case errors.Is(err, evidence.ErrInvalid), errors.Is(err, evidence.ErrTooLarge), errors.Is(err, evidence.ErrFinal):
		class = compliance.Invalid
	case errors.Is(err, evidence.ErrConflict):
		class = compliance.Conflict
	}
	return &compliance.Failure{Class: class, Op: "put on record", Detail: err.Error(), Err: err}
}
