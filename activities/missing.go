package activities

import (
	"context"
	"slices"

	"github.com/lowcodex/countersign/compliance/certification"
)

// MissingTrackersInput asks for the next batch after an id, in their order.
type MissingTrackersInput struct {
	After string `json:"after,omitempty"`
	Limit int    `json:"limit"`
}

// MissingTracker is an artefact of the policy that nothing tracks.
type MissingTracker struct {
	Vendor   string `json:"vendor"`
	Artefact string `json:"artefact"`
}

// MissingTrackers is a batch, and whether more may follow it.
type MissingTrackers struct {
	Missing []MissingTracker `json:"missing,omitempty"`
	More    bool             `json:"more,omitempty"`
	// Named is how many artefacts the policy names in all.
	Named int `json:"named"`
}

// ListMissingTrackers compares the policy's artefacts with the trackers that
// run. A tracker that began seconds ago may be listed once more: starting it
// again finds it running.
func (r *Rules) ListMissingTrackers(ctx context.Context, in MissingTrackersInput) (MissingTrackers, error) {
	rules, _, err := r.current(ctx)
	if err != nil {
		return MissingTrackers{}, translate(err)
	}
	running, err := r.Trackers.Running(ctx)
	if err != nil {
		return MissingTrackers{}, translate(err)
	}
	slices.Sort(running)
	var out MissingTrackers
	for _, v := range rules.Assurance().Vendors { // sorted, and so are the artefacts of each
		for _, a := range v.Artefacts {
			out.Named++
			id := certification.SubjectID(v.ID, a.ID)
			if id <= in.After || out.More {
				continue
			}
			if _, found := slices.BinarySearch(running, id); found {
				continue
			}
			if len(out.Missing) == in.Limit {
				out.More = true
				continue
			}
			out.Missing = append(out.Missing, MissingTracker{Vendor: v.ID, Artefact: a.ID})
		}
	}
	return out, nil
}
