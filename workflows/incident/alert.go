package incident

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// AlertState is all that an alert knows, and what one run hands to the next when
// it continues as new. JSON names are frozen; additions only.
type AlertState struct {
	Schema int `json:"schema"`
	desk.Papers
	Source string              `json:"source"`
	Digest string              `json:"digest"`
	Alert  rules.Alert         `json:"alert"`
	Plan   *steps.IncidentPlan `json:"plan,omitempty"` // as of the last report that was asked for
	// Word and System are the source's own, for which Plan is.
	Word   string `json:"word,omitempty"`
	System string `json:"system,omitempty"`
	// Event is the last report that it is wrong: what the next incident is about.
	Event compliance.AlertEvent `json:"event"`
	News  []news                `json:"news,omitempty"` // not yet looked at
	Left  int                   `json:"left,omitempty"`
	// Told is the count the incident was told last, and when.
	Told   int       `json:"told,omitempty"`
	ToldAt time.Time `json:"told_at,omitzero"`
	// Opened counts the incidents, over all runs of the chain.
	Opened int `json:"opened,omitempty"`
}

// news is one thing that happened to an alert and was not looked at yet.
type news struct {
	Event    *compliance.AlertEvent `json:"event,omitempty"`
	Resolved rules.Token            `json:"resolved,omitempty"`
}

// alert is one run of an alert. It has a desk for its records only: people deal
// with its incident.
type alert struct {
	*desk.Desk
	s     AlertState
	alarm desk.Alarm
}

// Alert is the one writer for an alert's source and key (I2). It folds reports
// of the same into one incident, waits out flapping, and ends when the flap
// window has passed in silence; the next report begins it anew.
func Alert(ctx workflow.Context, in AlertInput) error {
	a := &alert{s: AlertState{Schema: 1, Source: in.Source, Digest: in.Digest}}
	a.s.Early = true
	if in.Event != nil {
		a.s.News = []news{{Event: in.Event}}
	}
	if in.Carried != nil {
		a.s = *in.Carried
	}
	a.Desk = desk.New(ctx, a, &a.s.Papers, in.Carried != nil)
	calm, _ := workflow.NewDisconnectedContext(ctx) // an operator's cancellation takes no page away
	err := workflow.SetQueryHandlerWithOptions(ctx, QueryStanding, a.standing, workflow.QueryHandlerOptions{Description: "where the alert stands"})
	if err != nil {
		return err
	}
	desk.Receive(calm, a.Desk, SignalReported, func(ev compliance.AlertEvent) { a.s.News = append(a.s.News, news{Event: &ev}) })
	desk.Receive(calm, a.Desk, SignalResolved, func(r Resolved) { a.s.News = append(a.s.News, news{Resolved: r.Incident}) })
	if err := desk.Yield(calm); err != nil { // the signal it was started with
		return err
	}
	var stop func()
	for !a.silent() {
		if err := a.look(calm); err != nil {
			return err
		}
		if stop == nil { // the incident goes before its record
			stop = a.Mirror(calm)
		}
		if a.silent() && len(a.s.News) == 0 {
			break
		}
		if err := a.await(calm); err != nil {
			return err
		}
		if a.ShouldContinue(calm) && len(a.s.News) == 0 {
			// Its records are found by their keys: nothing is lost by stopping soon, and
			// a report that comes meanwhile opens its incident that much later.
			drained, err := a.DrainWithin(calm, calm, time.Second, stop)
			if err != nil {
				return err
			}
			if stop = nil; !drained || len(a.s.News) > 0 {
				a.Reopen()
				continue
			}
			a.s.Papers = a.s.Papers.Carried()
			return workflow.NewContinueAsNewError(calm, Alert, AlertInput{Source: in.Source, Digest: in.Digest, Carried: &a.s})
		}
	}
	for {
		if err := a.Settle(calm); err != nil {
			return err
		}
		if len(a.s.News) == 0 {
			return nil
		}
		// It was reported again while the last record was appended: this run is
		// over, so a new one begins with what came.
		return workflow.NewContinueAsNewError(calm, Alert, AlertInput{Source: in.Source, Digest: in.Digest, Carried: a.again()})
	}
}

