package activities

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

// EvidenceLog is what is needed of the log. Append puts all events on record
// or none; a key that is on record returns its first receipt. Errors wrap the
// sentinels of package evidence.
type EvidenceLog interface {
	Append(ctx context.Context, events []evidence.Event) ([]evidence.Receipt, error)
	Lookup(ctx context.Context, key string) (evidence.Entry, error)
	Standing(ctx context.Context, subject string) (evidence.Standing, error)
}

// Evidence is the capability to put events on record. It runs only in the
// process that holds the log.
type Evidence struct {
	Log    EvidenceLog
	Blobs  Blobs
	Source PolicySource
	Now    func() time.Time
}

// RecordEventsInput is a set of events that belong together. Prose holds what
// people wrote, by the index of its event: it is kept as a blob.
type RecordEventsInput struct {
	Events []evidence.Event `json:"events"`
	Prose  []Prose          `json:"prose,omitempty"`
	// OnlyOpen refuses to add to a subject that is over: the standing is returned instead.
	OnlyOpen bool `json:"only_open,omitempty"`
}

// Prose is text of a person, which may be personal data and so never stands in a record.
type Prose struct {
	Event int    `json:"event"`
	Role  string `json:"role"` // "reason", "comment", "note"
	Text  string `json:"text"`
}

// Recorded says where events stand. Over is set, and nothing was recorded,
// when the subject was over.
type Recorded struct {
	Receipts []evidence.Receipt `json:"receipts,omitempty"`
	Over     *evidence.Standing `json:"over,omitempty"`
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
	if in.OnlyOpen {
		over, err := e.over(ctx, in.Events[0])
		if err != nil || over != nil {
			return Recorded{Over: over}, translate(err)
		}
	}
	for _, p := range in.Prose {
		if err := attach(ctx, e.Blobs, &in.Events[p.Event], p.Role, p.Text); err != nil {
			return Recorded{}, translate(err)
		}
	}
	receipts, err := e.Log.Append(ctx, in.Events)
	if err != nil {
		return Recorded{}, translate(recordFailure(err))
	}
	out := Recorded{Receipts: receipts}
	done(ctx, "events on record", "number", out.Last().Number, "type", in.Events[len(in.Events)-1].Type, "index", out.Last().Index)
	return out, nil
}

// over returns the standing of an event's subject when that is final and the
// event itself is not on record yet.
func (e *Evidence) over(ctx context.Context, ev evidence.Event) (*evidence.Standing, error) {
	st, err := e.Log.Standing(ctx, ev.Subject)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, recordFailure(err)
	}
	if !st.Final {
		return nil, nil
	}
	if _, err := e.Log.Lookup(ctx, ev.Key); err == nil {
		return nil, nil
	} else if !errors.Is(err, evidence.ErrNotFound) {
		return nil, recordFailure(err)
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

// attach keeps text as a blob of the event; empty text is nothing.
func attach(ctx context.Context, blobs Blobs, ev *evidence.Event, role, text string) error {
	if text == "" {
		return nil
	}
	digest, err := blobs.Put(ctx, []byte(text))
	if err != nil {
		return &compliance.Failure{Class: compliance.Unavailable, Op: "store the " + role, Err: err}
	}
	ev.Blobs = append(ev.Blobs, evidence.BlobRef{Role: role, Digest: digest})
	return nil
}

// actor describes who acted without personal data: the snapshot of the person
// as of now is a blob with a salt, so that its digest cannot be guessed from
// what somebody's name and groups may be (E2).
func actor(ctx context.Context, blobs Blobs, person compliance.Person, account compliance.Account) (*evidence.Actor, error) {
	a := &evidence.Actor{Person: string(person.ID), Account: evidence.Account(account)}
	if person.ID == "" {
		return a, nil
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("draw a salt: %w", err)
	}
	snapshot, err := json.Marshal(struct {
		Salt   string            `json:"salt"`
		Person compliance.Person `json:"person"`
	}{hex.EncodeToString(salt), person})
	if err != nil {
		return nil, fmt.Errorf("encode a person: %w", err)
	}
	if a.Snapshot, err = blobs.Put(ctx, snapshot); err != nil {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: "store who acted", Err: err}
	}
	return a, nil
}
