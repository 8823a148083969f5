package patch

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	alerts "github.com/lowcodex/countersign/compliance/incident"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/incident"
)

// Raised is the alert of a rollout that is not over. A rollout has one: whatever
// calls for somebody is one incident, and one button there tries all of it again.
type Raised struct {
	rules.Alert
	Since time.Time `json:"since"`
}

// keepCalled mirrors what somebody has to be called about into an alert of the
// incident process, which pages until somebody acknowledges (P7). It never holds
// anything up; the run does not end before the last word is told.
func (p *process) keepCalled(ctx workflow.Context) {
	workflow.GoNamed(ctx, "alert", func(ctx workflow.Context) {
		for workflow.Await(ctx, func() bool { return !p.told() }) == nil {
			p.telling = true
			p.tellAlert(ctx) // one after the other: an end must not overtake its beginning
			p.telling = false
		}
	})
}

// called reports whether the alert says what is so, and has been handed over.
func (p *process) called() bool { return !p.telling && p.told() }

func (p *process) told() bool {
	want, any := p.needed()
	if told := p.s.Alert; told != nil {
		return any && told.Same(want)
	}
	return !any
}

// needed is what somebody has to be called about now.
func (p *process) needed() (rules.Alert, bool) {
	if p.s.Number == "" || p.s.Route == nil {
		return rules.Alert{}, false
	}
	a := rules.Alerting{State: p.s.State, Undone: p.s.Undone}
	if p.s.State == rules.Held {
		a.HeldFor, a.HeldAt, a.Detail = p.s.Reason, p.s.HeldAt, p.s.Detail
	}
	if w := p.s.WayBack; w != nil {
		a.Stuck = w.Pages(p.s.Results)
	}
	for _, t := range p.s.Trouble {
		if t.Surface == AtPlatform {
			a.Platform = t.Text
		}
	}
	if p.s.Alert != nil {
		a.Last = &p.s.Alert.Alert
	}
	return rules.NeedsSomebody(a)
}

// tellAlert raises the alert, says that it became another, or takes it back. The
// state is changed before anything is waited for, so that what happens meanwhile
// is told next; the record follows, because a page does not wait for the log.
func (p *process) tellAlert(ctx workflow.Context) {
	want, any := p.needed()
	now := workflow.Now(ctx)
	since, over := now, rules.Alert{}
	if p.s.Alert != nil {
		since, over = p.s.Alert.Since, p.s.Alert.Alert
	}
	p.s.Alerts++
	ev := p.alertEvent(want, any, since, now)
	id, err := alerts.AlertID(ev.Source, ev.Key)
	facts := rules.AlertedFacts{Alert: want, ID: id, Firing: any}
	if !any {
		facts.Alert = over
		p.s.Alert = nil
	} else {
		p.s.Alert = &Raised{Alert: want, Since: since}
	}
	p.behind(ctx, fmt.Sprintf("alert/%d", p.s.Alerts), rules.EventAlerted, "", facts)
	p.Show()
	key := fmt.Sprintf("alert/%d/page", p.s.Alerts)
	if err == nil {
		err = incident.Raise(ctx, ev)
	}
	if err != nil && any {
		// Somebody is called all the same.
		p.Logger.Error("no alert could be raised; people are paged from here", "alert", id, "error", err)
		p.page(ctx, key, ev)
	}
}

// alertEvent is the alert in the form in which every source reports one.
func (p *process) alertEvent(a rules.Alert, firing bool, since, now time.Time) compliance.AlertEvent {
	ev := compliance.AlertEvent{
		Delivery: fmt.Sprintf("%s/alert/%d", p.Owner(), p.s.Alerts), Source: rules.AlertSource, Key: p.Self, Firing: firing,
		Severity: string(a.Word), System: p.s.Asked.System, Title: alertTitle(p.s, a), Text: alertText(p.s, a), Link: p.s.Link,
		Labels:   []compliance.Label{{Name: "rollout", Value: p.s.Number}, {Name: "targets", Value: strings.Join(a.Targets, " ")}},
		StartsAt: since, Received: now,
	}
	if !firing {
		ev.EndsAt, ev.Labels = now, ev.Labels[:1]
	}
	return ev.Bounded()
}
