package activities

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/policy"
)

// Trackers answers for the running trackers of artefacts, by their workflow
// ids. Every error is a *compliance.Failure. The implementation does not retry.
type Trackers interface {
	// Conditions asks a tracker what it asks of changes at the instant now. Gone
	// means that no such tracker runs; Unavailable that it did not answer, which
	// says nothing about cover.
	Conditions(ctx context.Context, id string, now time.Time) ([]certification.Condition, error)
	// Serving lists the running trackers that say that a system rests on their
	// vendor. It may lag by seconds.
	Serving(ctx context.Context, system string) ([]string, error)
	// Running lists the running trackers whose ids come after one; all after "". It
	// may lag by seconds.
	Running(ctx context.Context, after string) ([]string, error)
}

// askedAtOnce bounds how many trackers are asked side by side.
const askedAtOnce = 8

// conditions asks every tracker of the vendors that a system rests on (A9): of
// those that the policy names, and of those that commands began. A tracker that
// the policy names and that does not run is a condition of its own; one that
// does not answer is Unavailable, and the caller tries again: silence is
// neither cover nor the lack of it.
func conditions(ctx context.Context, trackers Trackers, rules *policy.Rules, system string, now time.Time) ([]certification.Condition, error) {
	named := map[string]certification.Condition{} // what holds if it does not run
	var ids, vendors []string
	for _, v := range rules.Vendors() {
		if !slices.Contains(v.Systems, system) {
			continue
		}
		vendors = append(vendors, v.ID)
		for _, a := range v.Artefacts {
			id := certification.SubjectID(v.ID, a.ID)
			named[id] = certification.Untracked(v.ID, a.ID, now)
			ids = append(ids, id)
		}
	}
	beside, err := trackers.Serving(ctx, system)
	if err != nil {
		return nil, err
	}
	for _, id := range beside {
		vendor, artefact, ok := certification.ParseSubjectID(id)
		if v, known := rules.Vendor(vendor); !ok || known && !slices.Contains(v.Systems, system) {
			continue // the policy has the last word on what rests on a vendor it knows
		} else if _, listed := v.Artefact(artefact); listed {
			continue // asked already
		}
		vendors, ids = append(vendors, vendor), append(ids, id)
	}
	all, err := ask(ctx, trackers, ids, named, now)
	return certification.Touching(all, vendors), err
}

// ask puts the question to all of them, several at a time.
func ask(ctx context.Context, trackers Trackers, ids []string, named map[string]certification.Condition, now time.Time) ([]certification.Condition, error) {
	found, errs := make([][]certification.Condition, len(ids)), make([]error, len(ids))
	var all sync.WaitGroup
	slots := make(chan struct{}, askedAtOnce)
	for i, id := range ids {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i], errs[i] = trackers.Conditions(ctx, id, now)
			if compliance.ClassOf(errs[i]) == compliance.Gone {
				errs[i] = nil
				if c, wanted := named[id]; wanted {
					found[i] = []certification.Condition{c}
				}
			}
		})
	}
	all.Wait()
	return slices.Concat(found...), errors.Join(errs...)
}

// touching asks for the conditions with the rules as they are now.
func touching(ctx context.Context, trackers Trackers, source PolicySource, system string, now time.Time) ([]certification.Condition, error) {
	rules, err := source.Rules(ctx)
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: "read the rules", Detail: "see the worker's log", Err: err}
	}
	return conditions(ctx, trackers, rules, system, now)
}

// blocked reports whether one of the conditions stops a start at this instant.
func blocked(conditions []certification.Condition, at time.Time) bool {
	return slices.ContainsFunc(conditions, func(c certification.Condition) bool { return c.Blocks(at) })
}
