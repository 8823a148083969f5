package patch

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/desk"
)

// receiveAlarms takes what a source of alerts found about a target (P6).
func (p *process) receiveAlarms(ctx workflow.Context) {
	desk.Receive(ctx, p.Desk, compliance.SignalHealthAlarm, func(a compliance.HealthAlarm) { p.alarmed(ctx, a) })
}

// alarmed takes an alarm about a target that may serve the payload, once for as
// long as it lasts. The rules say that it takes the rollout back while that moves
// or is held; after the close its own alert calls somebody, who decides. It waits
// for no record. An alarm about a target that was not touched says nothing about
// the payload.
func (p *process) alarmed(ctx workflow.Context, a compliance.HealthAlarm) {
	at := slices.IndexFunc(p.s.Alarms, func(known compliance.HealthAlarm) bool { return known.Key == a.Key && known.Target == a.Target })
	switch {
	case a.Over && at >= 0:
		p.s.Alarms = slices.Delete(p.s.Alarms, at, at+1)
		return
	case a.Over || at >= 0 || a.Key == "" || !p.target(a.Target).Touched:
		return
	}
	p.s.Alarms = append(p.s.Alarms, a)
	ring := p.place(a.Target).Ring
	detail := compliance.Cut(a.Source+": "+a.Title, 300)
	p.behind(ctx, fmt.Sprintf("alarm/%s/%d", rules.KeyOf(a.Key), p.s.Turn), rules.EventAlarmed, "", rules.TargetFacts{Target: a.Target, Ring: ring, Reason: rules.HealthAlarm, Detail: detail})
	p.s.Logged(compliance.Fact{Text: "Alarm about " + a.Target + " (" + detail + ")", At: workflow.Now(ctx)})
	p.s.Turn++
	p.Show()
	if p.s.State == rules.Rolling || p.s.State == rules.Held {
		p.s.Detail = a.Target + ", " + detail
		p.halt()
	}
}

// alarms are those that are open, as the rules take them.
func (s State) alarms() []rules.Alarm {
	var out []rules.Alarm
	for _, a := range s.Alarms {
		for _, t := range s.Targets {
			if t.ID == a.Target && t.Touched {
				out = append(out, rules.Alarm{Ring: t.Ring, Source: a.Source, At: a.At})
			}
		}
	}
	return out
}
