package incident

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// record puts on record what moved the alert. Reports that only add to the
// count are told with the next one that moves it: a source may repeat itself
// every minute for days.
func (a *alert) record(ctx workflow.Context, was rules.Alert, n rules.News, move rules.AlertMove, ev compliance.AlertEvent) {
	s := &a.s
	if was.State == s.Alert.State && (move.Do == rules.AlertJoin || move.Do == rules.AlertNothing) {
		return
	}
	kind := rules.EventAlertTriggered
	switch {
	case s.Alert.State == rules.Over:
		kind = rules.EventAlertOver
	case s.Alert.State == rules.Settling, s.Alert.State == rules.Watching:
		kind = rules.EventAlertCleared
	}
	s.Sequence++
	facts := rules.AlertFacts{
		Source: s.Source, Digest: s.Digest, Severity: s.Alert.Severity, Began: s.Alert.Began, Received: ev.Received,
		From: was.State, To: s.Alert.State, Reason: move.Reason, Count: s.Alert.Count, Flaps: s.Alert.Flaps, Left: s.Left, Word: s.Word,
	}
	if s.Alert.Incident != "" {
		facts.Incident = s.Alert.Incident.ID()
	}
	if s.Alert.Before != "" {
		facts.Before = s.Alert.Before.ID()
	}
	var of evidence.Rules
	if s.Plan != nil {
		of = s.Plan.Rules
	}
	e := a.Head(of, "").Event(fmt.Sprintf("%s/%s/%d", a.Owner(), n.Kind, s.Sequence), kind, workflow.Now(ctx))
	e.Facts = desk.Encoded(facts)
	a.RecordBehind(steps.RecordEventsInput{Events: one(e)})
}

// standing answers QueryStanding. It reads only.
func (a *alert) standing() (AlertStanding, error) {
	s := a.s.Alert
	out := AlertStanding{Subject: a.Self, State: s.State, Severity: s.Severity, Count: s.Count, Until: s.Flap}
	if s.Incident != "" {
		out.Incident = s.Incident.ID()
	}
	return out, nil
}

// An alert has no card, no ticket and no acts: its incident has them.

// Known is always so.
func (a *alert) Known() bool { return true }

// Knows no action.
func (a *alert) Knows(string) bool { return false }

// Immediate is nothing here.
func (a *alert) Immediate(string) bool { return false }

// Judge is never asked.
func (a *alert) Judge(workflow.Context, compliance.Inbound, time.Time) (compliance.Reply, error) {
	return compliance.Reply{}, nil
}

// Unreadable puts on record that a message could not be decoded.
func (a *alert) Unreadable(ctx workflow.Context) error {
	a.s.Sequence++
	e := a.Head(evidence.Rules{}, "").Event(fmt.Sprintf("%s/unreadable/%d", a.Owner(), a.s.Sequence), rules.EventUnreadable, workflow.Now(ctx))
	e.Facts = desk.Encoded(rules.MovedFacts{Detail: "a message could not be decoded"})
	a.RecordBehind(steps.RecordEventsInput{Events: one(e)})
	return nil
}

// Picture is nothing.
func (a *alert) Picture() (string, compliance.Card, bool) { return "", compliance.Card{}, false }

// Open is nothing.
func (a *alert) Open() (steps.OpenTicketInput, bool) { return steps.OpenTicketInput{}, false }
