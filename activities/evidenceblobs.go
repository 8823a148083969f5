package activities

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

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

// written keeps what a person wrote into a form as blobs of the event.
func written(ctx context.Context, blobs Blobs, ev *evidence.Event, in compliance.Inbound) error {
	for _, role := range []string{"comment", "reason", "note", "document", "compensating"} {
		if err := attach(ctx, blobs, ev, role, in.Answer(role)); err != nil {
			return err
		}
	}
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
