package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// ReassignLevelsInput are levels of a version under review, as they stand, whose
// people are asked for anew.
type ReassignLevelsInput struct {
	Levels      []change.ResolvedLevel `json:"levels"`
	Requester   compliance.PersonID    `json:"requester"`
	Implementer compliance.PersonID    `json:"implementer"`
	Asked       []change.Asker         `json:"asked,omitempty"`
	// Deadline is that of the first level; the others open by it at the latest.
	Deadline time.Time `json:"deadline"`
}

// ReassignedLevels are the levels with the people of now.
type ReassignedLevels struct {
	Levels    []change.ResolvedLevel `json:"levels"`
	Directory string                 `json:"directory"` // its version
}

// ReassignLevels resolves the people of levels by the directory as it is now; the
// quorums stay (C9, C10). It decides nothing: each vote is judged by the directory
// when it arrives.
func (r *Rules) ReassignLevels(ctx context.Context, in ReassignLevelsInput) (ReassignedLevels, error) {
	dir, err := People{r.Source}.directory(ctx)
	if err != nil {
		return ReassignedLevels{}, translate(err)
	}
	now, latest := r.Now(), in.Deadline
	duties := dir.Duties(in.Requester, in.Implementer, in.Asked, now)
	out := ReassignedLevels{Directory: dir.Version}
	for i, l := range in.Levels {
		if i > 0 {
			latest = latest.Add(l.Deadline)
		}
		var external *compliance.Person
		if p, known := dir.Person(l.External); known {
			external = &p
		}
		out.Levels = append(out.Levels, change.Reassigned(l, dir.Roster(l, now, latest), duties, external, latest, now))
	}
	return out, nil
}
