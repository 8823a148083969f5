package gateway

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lowcodex/countersign/compliance"
)

// measured holds the gateway's metrics.
type measured struct {
	refused  *prometheus.CounterVec
	acts     *prometheus.CounterVec
	door     *prometheus.CounterVec
	tickets  *prometheus.CounterVec
	alerts   *prometheus.CounterVec
	durable  *prometheus.HistogramVec
	requests *prometheus.HistogramVec
}

// measure registers the metrics; inFlight counts the requests being answered now.
func measure(registry prometheus.Registerer, inFlight func() float64) (measured, error) {
	m := measured{
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_gateway_refused_total",
			Help: "Requests and acts turned away before they reached a process, by vendor or surface and reason.",
		}, []string{"vendor", "reason"}),
		acts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_gateway_acts_total",
			Help: "Acts of people that were routed, by process and outcome.",
		}, []string{"process", "outcome"}),
		door: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_gateway_door_records_total",
			Help: "Authenticated acts that were turned away, by what became of their record (started, limited, unreachable).",
		}, []string{"result"}),
		tickets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_gateway_ticket_events_total",
			Help: "Ticket events, by what became of them.",
		}, []string{"result"}),
		alerts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_gateway_alerts_total",
			Help: "Events of alerts, by what became of them (taken, no-alert, malformed, failed).",
		}, []string{"result"}),
		durable: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "countersign_gateway_durable_seconds",
			Help: "From a verified act to its acceptance in a process's history, by way (update, signal, late).",
			// 2.35 s is the last moment at which an answer still reaches a person.
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, .75, 1, 1.5, 2, 2.35, 3},
		}, []string{"way"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "countersign_gateway_request_seconds",
			Help:    "Time to answer inbound requests, by route and status.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 1.5, 2, 2.5, 3, 5, 10},
		}, []string{"route", "code"}),
	}
	now := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "countersign_gateway_in_flight",
		Help: "Inbound requests being answered now; new ones are refused from 256 on.",
	}, inFlight)
	var errs []error
	for _, c := range []prometheus.Collector{m.refused, m.acts, m.door, m.tickets, m.alerts, m.durable, m.requests, now} {
		errs = append(errs, registry.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return measured{}, fmt.Errorf("gateway: metrics: %w; each Gateway needs a registry of its own", err)
	}
	return m, nil
}

// Count adds a refusal to countersign_gateway_refused_total. Integrations are
// given it as their callback for what they refuse at the door (a bad signature,
// a malformed body). vendor and reason are short constant words; anything else
// is counted as "other", so that what a sender writes never becomes a label.
func (g *Gateway) Count(vendor, reason string) {
	g.measured.refused.WithLabelValues(label(vendor), label(reason)).Inc()
}

// durable observes that an act became durable at an instant.
func (g *Gateway) durable(in compliance.Inbound, way string, at time.Time) {
	g.measured.durable.WithLabelValues(way).Observe(max(at.Sub(in.Received).Seconds(), 0))
}

// label keeps a metric label to a short lower-case word.
func label(s string) string {
	if s == "" || len(s) > 40 {
		return "other"
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return "other"
		}
	}
	return s
}
