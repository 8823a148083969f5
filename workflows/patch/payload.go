package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/workflows/steps"
)

// MaxPayload bounds a payload that is given as a file, in bytes: it passes through
// the engine once.
const MaxPayload = 1 << 20

// PayloadInput says where a payload comes from: either From or Data.
type PayloadInput struct {
	// From is a place of the policy from which it is taken as it is there now.
	From string `json:"from,omitempty"`
	Data []byte `json:"data,omitempty"` // a file's content
	// System and Class say where a file's content is to go; the class may be left out.
	System string `json:"system,omitempty"`
	Class  string `json:"class,omitempty"`
}

// PayloadResult names what was stored.
type PayloadResult struct {
	Blob string `json:"blob"` // "sha256:" and 64 hex digits
	// Content is the digest of what it means to its platform, where the platform was asked.
	Content string `json:"content,omitempty"`
	// Version is the platform's own name of it, where it has one.
	Version string `json:"version,omitempty"`
}

// Payload stores a payload, so that the histories of rollouts hold references
// only. A file is looked at before it is kept. Its id is the content's digest or the client's, so storing twice is storing once.
func Payload(ctx workflow.Context, in PayloadInput) (PayloadResult, error) {
	if in.From == "" {
		found, err := steps.Persist(ctx, func(bool) (steps.FoundKinds, error) {
			return steps.FindKinds(ctx, steps.FindKindsInput{System: in.System, Class: in.Class})
		}, steps.Waiting(ctx, "It"))
		if err != nil {
			return PayloadResult{}, err
		}
		return steps.Persist(ctx, func(bool) (PayloadResult, error) {
			stored, err := steps.StorePayload(ctx, steps.StorePayloadInput{Kinds: found.Kinds, Data: in.Data})
			return PayloadResult{Blob: stored.Blob}, err
		}, steps.Waiting(ctx, "It"))
	}
	place, err := steps.Persist(ctx, func(bool) (steps.FoundPlace, error) {
		return steps.FindPlace(ctx, steps.FindPlaceInput{ID: in.From})
	}, steps.Waiting(ctx, "It"))
	if err != nil {
		return PayloadResult{}, err
	}
	return steps.Persist(ctx, func(bool) (PayloadResult, error) {
		snap, err := steps.SnapshotTarget(ctx, steps.SnapshotTargetInput{Target: place.Place})
		return PayloadResult{Blob: snap.Artifact.Blob, Content: snap.Artifact.Content, Version: snap.Artifact.Version}, err
	}, steps.Waiting(ctx, "It"))
}
