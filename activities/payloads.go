package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// FindKindsInput names where a payload is to go: a system, and a class of its
// targets where it has several.
type FindKindsInput struct {
	System string `json:"system"`
	Class  string `json:"class,omitempty"`
}

// FoundKinds are the kinds of platforms there, in the order of the policy's targets.
type FoundKinds struct {
	Kinds []string `json:"kinds"`
}

// FindKinds finds which kinds of platforms a payload is for. A system without
// targets is Invalid, with those that have some.
func (r *Rollouts) FindKinds(ctx context.Context, in FindKindsInput) (FoundKinds, error) {
	rules, err := r.Source.Rules(ctx)
	if err != nil {
		return FoundKinds{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err})
	}
	var out FoundKinds
	var known []string
	for _, t := range rules.PatchTargets() {
		if t.System == in.System && (in.Class == "" || t.Class == in.Class) && !slices.Contains(out.Kinds, t.Platform) {
			out.Kinds = append(out.Kinds, t.Platform)
		}
		if of := t.System + " " + t.Class; !slices.Contains(known, of) {
			known = append(known, of)
		}
	}
	if len(out.Kinds) > 0 {
		return out, nil
	}
	slices.Sort(known)
	return FoundKinds{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "find where the payload goes", Detail: fmt.Sprintf(
		"the policy has no targets in the system %.60q of the class %.60q; it has some in: %s", in.System, in.Class, strings.Join(known, ", "))})
}

// StorePayloadInput is a payload as it was given, and the kinds of platforms it is for.
type StorePayloadInput struct {
	Kinds []string `json:"kinds"`
	Data  []byte   `json:"data"`
}

// StoredPayload names what was stored.
type StoredPayload struct {
	Blob string `json:"blob"`
}

// StorePayload keeps a payload under the digest of its bytes, if one of the kinds
// of platforms finds nothing wrong with it by itself: what carries a secret, say,
// is not kept for everybody who may read blobs. What it means to a target is asked
// later.
func (p *Platforms) StorePayload(ctx context.Context, in StorePayloadInput) (StoredPayload, error) {
	const op = "store payload"
	if len(in.Data) == 0 {
		return StoredPayload{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: op, Detail: "it is empty"})
	}
	var problems []compliance.Finding
	for _, kind := range in.Kinds {
		adapter, err := p.of(compliance.Target{ID: in.Kinds[0], Platform: kind})
		if err != nil {
			return StoredPayload{}, translate(err)
		}
		found := adapter.Inspect(in.Data).Problems
		if len(found) == 0 {
			digest, err := p.store(ctx, in.Data, op)
			return StoredPayload{Blob: digest}, translate(err)
		}
		problems = append(problems, found...)
	}
	return StoredPayload{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: op, Detail: findingsText(problems)})
}

// mostFindings bounds what a refusal names.
const mostFindings = 5

func findingsText(list []compliance.Finding) string {
	var all []string
	for _, f := range list[:min(len(list), mostFindings)] {
		all = append(all, strings.TrimPrefix(f.Where+": "+f.Text, ": "))
	}
	if more := len(list) - mostFindings; more > 0 {
		all = append(all, fmt.Sprintf("And %d more.", more))
	}
	return strings.Join(all, " ")
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
