package activities

import (
	"context"
	"slices"
	"strings"

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

func (m MissingTracker) id() string { return certification.SubjectID(m.Vendor, m.Artefact) }

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
	running, err := r.Trackers.Running(ctx, in.After)
	if err != nil {
		return MissingTrackers{}, translate(err)
	}
	slices.Sort(running)
	var out MissingTrackers
	var named []MissingTracker
	for _, v := range rules.Vendors() {
		for _, a := range v.Artefacts {
			named = append(named, MissingTracker{Vendor: v.ID, Artefact: a.ID})
		}
	}
	slices.SortFunc(named, func(a, b MissingTracker) int { return strings.Compare(a.id(), b.id()) })
	out.Named = len(named)
	for _, m := range named {
		id := m.id()
		if _, found := slices.BinarySearch(running, id); found || id <= in.After {
			continue
		}
		if len(out.Missing) == in.Limit {
			out.More = true
			break
		}
		out.Missing = append(out.Missing, m)
	}
	return out, nil
}
