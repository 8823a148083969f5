package feed

import (
	"errors"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// The most records of one step, and the most bytes of their facts: the engine takes
// 2 MB in one step, and an advisory may be about hundreds of vulnerabilities.
const (
	atOnce      = 50
	bytesAtOnce = 500_000
)

// settle puts the records into the log, and then does what each asks for. A run that
// dies in between leaves the rest to the next one, which finds it by its place in the log.
func (p *pass) settle(ctx workflow.Context, events []evidence.Event) error {
	for _, batch := range batches(events) {
		out, err := waited(ctx, p, func(bool) (steps.Recorded, error) {
			return steps.RecordEvents(ctx, steps.RecordEventsInput{Events: batch})
		})
		if err != nil {
			return err
		}
		for i, ev := range batch {
			r, err := decoded(ev)
			if err != nil {
				return err
			}
			r.Index = out.Receipts[i].Index
			if err := p.follow(ctx, r); err != nil {
				return err
			}
			p.s.Done = max(p.s.Done, r.Index+1)
		}
	}
	return nil
}

// batches cuts the records into steps.
func batches(events []evidence.Event) [][]evidence.Event {
	var out [][]evidence.Event
	size := 0
	for _, ev := range events {
		if last := len(out) - 1; last >= 0 && len(out[last]) < atOnce && size+len(ev.Facts) <= bytesAtOnce {
			out[last], size = append(out[last], ev), size+len(ev.Facts)
			continue
		}
		out, size = append(out, []evidence.Event{ev}), len(ev.Facts)
	}
	return out
}

// follow does what a record asks for. Doing it twice is doing it once: rollouts have
// ids, news has keys, and so have cards.
func (p *pass) follow(ctx workflow.Context, r steps.FeedRecord) error {
	switch {
	case r.Feed != nil:
		p.report(r)
		if r.Feed.Turn > 0 {
			p.alert(ctx, r)
		}
		return ctx.Err()
	case r.Advised == nil:
		return nil
	}
	switch r.Advised.Kind {
	case rules.OpenRollout:
		return p.open(ctx, *r.Advised)
	case rules.InformRollout:
		return p.inform(ctx, r)
	case rules.AfterRollout:
		p.report(r)
	}
	return nil
}

// open begins a rollout, which outlives the run. One that is on record has begun,
// and may be over: it is never begun again.
func (p *pass) open(ctx workflow.Context, f rules.AdvisedFacts) error {
	if slices.ContainsFunc(p.past.Advised, func(k rules.Advised) bool { return k.Rollout == f.Rollout && k.Number != "" }) {
		return nil
	}
	_, err := steps.Begin(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            f.Rollout,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:         compliance.Cut(f.Document, 60) + " in " + f.System,
	}, patch.Type, patch.Input{Asked: patch.Asked{
		System: f.System, Class: f.Class, Advisory: f.Document, Revision: f.Revision, Vulnerabilities: f.Vulnerabilities,
	}})
	return err
}

// inform tells a rollout what became known. One that ended in between cannot learn it
// any more, and it is on record as said: people are told in its place.
func (p *pass) inform(ctx workflow.Context, r steps.FeedRecord) error {
	f := *r.Advised
	err := workflow.SignalExternalWorkflow(ctx, f.Rollout, "", patch.SignalInformed, patch.News{Key: r.Key, Vulnerabilities: f.Vulnerabilities}).Get(ctx, nil)
	var gone *temporal.UnknownExternalWorkflowExecutionError
	if errors.As(err, &gone) {
		p.log.Warn("a rollout was not there to be informed", "rollout", f.Rollout)
		p.report(r)
		return nil
	}
	return err
}
