package activities

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lowcodex/countersign/compliance/checkup"
)

// SelfCheck is what every vendor and every part of the installation can do: look
// whether it would work, in the order in which a person sets it up. It changes
// nothing that anybody sees, ends with ctx, and never fails: what it could not
// find out is a check that says so.
type SelfCheck interface {
	Checkup(ctx context.Context) []checkup.Check
}

// Checkups is the capability to look at what one worker is configured with. Every
// queue has its own, because only its workers hold the credentials.
type Checkups struct {
	Of map[string]SelfCheck // by the name of the part
}

// RunCheckupInput names the parts to look at; none: all that the worker has.
type RunCheckupInput struct {
	Parts []string `json:"parts,omitempty"`
}

// checkupWithin bounds one part, so that one that hangs does not hide the others. It
// is over one HTTP call's time-out, and below what the command line waits by default.
const checkupWithin = 20 * time.Second

// RunCheckup looks at the parts at the same time and reports them by their names.
// It may run any number of times.
func (c *Checkups) RunCheckup(ctx context.Context, in RunCheckupInput) (checkup.Report, error) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.Of)) {
		if len(in.Parts) == 0 || slices.Contains(in.Parts, name) {
			names = append(names, name)
		}
	}
	found := make([][]checkup.Check, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, checkupWithin)
			defer cancel()
			found[i] = c.Of[name].Checkup(ctx)
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return checkup.Report{}, err // nobody waits for the answer any more
	}
	return checkup.Report{Checks: slices.Concat(found...)}, nil
}
