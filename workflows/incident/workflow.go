package incident

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
)

// process is one run of an incident, at its desk.
type process struct {
	*desk.Desk
	s State
	// moved counts what happened; the loop looks again after each.
	moved   int
	sending int // pages under way
	owed    int // what the next run could not take up
	staged  string
	alarm   desk.Alarm
	looked  time.Time        // when the loop looked last, for queries, which have no clock
	calm    workflow.Context // of what no operator's cancellation takes away
	work    workflow.Context // of what runs beside the loop; it ends with the run
	rested  time.Time        // when a fresh run was tried in vain
	// The keys of what is to be done whose ticket is being opened, and that is
	// being chased; reading is set while tickets are read.
	opening, chasing []string
	reading          bool
	quiet            bool // nothing new is begun: the run is about to continue as new
}

// Incident calls people until somebody acknowledges, keeps calling when they
// fall silent, and ends only when its review has been accepted and what that
// asked for is done or withdrawn. Whatever the state of log, chat and tracker:
// the next page is sent when it is due.
func Incident(ctx workflow.Context, in Input) error {
	p := begin(ctx, in)
	calm, _ := workflow.NewDisconnectedContext(ctx) // no operator's cancellation takes a page away
	p.calm = calm
	endWork := p.begin()
	if err := p.listen(calm); err != nil {
		return err
	}
	if err := p.open(calm, in); err != nil {
		return err
	}
	var stop func()
	for !p.finished() {
		if err := p.turn(calm); err != nil {
			return err
		}
		if stop == nil { // the first page goes before everything that only shows it
			mirrors := p.Mirror(calm)
			stop = func() { mirrors(); endWork() }
			p.beside("room", p.openRoom)
			p.beside("look-back", p.lookBack)
		}
		seen := p.moved
		err := p.await(ctx, func() bool { return p.moved != seen })
		if temporal.IsCanceledError(err) {
			ctx, err = calm, nil
			p.cancelled(calm)
		}
		if err != nil {
			return err
		}
		if p.resting(calm) && !p.finished() {
			if fresh, err := p.continueAsNew(ctx, calm, stop); fresh || err != nil {
				return err
			}
			endWork, stop = p.begin(), nil
			p.resume(calm)
			if ctx.Err() != nil {
				ctx = calm
				p.cancelled(calm)
			}
		}
	}
	return p.Settle(calm)
}

// begin restores what an earlier run carried over, or starts afresh.
func begin(ctx workflow.Context, in Input) *process {
	p := &process{s: State{Schema: 1}}
	p.s.Early = true
	if in.Carried != nil {
		p.s = *in.Carried
	}
	p.Desk = desk.New(ctx, p, &p.s.Papers, in.Carried != nil)
	return p
}

// listen registers every handler before anything can wait, so that no message
// finds the run deaf.
func (p *process) listen(ctx workflow.Context) error {
	err := p.Listen(ctx, UpdateAcknowledge, UpdateResolve, UpdateReport, UpdateAccept, UpdateRollback, UpdateDecide, UpdateOutcome, UpdateReview, UpdateClose,
		UpdateFinish, UpdateWithdraw, UpdateReassign)
	if err != nil {
		return err
	}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStanding, p.standing, workflow.QueryHandlerOptions{Description: "where the incident stands"}); err != nil {
		return err
	}
	if err := p.offerForms(ctx); err != nil {
		return err
	}
	p.ReceiveTicketEvents(ctx, SignalTicketChanged)
	p.ReceiveActs(ctx, SignalActed)
	p.receiveFacts(ctx)
	return nil
}

// turn does what is due now, page after page, until everything waits.
func (p *process) turn(ctx workflow.Context) error {
	for {
		p.looked = workflow.Now(ctx)
		d := rules.NextPage(p.s.Plan.Policy, p.s.Standing, workflow.Now(ctx))
		if d.Do != rules.Page {
			break
		}
		if err := p.enter(ctx, d); err != nil {
			return err
		}
	}
	p.changeShifts(ctx)
	p.chaseHandover(ctx)
	p.chaseReview(ctx)
	p.followTickets()
	p.followItems(ctx)
	p.stage(ctx)
	return nil
}

// await waits until something moved or the next thing is due.
func (p *process) await(ctx workflow.Context, moved func() bool) error {
	woken := func() bool { return moved() || len(p.Hinted) > 0 || p.resting(ctx) }
	return p.alarm.Until(ctx, p.next(ctx), woken)
}

// next is when to look again at the latest.
func (p *process) next(ctx workflow.Context) time.Time {
	now := workflow.Now(ctx)
	next := now.Add(p.longestLook())
	sooner := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	if d := rules.NextPage(p.s.Plan.Policy, p.s.Standing, now); d.Do != rules.Rest {
		sooner(d.At)
	}
	if p.s.Standing.State.Pages() {
		for _, w := range p.s.Watch {
			sooner(w.Until)
		}
	}
	if h := p.s.Handover; h != nil {
		if reason, at := rules.NextHandover(p.s.Standing, *h, now); reason == rules.HandoverWaits {
			sooner(at)
		}
	}
	if !p.s.Due.IsZero() {
		if reason, at := rules.NextReview(p.s.Standing.State, p.s.Due, p.s.Reminded, now); reason == rules.ReviewWaits {
			sooner(at)
		}
	}
	sooner(p.nextItem(now))
	return next
}

// longestLook is how long an incident is left alone at most. The buttons of its
// card are made anew then, well before they expire.
func (p *process) longestLook() time.Duration {
	if p.s.Standing.State == rules.Closed {
		return rules.FollowFor / 2
	}
	return rules.ButtonFor / 2
}

// finished reports whether nothing is left to follow: the incident is closed and
// everything that its review asked for is done or withdrawn.
func (p *process) finished() bool {
	return p.s.Standing.State.Terminal() && (p.s.Review == nil || p.s.Review.Unfinished() == 0)
}

// ref binds the buttons of the card as it is now.
func (p *process) ref() string {
	if p.s.Standing.State == rules.Closed {
		return rules.FollowBinding(p.s.Standing.ID, p.s.Shown).String()
	}
	return rules.CardBinding(p.s.Standing.ID, p.s.Shown).String()
}

// cancelled answers an operator's request to cancel the run: an incident is
// resolved and reviewed by people, so the request is on record and not heeded.
func (p *process) cancelled(ctx workflow.Context) {
	p.moveBehind(ctx, rules.EventFinding, rules.MovedFacts{
		From: p.s.Standing.State, Detail: "an operator of the engine asked to cancel the run; an incident ends by resolution and review only",
	})
}

// begin makes the context of what runs beside the loop, and returns what ends it.
func (p *process) begin() (end func()) {
	p.work, end = workflow.WithCancel(p.calm)
	return end
}

// beside runs f beside the loop. Where it is cut off because the run continues
// as new, the next one takes it up again (resume).
func (p *process) beside(name string, f func(workflow.Context)) { p.Background(p.work, name, f) }

// owe runs f beside the loop, too, for what the next run could not take up: this
// one does not end before it is over.
func (p *process) owe(name string, f func(workflow.Context)) {
	p.owed++
	p.Background(p.calm, name, func(ctx workflow.Context) {
		defer func() { p.owed-- }()
		f(ctx)
	})
}

// move notes that something happened that the loop has to look at.
func (p *process) move() { p.moved++; p.Show() }
