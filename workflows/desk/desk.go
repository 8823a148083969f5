// Package desk is what every process that people deal with has in common. Acts
// come in over two paths and count once; each is judged and put on record
// before it has an effect; a card and a ticket show the state and never hold
// the process up; a failure that lasts is shown to the people waiting; and all
// of it is handed on when the run continues as new. The process decides, the
// desk keeps its promises.
package desk

import (
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Process is what a desk needs of the process it serves. Its methods run in
// workflow code; those without a context must not wait.
type Process interface {
	// Known reports whether it is certain what becomes of the subject: it has
	// its number, or there is nothing to give one to. Acts wait for it.
	Known() bool
	// Knows reports whether the process has an action of this name.
	Knows(action string) bool
	// Immediate reports whether an action waits neither for the log nor for
	// another act (G3): page, acknowledge, resolve, stand-down, rollback.
	Immediate(action string) bool
	// Judge judges an act that was durable at the instant came, whatever it had
	// to wait for since, and applies what is on record. An act that is not
	// Immediate is judged alone. An error ends the run.
	Judge(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error)
	// Unreadable puts on record that a message could not be decoded. It runs alone.
	Unreadable(ctx workflow.Context) error
	// Picture is the card for the present state and the channel it belongs to;
	// false while there is nothing to show.
	Picture() (channel string, card compliance.Card, ok bool)
	// Open is the ticket that the process wants where it has none; false for a
	// process that came from a ticket or wants none now.
	Open() (steps.OpenTicketInput, bool)
}

// Desk is one run's desk. Its coroutines take turns, never run at once.
type Desk struct {
	*Papers
	Self  string // workflow id
	First string // first run id: stands in event keys until there is a number
	Run   string
	// Continued is set for a run that carries on what another one began.
	Continued bool
	// Acting serialises everything that reads the state, waits for a step and
	// then writes the state.
	Acting workflow.Mutex
	Logger log.Logger
	// Hinted are the ticket events not yet followed up.
	Hinted []compliance.TicketEvent
	// Foreign is set when the number is an earlier run's, which is over: this
	// run's records get keys of their own.
	Foreign bool
	// TicketGone is set when the ticket is known to be deleted: nothing more is
	// written to it.
	TicketGone bool

	process Process
	behind  bool // the card is behind the state
	showing bool // the card is being written
	begun   begun
	busy    int // mirrors and other coroutines that the run may not close before
	acts    int // acts that reached the process and are not answered yet
	judging []string
	taken   map[actor][]time.Time // when an account's last acts were taken up
	closing bool                  // mirrors finish what is pending, then end
}

// New makes the desk of a run. The papers are embedded in the process's
// own state, restored when carried says so.
func New(ctx workflow.Context, process Process, papers *Papers, carried bool) *Desk {
	info := workflow.GetInfo(ctx)
	d := &Desk{
		Papers:    papers,
		Self:      info.WorkflowExecution.ID,
		First:     info.FirstRunID,
		Run:       info.WorkflowExecution.RunID,
		Continued: carried,
		Acting:    workflow.NewMutex(ctx),
		Logger:    workflow.GetLogger(ctx),
		process:   process,
		taken:     map[actor][]time.Time{},
	}
	// The engine always names the original; who plays one in tests does not.
	d.Again = d.Again || info.OriginalRunID != "" && info.OriginalRunID != info.WorkflowExecution.RunID
	if carried {
		d.Hinted, d.Hints = d.Hints, nil
		d.behind, d.Unshown = d.Unshown, false
		d.begun = begun{card: d.Posted == nil, notes: len(d.Notes), steps: len(d.Steps)}
	}
	return d
}

// Show says that the card is behind the state.
func (d *Desk) Show() { d.behind = true }

// Owner begins the event keys of this run: the number, or workflow id and first
// run id where there is no number, it came after the first keys, or it belongs
// to an earlier run that is over.
func (d *Desk) Owner() string {
	if d.Number == "" || d.Early || d.Foreign {
		return d.Self + "/" + d.First
	}
	return d.Number + d.Life
}

// Quiet reports whether no act is waiting to be answered.
func (d *Desk) Quiet() bool { return d.acts == 0 }

// Locked runs f while nobody acts.
func (d *Desk) Locked(ctx workflow.Context, f func() error) error {
	if err := d.Acting.Lock(ctx); err != nil {
		return err
	}
	defer d.Acting.Unlock()
	return f()
}

// Background runs f beside the process; the run does not close before it is
// over.
func (d *Desk) Background(ctx workflow.Context, name string, f func(workflow.Context)) {
	d.busy++
	workflow.GoNamed(ctx, name, func(ctx workflow.Context) {
		defer func() { d.busy-- }()
		f(ctx)
	})
}

// Follow follows up what was received, beside the process: once it is known what
// becomes of the subject, and while nobody acts. There is nobody to tell of an error.
func (d *Desk) Follow(ctx workflow.Context, what, key string, f func(workflow.Context) error) {
	d.Background(ctx, what, func(ctx workflow.Context) {
		err := workflow.Await(ctx, d.process.Known)
		if err == nil {
			err = d.Locked(ctx, func() error { return f(ctx) })
		}
		if err != nil {
			d.Logger.Error("not followed up", "what", what, "key", key, "error", err)
		}
	})
}

// Await waits until something moved, the ticket was touched, the run should
// continue as new, or the instant has come; late says that it was the instant.
// A zero instant never comes.
func (d *Desk) Await(ctx workflow.Context, until time.Time, moved func() bool) (late bool, err error) {
	woken := func() bool { return moved() || len(d.Hinted) > 0 || d.ShouldContinue(ctx) }
	if until.IsZero() {
		return false, workflow.Await(ctx, woken)
	}
	wait := until.Sub(workflow.Now(ctx))
	if wait <= 0 {
		return true, nil
	}
	ok, err := workflow.AwaitWithTimeout(ctx, wait, woken)
	return !ok, err
}

// Yield lets every other coroutine run once, so that the messages that came
// with this workflow task have been taken.
func Yield(ctx workflow.Context) error {
	done, set := workflow.NewFuture(ctx)
	workflow.GoNamed(ctx, "yield", func(workflow.Context) { set.Set(nil, nil) })
	return done.Get(ctx, nil)
}

// Hear takes the messages that came with this workflow task and waits until the acts
// among them are answered. It comes before anything that a clock decides: who acted in
// time counts, even when nobody was there to take the act until the time was over.
func (d *Desk) Hear(ctx workflow.Context) error {
	if err := Yield(ctx); err != nil {
		return err
	}
	return workflow.Await(ctx, d.Quiet)
}
