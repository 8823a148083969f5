package app

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// check asks a vendor once whether our credentials are good for what we do there.
type check interface {
	Check(ctx context.Context) error
}

// checkVendors tells operators at the start what would otherwise show with the
// first ticket. A vendor that is down stops nothing: steps wait for it.
func (a *App) checkVendors(ctx context.Context, vendors map[string]check) {
	var all sync.WaitGroup
	for name, vendor := range vendors {
		all.Go(func() {
			if err := vendor.Check(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn("vendor is not ready", "vendor", name, "failure", err)
			}
		})
	}
	all.Wait()
}

// vendorCalls is the histogram of requests to vendors, in seconds.
func vendorCalls() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "countersign_vendor_request_seconds",
		Help:    "Time of requests to vendors, by operation and class of failure (ok: none).",
		Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15},
	}, []string{"vendor", "op", "class"})
}
