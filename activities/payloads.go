package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// StorePayloadInput is a payload as it was given.
type StorePayloadInput struct {
	Data []byte `json:"data"`
}

// StoredPayload names what was stored.
type StoredPayload struct {
	Blob string `json:"blob"`
}

// StorePayload keeps a payload under the digest of its bytes. Nobody looked at
// what it means yet.
func (r *Rollouts) StorePayload(ctx context.Context, in StorePayloadInput) (StoredPayload, error) {
	if len(in.Data) == 0 {
		return StoredPayload{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "store payload", Detail: "it is empty"})
	}
	digest, err := r.Blobs.Put(ctx, in.Data)
	if err != nil {
		return StoredPayload{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "store payload", Err: err})
	}
	return StoredPayload{Blob: digest}, nil
}

// FindPlaceInput names a place or a target of the policy.
type FindPlaceInput struct {
	ID string `json:"id"`
}

// FoundPlace is how it is reached.
type FoundPlace struct {
	Place compliance.Target `json:"place"`
}

// FindPlace finds a place from which payloads are taken. A name that is none is
// Invalid, with those that are.
func (r *Rollouts) FindPlace(ctx context.Context, in FindPlaceInput) (FoundPlace, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return FoundPlace{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	var known []string
	for _, of := range rules.Rollouts() {
		for _, p := range rules.PatchPlaces(of, policy.PlaceSource) {
			if p.ID == in.ID {
				return FoundPlace{Place: p.Place()}, nil
			}
			known = append(known, p.ID)
		}
	}
	slices.Sort(known)
	return FoundPlace{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "find the source of a payload", Detail: fmt.Sprintf(
		"the policy has no place %.60q with use: source; it has: %s", in.ID, strings.Join(known, ", "))})
}
