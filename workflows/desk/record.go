package desk

import (
	"encoding/json"
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Record puts events on record and waits for it without end: nothing is acted
// upon that is not evidence (C35). A record that can never be accepted is a
// fault of ours; it is shown and tried again rather than passed over.
func (d *Desk) Record(ctx workflow.Context, in steps.RecordEventsInput) (steps.Recorded, error) {
	out, err := Outlast(ctx, d, AtEvidence, func(bool) (steps.Recorded, error) { return steps.RecordEvents(ctx, in) })
	if err == nil && len(out.Receipts) > 0 {
		d.Index = out.Last().Index
	}
	return out, err
}

// RecordBehind puts events on record without waiting: for a page, an
// acknowledgement, a resolution, a stand-down and a rollback only (G3). They are
// marked late, appended in order by a coroutine that does not give up, and the
// run does not close before they are in the log. Their keys must be fixed by
// the caller; who acted is looked up when they are appended.
func (d *Desk) RecordBehind(in steps.RecordEventsInput) {
	for i := range in.Events {
		in.Events[i].Late = true
	}
	d.Behind = append(d.Behind, in)
}

func (d *Desk) pendingRecord(ctx workflow.Context) bool {
	err := workflow.Await(ctx, func() bool { return len(d.Behind) > 0 || d.closing })
	return err == nil && ctx.Err() == nil && len(d.Behind) > 0
}

// appendBehind appends what has gathered, oldest first, in one step: while the
// log was away, or is slow, records come faster than steps.
func (d *Desk) appendBehind(ctx workflow.Context) {
	n := min(len(d.Behind), behindAtOnce)
	out, err := d.Record(ctx, gathered(d.Behind[:n], d.Number))
	if err != nil {
		return // cancelled: carried over to the next run
	}
	if d.Number == "" {
		d.Number, d.behind = out.Last().Number, true
	}
	d.Behind = d.Behind[n:]
}

// behindAtOnce bounds the records of one step, far below what the log takes.
const behindAtOnce = 16

// gathered makes one step of several, whose events now carry the number that
// was not known when they were made.
func gathered(behind []steps.RecordEventsInput, number string) steps.RecordEventsInput {
	var out steps.RecordEventsInput
	for _, in := range behind {
		before := len(out.Events)
		out.OnlyOpen = out.OnlyOpen || in.OnlyOpen
		for _, ev := range in.Events {
			if ev.Number == "" && ev.Series == "" {
				ev.Number = number
			}
			out.Events = append(out.Events, ev)
		}
		for _, p := range in.Prose {
			p.Event += before
			out.Prose = append(out.Prose, p)
		}
		for _, a := range in.Acted {
			a.Event += before
			out.Acted = append(out.Acted, a)
		}
	}
	return out
}

// Caught reports whether every record that did not wait is in the log.
func (d *Desk) Caught() bool { return len(d.Behind) == 0 }

// Head is what every record of this run has in common.
func (d *Desk) Head(rules evidence.Rules, zones string) steps.Head {
	owner := d.Owner()
	if owner == d.Number {
		owner = "" // as it nearly always is; histories are paid for by the byte
	}
	return steps.Head{Subject: d.Self, Number: d.Number, Owner: owner, Run: d.Run, Rules: rules, Zones: zones}
}

// Encoded is facts as JSON; facts are plain structs, so encoding cannot fail
// and gives the same bytes in a replay.
//
//workflowcheck:ignore
func Encoded(facts any) json.RawMessage {
	b, err := json.Marshal(facts)
	if err != nil {
		panic(fmt.Sprintf("facts %T cannot be encoded: %v", facts, err))
	}
	return b
}
