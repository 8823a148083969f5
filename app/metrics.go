package app

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// measured are the metrics that several roles write to. Each process has one
// registry, which all of its parts register with. Labels are constant words of
// the code and names of the configuration; nothing that a person or a vendor
// wrote becomes one.
type measured struct {
	vendorCalls *prometheus.HistogramVec
	vendorWaits *prometheus.HistogramVec
	failures    *prometheus.CounterVec
}

func newMeasured() measured {
	return measured{
		vendorCalls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "countersign_vendor_request_seconds",
			Help:    "Time of requests to vendors, by operation and class of failure (ok: none).",
			Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15},
		}, []string{"vendor", "op", "class"}),
		vendorWaits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "countersign_vendor_wait_seconds",
			Help:    "Time that requests to vendors waited for their turn under our own limits.",
			Buckets: []float64{0.01, 0.1, 0.5, 1, 2.5, 5},
		}, []string{"vendor"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "countersign_step_failures_total",
			Help: "Attempts of steps that failed, by class; blocked waits for a person who mends a credential, an address or a right.",
		}, []string{"queue", "activity", "class"}),
	}
}

// register adds them to a registry that is new, and what is known of any process.
func (m measured) register(registry *prometheus.Registry) {
	registry.MustRegister(m.vendorCalls, m.vendorWaits, m.failures,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// called observes a request to a vendor.
func (m measured) called(o httpcall.Observation) {
	class := string(o.Class)
	if class == "" {
		class = "ok"
	}
	m.vendorCalls.WithLabelValues(o.Vendor, o.Op, class).Observe(o.Took.Seconds())
	m.vendorWaits.WithLabelValues(o.Vendor).Observe(o.Waited.Seconds())
}

// classLabel keeps the label to the classes there are.
func classLabel(class string) string {
	if slices.Contains(compliance.Classes(), compliance.Class(class)) {
		return class
	}
	return "other"
}