// silent reports whether nothing is left to watch: it is over, or it was never
// reported to be wrong.
func (a *alert) silent() bool {
	return a.s.Alert.State == rules.Over || a.s.Alert.State == "" && len(a.s.News) == 0
}

// again is the state of a run that begins because an alert that was over is
// reported again.
func (a *alert) again() *AlertState {
	s := a.s
	s.Papers = s.Papers.Carried()
	s.Alert = rules.Alert{Incident: s.Alert.Incident}
	return &s
}

// look takes in what happened, and what became due.
func (a *alert) look(ctx workflow.Context) error {
	for len(a.s.News) > 0 {
		n := a.s.News[0]
		if err := a.take(ctx, n); err != nil {
			return err
		}
		a.s.News = a.s.News[1:]
	}
	if t := a.s.Alert.Flap; !t.IsZero() && !workflow.Now(ctx).Before(t) {
		if err := a.apply(ctx, rules.News{Kind: rules.NewsTimer}, compliance.AlertEvent{}); err != nil {
			return err
		}
	}
	a.count(ctx)
	return nil
}

func (a *alert) await(ctx workflow.Context) error {
	due := a.s.Alert.Flap
	if a.s.Alert.Count > a.s.Told && a.s.Alert.Incident != "" {
		if at := a.s.ToldAt.Add(countEvery); due.IsZero() || at.Before(due) {
			due = at
		}
	}
	woken := func() bool { return len(a.s.News) > 0 || a.ShouldContinue(ctx) }
	return a.alarm.Until(ctx, due, woken)
}

// take looks at one thing that happened.
func (a *alert) take(ctx workflow.Context, n news) error {
	if n.Event == nil {
		return a.apply(ctx, rules.News{Kind: rules.NewsResolved, Incident: n.Resolved}, compliance.AlertEvent{})
	}
	ev := *n.Event
	if !ev.Firing {
		return a.apply(ctx, rules.News{Kind: rules.NewsClear, Began: ev.StartsAt}, ev)
	}
	a.s.Left = max(a.s.Left, ev.Truncated)
	// The rules are asked anew for each incident; in between the same words mean the same.
	if open := a.s.Alert.State == rules.Firing || a.s.Alert.State == rules.Settling; !open || ev.Severity != a.s.Word || a.s.Plan == nil {
		plan, err := desk.Outlast(ctx, a.Desk, desk.AtRules, func(bool) (steps.IncidentPlan, error) {
			return steps.ResolveIncident(ctx, steps.ResolveIncidentInput{Source: a.s.Source, System: ev.System, Severity: ev.Severity, Labels: ev.Labels})
		})
		if err != nil {
			return err
		}
		a.s.Plan, a.s.Word = &plan, ev.Severity
	}
	a.s.Event = ev
	return a.apply(ctx, rules.News{Kind: rules.NewsTrigger, Severity: a.s.Plan.Severity, Began: ev.StartsAt}, ev)
}

// apply lets the rules say what follows, and does it.
func (a *alert) apply(ctx workflow.Context, n rules.News, ev compliance.AlertEvent) error {
	s, now := &a.s, workflow.Now(ctx)
	var flap time.Duration
	if s.Plan != nil {
		flap = s.Plan.Policy.Flap
	}
	was := s.Alert
	next, move := rules.NextAlert(was, n, flap, now)
	s.Alert = next
	switch move.Do {
	case rules.AlertOpen:
		if err := a.open(ctx); err != nil {
			return err
		}
	case rules.AlertRaise:
		a.tell(ctx, Alerted{Severity: next.Severity})
	case rules.AlertResolve:
		a.tell(ctx, Alerted{Cleared: true})
	}
	a.record(ctx, was, n, move, ev)
	return nil
}
