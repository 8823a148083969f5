package app

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/gateway"
)

const (
	// countEvery bounds what the engine's visibility is asked: a dozen counts a minute.
	countEvery  = time.Minute
	countWithin = 10 * time.Second
)

// standings are the questions about the processes that run.
func standings(now time.Time) map[string]string {
	return map[string]string{
		"running": "",
		"waiting": fmt.Sprintf(" AND %s IS NOT NULL", compliance.AttributeAwaiting),
		"overdue": fmt.Sprintf(" AND %s < '%s'", compliance.AttributeDue, now.UTC().Format(time.RFC3339)),
	}
}

// countProcesses asks the engine how many processes there are, until the context
// ends. What cannot be counted is not shown, so that no old number passes for a new one.
func (a *App) countProcesses(ctx context.Context) error {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return err
	}
	namespace, err := connect.Namespace(connect.Options{Env: a.cfg.lookup()})
	if err != nil {
		return err
	}
	gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "countersign_processes",
		Help: "Processes that run, those that wait for a person (waiting), and those whose date has passed (overdue); counted once a minute.",
	}, []string{"process", "standing"})
	if err := a.registry.Register(gauge); err != nil {
		return err
	}
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		if err := count(ctx, engine, namespace, time.Now(), gauge); err != nil && ctx.Err() == nil {
			gauge.Reset()
			a.log.Warn("processes were not counted", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func count(ctx context.Context, engine client.Client, namespace string, now time.Time, gauge *prometheus.GaugeVec) error {
	ctx, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	for _, p := range gateway.Processes() {
		for standing, condition := range standings(now) {
			answer, err := engine.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
				Namespace: namespace,
				Query:     fmt.Sprintf("ExecutionStatus = 'Running' AND %s = '%s'%s", compliance.AttributeProcess, p.Name, condition),
			})
			if err != nil {
				return err
			}
			gauge.WithLabelValues(p.Name, standing).Set(float64(answer.GetCount()))
		}
	}
	return nil
}
