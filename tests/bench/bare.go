package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
)

const (
	bareCommand = "bare-worker"
	bareType    = "Bare"
	bareSignal  = "touched"
	// bareWaitingType waits for an instant first.
	bareWaitingType = "BareWaiting"
	// barePrefix keeps the bare workers' queues apart from the product's.
	barePrefix = "bare-"
)

// note is what the bare workflow's messages and activities carry: one small
// struct in and one out, so that a codec has something to do.
type note struct {
	Key string `json:"key"`
}

// bareRun is the state of one bare workflow.
type bareRun struct {
	s       shape
	after   map[cause][]step
	updated map[int]bool // updates that may return
	reached map[int]bool // activities that were started
	open    int          // activities not finished
	next    int          // update that comes next
}

// bare does what the shape says and nothing else.
func bare(ctx workflow.Context, s shape) error {
	r := &bareRun{s: s, after: map[cause][]step{}, updated: map[int]bool{}, reached: map[int]bool{}}
	for _, one := range s.Steps {
		r.after[one.After] = append(r.after[one.After], one)
	}
	seen := map[string]bool{}
	for _, name := range s.Updates {
		if seen[name] {
			continue
		}
		seen[name] = true
		if err := workflow.SetUpdateHandlerWithOptions(ctx, name, r.update, workflow.UpdateHandlerOptions{
			Validator: func(in note) error {
				if in.Key == "" {
					return errors.New("no key")
				}
				return nil
			},
		}); err != nil {
			return err
		}
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		ch := workflow.GetSignalChannel(ctx, bareSignal)
		for {
			var n note
			ch.Receive(ctx, &n)
			if ctx.Err() != nil {
				return
			}
		}
	})
	r.follow(ctx, cause{Kind: atStart})
	return workflow.Await(ctx, func() bool {
		return len(r.reached) == len(s.Activities) && r.open == 0 && r.next == len(s.Updates) && workflow.AllHandlersFinished(ctx)
	})
}

// update takes its turn, does what follows from it and returns when the shape
// says that it is answered.
func (r *bareRun) update(ctx workflow.Context, _ note) (note, error) {
	n := r.next
	if n >= len(r.s.Updates) {
		return note{}, temporal.NewNonRetryableApplicationError("one update too many", "TooMany", nil)
	}
	r.next++
	if err := workflow.Await(ctx, func() bool { return n == 0 && r.ready() || n > 0 && r.updated[n-1] }); err != nil {
		return note{}, err
	}
	r.follow(ctx, cause{onUpdate, n})
	return note{Key: "recorded"}, workflow.Await(ctx, func() bool { return r.updated[n] })
}

// ready reports whether every activity from before the first update was
// started, as the change takes no act before it has its number.
func (r *bareRun) ready() bool {
	for _, one := range r.s.Steps {
		if one.After.Kind == onUpdate {
			break
		}
		for _, a := range one.Starts {
			if !r.reached[a] {
				return false
			}
		}
	}
	return true
}

// follow does every step that waits for the cause.
func (r *bareRun) follow(ctx workflow.Context, c cause) {
	for _, one := range r.after[c] {
		for range one.Upserts {
			// The same attributes as the product's, or the engine would have less to index.
			if err := workflow.UpsertTypedSearchAttributes(ctx, attributes(c)...); err != nil {
				workflow.GetLogger(ctx).Error("upsert", "error", err)
			}
		}
		for _, n := range one.Completes {
			r.updated[n] = true
		}
		for _, d := range one.Timers {
			workflow.NewTimer(ctx, d)
		}
		for _, a := range one.Starts {
			r.reached[a] = true
			r.open++
			f := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
				TaskQueue: barePrefix + r.s.Activities[a].Queue, StartToCloseTimeout: 20 * time.Second, ScheduleToCloseTimeout: time.Minute,
			}), r.s.Activities[a].Name, note{Key: fmt.Sprintf("activity/%d", a)})
			workflow.Go(ctx, func(ctx workflow.Context) {
				var out note
				if err := f.Get(ctx, &out); err != nil {
					workflow.GetLogger(ctx).Error("activity", "error", err)
				}
				r.open--
				r.follow(ctx, cause{afterActivity, a})
			})
		}
	}
}

func attributes(c cause) []temporal.SearchAttributeUpdate {
	return []temporal.SearchAttributeUpdate{
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("bare"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(c.Kind),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(fmt.Sprintf("BARE-%d", c.N)),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSystem).ValueSet("sandbox"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeEnvironment).ValueSet("sandbox"),
		temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet([]string{"p-001", "p-002"}),
		temporal.NewSearchAttributeKeyTime(compliance.AttributeDue).ValueSet(time.Unix(1800000000, 0)),
	}
}

// serveBare is the program of a bare worker: it serves the named queues until
// it is told to end, with the product's worker options. The shape is a file, not
// an argument of each run, which would make the bare history larger.
func serveBare(shapeFile, queues string) error {
	text, err := os.ReadFile(shapeFile)
	if err != nil {
		return err
	}
	var s shape
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("%s: %w", shapeFile, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := dialBare(ctx, os.LookupEnv, connect.Worker)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, queue := range strings.Split(queues, ",") {
		w := worker.New(c, barePrefix+queue, app.WorkerOptions())
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error { return bare(ctx, s) }, workflow.RegisterOptions{Name: bareType})
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context, due time.Time) error {
			if err := workflow.Sleep(ctx, due.Sub(workflow.Now(ctx))); err != nil {
				return err
			}
			return bare(ctx, s)
		}, workflow.RegisterOptions{Name: bareWaitingType})
		registered := map[string]bool{}
		for _, a := range s.Activities {
			if a.Queue == queue && !registered[a.Name] {
				registered[a.Name] = true
				w.RegisterActivityWithOptions(nothing, activity.RegisterOptions{Name: a.Name})
			}
		}
		if err := w.Start(); err != nil {
			return err
		}
		defer w.Stop()
	}
	<-ctx.Done()
	return nil
}

// nothing is every activity of the bare workflow.
func nothing(_ context.Context, in note) (note, error) { return in, nil }
