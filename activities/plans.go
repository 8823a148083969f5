package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"go.temporal.io/sdk/activity"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// Plans knows for which times the open changes are planned, so that one that is
// submitted or approved is held against the others without reading them all. It lives
// in the process that holds the log, through which every submission goes, and is read
// from the log when it is first needed.
type Plans struct {
	log EvidenceLog

	mu    sync.Mutex
	known map[string]change.Planned // by subject; nil until it was read
	// begun holds the plans of subjects read so far, nil where one has none: reading a
	// large log may take more than the time of one step, and is then gone on with.
	begun map[string]*change.Planned
	swept int // how many there were when those that are over were last dropped
}

// NewPlans makes the plans of a log; it reads nothing yet.
func NewPlans(log EvidenceLog) *Plans { return &Plans{log: log} }

// beside lists the open changes that a plan collides with, the earliest first. A nil
// receiver knows of none.
func (p *Plans) beside(ctx context.Context, mine change.Planned) ([]change.Collision, error) {
	if p == nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.read(ctx); err != nil {
		return nil, err
	}
	var near []change.Planned
	for _, other := range p.known {
		if _, ok := mine.With(other); ok {
			near = append(near, other)
		}
	}
	slices.SortFunc(near, func(a, b change.Planned) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Subject, b.Subject))
	})
	var found []change.Collision
	for _, other := range near { // many changes may wait for one window: the log is asked about few of them
		over, err := p.over(ctx, other.Subject)
		if err != nil {
			return nil, err
		}
		if over {
			delete(p.known, other.Subject)
			continue
		}
		c, _ := mine.With(other)
		if found = append(found, c); len(found) == change.MaxCollisions {
			break
		}
	}
	return found, nil
}

// keep notes the plan of a version that is on record now, and forgets one that the
// version no longer has.
func (p *Plans) keep(ctx context.Context, subject string, plan *change.Planned) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.known == nil:
		delete(p.begun, subject) // the record has it, and is read when it is needed
	case plan == nil:
		delete(p.known, subject)
	default:
		p.known[subject] = *plan
		p.sweep(ctx)
	}
}

// sweep drops what is over, each time there is twice as much as the last time.
func (p *Plans) sweep(ctx context.Context) {
	const least = 1000
	if len(p.known) < max(2*p.swept, least) {
		return
	}
	for subject := range p.known {
		if over, err := p.over(ctx, subject); err == nil && over {
			delete(p.known, subject)
		}
	}
	p.swept = len(p.known)
}

func (p *Plans) over(ctx context.Context, subject string) (bool, error) {
	st, err := p.log.Standing(ctx, subject)
	if errors.Is(err, evidence.ErrNotFound) {
		return true, nil
	}
	return st.Final, recordFailure(err)
}

// read takes the plans of all open changes from the log, once.
func (p *Plans) read(ctx context.Context) error {
	if p.known != nil {
		return nil
	}
	standings, err := p.log.Standings(ctx, seriesOfChanges)
	if err != nil {
		return recordFailure(err)
	}
	if p.begun == nil {
		p.begun = map[string]*change.Planned{}
	}
	known := map[string]change.Planned{}
	for _, st := range standings {
		if st.Final {
			continue
		}
		plan, done := p.begun[st.Subject]
		if !done {
			entries, err := p.log.Records(ctx, st.Subject)
			if err != nil {
				return recordFailure(err)
			}
			plan = lastPlan(st, entries)
			p.begun[st.Subject] = plan
		}
		if plan != nil {
			known[st.Subject] = *plan
		}
	}
	p.known, p.begun = known, nil
	return nil
}

// lastPlan is when the last version on record is to be carried out; nil for none.
func lastPlan(of evidence.Standing, entries []evidence.Entry) (plan *change.Planned) {
	for _, e := range entries {
		var f change.SubmittedFacts
		if !versioned(e.Record.Type) || json.Unmarshal(e.Record.Facts, &f) != nil {
			continue
		}
		plan = nil
		snapshot := change.Snapshot{System: f.System, Environment: f.Environment, PlannedStart: f.PlannedStart, Duration: f.Duration}
		if of, ok := change.Plan(of.Subject, of.Number, snapshot, f.Implementer); ok && e.Record.Type == change.EventSubmitted {
			plan = &of
		}
	}
	return plan
}

// collide adds to a submission what else is planned for its time. One that is on
// record already, by an attempt that was killed, keeps what it says.
func (e *Evidence) collide(ctx context.Context, in *RecordEventsInput) ([]change.Collision, error) {
	if in.Planned == nil || e.Plans == nil {
		return nil, nil
	}
	ev := &in.Events[len(in.Events)-1]
	if entry, err := e.Log.Lookup(ctx, ev.Key); err == nil {
		facts, err := recall[change.SubmittedFacts](entry)
		return facts.Collisions, err
	}
	found, err := e.Plans.beside(ctx, *in.Planned)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var facts change.SubmittedFacts
	if err := json.Unmarshal(ev.Facts, &facts); err != nil {
		return nil, err
	}
	facts.Collisions = found
	ev.Facts, err = json.Marshal(facts)
	return found, err
}

// planned keeps the plan of a submission that is on record; a version without one
// takes the plan of the version before away.
func (e *Evidence) planned(ctx context.Context, in RecordEventsInput, number string) {
	last := in.Events[len(in.Events)-1]
	if !versioned(last.Type) {
		return
	}
	if in.Planned != nil {
		plan := *in.Planned
		plan.Number = number
		in.Planned = &plan
	}
	e.Plans.keep(ctx, last.Subject, in.Planned)
}

// collisions are what a vote that completes the approval meets. Nobody's vote waits
// for a warning: without an answer there is none.
func (j *Judgement) collisions(ctx context.Context, in JudgeDecisionInput, out JudgedDecision) []change.Collision {
	if in.Planned == nil || !in.Last || out.Outcome != change.Reached {
		return nil
	}
	found, err := j.Plans.beside(ctx, *in.Planned)
	if err != nil {
		activity.GetLogger(ctx).Warn("approved without a look at what else is planned", "number", in.Head.Number, "error", err)
	}
	return found
}

// approvedBeside are the collisions that stand in the record of the approval.
func (j *Judgement) approvedBeside(ctx context.Context, in JudgeDecisionInput) []change.Collision {
	if in.Planned == nil {
		return nil
	}
	entry, err := j.Log.Lookup(ctx, change.VersionKey(in.Head.owner(), in.Version, string(change.Approved)))
	if err != nil {
		return nil
	}
	facts, _ := recall[change.MovedFacts](entry)
	return facts.Collisions
}

// versioned reports whether an event makes a version: one that was refused is planned
// for no time.
func versioned(kind string) bool {
	return kind == change.EventSubmitted || kind == change.EventNotSubmitted
}
