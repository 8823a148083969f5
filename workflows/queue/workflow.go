package queue

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/queue"
	"github.com/lowcodex/countersign/workflows/steps"
)

// silence is how often the engine is asked, while somebody waits, whether those that
// are being carried out still run: a run that was ended from outside says nothing.
const silence = time.Hour

// takenAtMost bounds what one run takes before it goes on as a new one.
const takenAtMost = 1000

// line is one run.
type line struct {
	in    Input
	l     rules.Line
	told  map[string]rules.Turn
	words workflow.ReceiveChannel
	asked time.Time // when the engine was asked last
	taken int
}

// Queue keeps one line. What it decides is told to the changes, which record what
// they make of it; it loses nothing in a crash, because it has no memory but its run.
func Queue(ctx workflow.Context, in Input) error {
	q := &line{in: in, told: map[string]rules.Turn{}, words: workflow.GetSignalChannel(ctx, SignalWord)}
	if in.Carried != nil {
		q.l, q.told = in.Carried.Line, in.Carried.Told
	}
	if q.told == nil {
		q.told = map[string]rules.Turn{}
	}
	if err := workflow.SetQueryHandler(ctx, QueryLine, func() (rules.Line, error) { return q.l, nil }); err != nil {
		return err
	}
	if in.Carried == nil {
		if err := q.begin(ctx); err != nil {
			return err
		}
	}
	for {
		q.take(ctx)
		if err := q.move(ctx); err != nil {
			return err
		}
		switch {
		case q.words.Len() > 0:
			continue
		case q.l.Empty():
			return nil // a word that comes in this very moment has the task done again
		case q.taken >= takenAtMost || workflow.GetInfo(ctx).GetContinueAsNewSuggested():
			return workflow.NewContinueAsNewError(ctx, Queue, Input{System: in.System, Environment: in.Environment, Carried: &Carried{Line: q.l, Told: q.told}})
		}
		if err := q.await(ctx); err != nil {
			return err
		}
	}
}

// begin finds those that were begun before there was a line.
func (q *line) begin(ctx workflow.Context) error {
	found, err := steps.Persist(ctx, func(bool) (steps.Underway, error) {
		return steps.FindUnderway(ctx, steps.UnderwayInput{System: q.in.System, Environment: q.in.Environment})
	}, steps.Waiting(ctx, "The engine"))
	for _, c := range found.Changes {
		q.l.Take(rules.Word{Kind: rules.Begin, Subject: c.Subject, Number: c.Number}, workflow.Now(ctx))
	}
	return err
}

// take takes every word that is there, in the order in which they came.
func (q *line) take(ctx workflow.Context) {
	for {
		var w rules.Word
		if !q.words.ReceiveAsync(&w) {
			return
		}
		q.taken++
		q.l.Take(w, workflow.Now(ctx))
		delete(q.told, w.Subject) // it is answered, even where nothing changed
	}
}

// move lets turns pass and gives new ones, and tells whom it concerns. Where somebody
// waits the engine is asked first whether those in front of them still run.
func (q *line) move(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	due := !q.l.Next().IsZero() && !now.Before(q.l.Next())
	if len(q.l.Waiting) > 0 && len(q.l.Holders) >= q.l.Limit && (due || q.asked.IsZero() || now.Sub(q.asked) >= silence) {
		q.asked = now
		var all []string
		for _, h := range q.l.Holders {
			all = append(all, h.Subject)
		}
		gone, err := steps.Persist(ctx, func(bool) (steps.Gone, error) { return steps.FindGone(ctx, steps.GoneInput{Subjects: all}) }, steps.Waiting(ctx, "The engine"))
		if err != nil {
			return err
		}
		q.l.Drop(gone.Subjects)
		q.take(ctx) // words that came meanwhile are older than what follows
		now = workflow.Now(ctx)
	}
	passed := q.l.Pass(now)
	q.l.Grant(now)
	q.tell(ctx, passed)
	return nil
}

// tell tells each change what is new to it, and then whoever carries it out: they ask
// the change, which knows by then. Far behind in the line nobody is told of every step.
func (q *line) tell(ctx workflow.Context, passed []string) {
	now := map[string]rules.Turn{}
	for _, to := range q.l.Turns() {
		subject, t := to.Subject, to.Turn
		t.Passed = slices.Contains(passed, subject)
		last, known := q.told[subject]
		now[subject] = last
		if known && (last.Same(t) || last.Granted == t.Granted && t.Place > rules.Named) {
			continue
		}
		now[subject] = t
		err := workflow.SignalExternalWorkflow(ctx, subject, "", SignalTurn, t).Get(ctx, nil)
		if err != nil { // it is over; the engine says so when it is asked
			workflow.GetLogger(ctx).Warn("a change was not told of its turn", "change", subject, "error", err)
			q.asked = time.Time{}
		}
		if by := q.l.HearerOf(subject); by != "" && err == nil {
			if err := workflow.SignalExternalWorkflow(ctx, by, "", SignalTurn, t).Get(ctx, nil); err != nil { // it asks again by itself
				workflow.GetLogger(ctx).Warn("who carries a change out was not told of its turn", "process", by, "error", err)
			}
		}
	}
	q.told = now
}

// await waits for a word, for a turn to pass, or to ask the engine again.
func (q *line) await(ctx workflow.Context) error {
	next := q.l.Next()
	if look := workflow.Now(ctx).Add(silence); len(q.l.Waiting) > 0 && (next.IsZero() || look.Before(next)) {
		next = look
	}
	if next.IsZero() {
		return workflow.Await(ctx, func() bool { return q.words.Len() > 0 })
	}
	_, err := workflow.AwaitWithTimeout(ctx, max(next.Sub(workflow.Now(ctx)), time.Second), func() bool { return q.words.Len() > 0 })
	return err
}
