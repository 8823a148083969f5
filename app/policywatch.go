package app

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/policy"
)

// A broken edit of the policy leaves the last good one in force. That is safe
// for the rules and is not for the directory: whoever has left stays in their
// groups until somebody mends the file. So it is reported like any other alert,
// to the people whom the policy in force names for alerts with this label.
const (
	policyKey   = "policy"
	policyLabel = "about"
	// policySeverity is what the report says; the rules may read it otherwise.
	policySeverity = "warning"
)

const (
	policyLook = 5 * time.Second
	// policyRepeat is how often it is reported while it lasts. Processes may have
	// copies of their own: one that is mended takes back what another says again.
	policyRepeat = 5 * time.Minute
	policySend   = 10 * time.Second
)

// policyMetrics tell of the files as this process sees them, when they are asked for.
func policyMetrics(source *policy.Source) []prometheus.Collector {
	look := func() policy.Problems {
		_, _ = source.Directory(context.Background()) // looks at the files; its only error is the context's
		return source.Trouble()
	}
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_policy_problems",
			Help: "What is wrong with the policy's files and keeps their last edit from being in force; 0 when it is in force.",
		}, func() float64 { return float64(len(look())) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_policy_broken_since_seconds",
			Help: "When the policy's files stopped being in force, as Unix time; 0 while they are.",
		}, func() float64 {
			look()
			if at := source.TroubleSince(); !at.IsZero() {
				return float64(at.Unix())
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "countersign_policy_proposed",
			Help: "1 while the rules in the policy's files are not in force because they change only by a change; else 0.",
		}, func() float64 {
			if look(); source.Proposed() != nil {
				return 1
			}
			return 0
		}),
	}
}

// watchPolicy reports broken edits as an alert, and that they are mended, until
// the context ends. What it reported survives this process, so the first word of
// one whose files are in order takes back what an earlier one said.
func (a *App) watchPolicy(ctx context.Context) error {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return err
	}
	w := policyWatch{source: a.source, send: func(ctx context.Context, ev compliance.AlertEvent) error {
		ctx, cancel := context.WithTimeout(connect.WithCorrelation(ctx, ev.Delivery), policySend)
		defer cancel()
		result, err := gateway.SignalAlert(ctx, engine, compliance.QueueWorkflows, ev.Bounded())
		if err != nil {
			a.log.Error("the state of the policy is not reported", "error", err)
		} else if ev.Firing {
			a.log.Info("broken policy reported", "result", result)
		}
		return err
	}}
	tick := time.NewTicker(policyLook)
	defer tick.Stop()
	for {
		w.look(ctx, time.Now())
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// policyWatch remembers what was reported last.
type policyWatch struct {
	source *policy.Source
	send   func(ctx context.Context, ev compliance.AlertEvent) error
	told   string // the problems that were reported, or that there are none
	at     time.Time
}

// look reports what has changed since the last report, and repeats what lasts.
// What could not be reported is reported at the next look.
func (w *policyWatch) look(ctx context.Context, now time.Time) {
	rules, err := w.source.Rules(ctx)
	if err != nil {
		return
	}
	ev := policyReport(w.source.Trouble(), w.source.TroubleSince(), now)
	if _, routed := rules.RouteAlert(ev); !routed {
		return // the policy calls nobody for anything; the log and the metric tell
	}
	lasts := ev.Firing && now.Sub(w.at) >= policyRepeat
	if ev.Delivery == w.told && !lasts {
		return
	}
	if w.send(ctx, ev) == nil {
		w.told, w.at = ev.Delivery, now
	}
}

// policyReport is the alert for these problems; its end where there are none.
func policyReport(trouble policy.Problems, since, now time.Time) compliance.AlertEvent {
	ev := compliance.AlertEvent{
		Delivery: "policy/in-order", Source: patch.AlertSource, Key: policyKey, Received: now.UTC(),
		Severity: policySeverity, Title: "The policy's last edit is broken and not in force",
		Labels: []compliance.Label{{Name: policyLabel, Value: policyKey}},
	}
	if len(trouble) == 0 {
		ev.EndsAt = now.UTC()
		return ev
	}
	ev.Firing, ev.StartsAt = true, since.UTC()
	ev.Delivery = fmt.Sprintf("policy/%d/%x", since.UnixNano(), sha256.Sum256([]byte(trouble.Error())))
	ev.Text = "What was in force before stays in force, and with it everybody who was in the directory, whoever has left included. " +
		"Mend it; starter policy check says what is wrong in " + strings.Join(places(trouble), ", ") + "."
	return ev
}

// places are where problems are, and not what: what a file says may be about people.
func places(trouble policy.Problems) []string {
	const most = 8
	var lines []string
	for _, p := range trouble[:min(len(trouble), most)] {
		place := p.File
		if p.Line > 0 {
			place = fmt.Sprintf("%s line %d", p.File, p.Line)
		}
		if !slices.Contains(lines, place) {
			lines = append(lines, place)
		}
	}
	if n := len(trouble) - most; n > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", n))
	}
	return lines
}
