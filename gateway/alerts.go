package gateway

import (
	"context"
	"log/slog"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/workflows/incident"
)

// What became of an alert event, as metric labels.
const (
	alertTaken     = "taken"     // durable in the alert's own process
	alertNoProcess = "no-alert"  // the end of something nobody was told of
	alertMalformed = "malformed" // it names no source or key that can be told apart
	alertFailed    = "failed"    // the engine did not take it: the source sends it again
)

// Alert hands what a source reported to the one process that writes for this
// source and key, and returns once that is durable; deduplication and flap
// window are that process's. A report that it is wrong begins the process where
// there is none; one that it is over only reaches a running one.
//
// An error is a *compliance.Failure: Unavailable when the engine did not take
// the event, and the source must be asked to repeat it; Invalid when no
// repetition can help. The same event may come any number of times.
func (g *Gateway) Alert(ctx context.Context, ev compliance.AlertEvent) error {
	ctx = connect.WithCorrelation(context.WithoutCancel(ctx), short(ev.Source+"/"+ev.Delivery))
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	began := g.now()
	if ev.Received.IsZero() {
		ev.Received = g.now().UTC()
	}
	result, err := g.alert(ctx, ev.Bounded())
	g.measured.alerts.WithLabelValues(result).Inc()
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelError
	}
	g.log.Log(ctx, level, "alert", "source", ev.Source, "delivery", short(ev.Delivery), "firing", ev.Firing, "result", result,
		"error", err, slog.Duration("took", g.now().Sub(began)), "request", requestFrom(ctx))
	return err
}

func (g *Gateway) alert(ctx context.Context, ev compliance.AlertEvent) (result string, fail error) {
	if target := ev.Label(compliance.LabelTarget); target != "" {
		// Before the alert: if the engine takes one and not the other, the source repeats both.
		if err := g.alarm(ctx, ev, target); err != nil {
			g.log.ErrorContext(ctx, "rollouts were not told of an alarm", "target", target, "error", err)
			defer func() {
				if result == alertTaken || result == alertNoProcess {
					result, fail = alertFailed, undelivered(err)
				}
			}()
		}
	}
	return SignalAlert(ctx, g.engine, g.taskQueue, ev)
}

// SignalAlert makes a report durable in the one process that writes for its
// source and key, for the gateway and for what the product reports of itself.
// The result is what became of it, a short word for a metric; errors are as
// those of Gateway.Alert. Received must be set.
func SignalAlert(ctx context.Context, engine client.Client, taskQueue string, ev compliance.AlertEvent) (result string, err error) {
	id, err := rules.AlertID(ev.Source, ev.Key)
	if err != nil {
		return alertMalformed, &compliance.Failure{Class: compliance.Invalid, Op: "take an alert in", Detail: err.Error(), Err: err}
	}
	if !ev.Firing {
		told, err := tell(ctx, engine, id, incident.SignalReported, ev)
		switch {
		case err != nil:
			return alertFailed, err
		case told:
			return alertTaken, nil
		}
		return alertNoProcess, nil
	}
	source, digest, _ := rules.ParseAlertID(id) // made above
	_, err = engine.SignalWithStartWorkflow(ctx, id, incident.SignalReported, ev, client.StartWorkflowOptions{
		ID:                    id,
		TaskQueue:             taskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         ev.Title,
		Priority:              temporal.Priority{PriorityKey: 1},
		TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("alert"),
		),
	}, incident.AlertType, incident.AlertInput{Source: source, Digest: digest})
	if err != nil {
		return alertFailed, undelivered(err)
	}
	return alertTaken, nil
}
