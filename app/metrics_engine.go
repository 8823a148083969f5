package app

import (
	"io"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/uber-go/tally/v4"
	tallyprometheus "github.com/uber-go/tally/v4/prometheus"
	"go.temporal.io/sdk/client"
	sdktally "go.temporal.io/sdk/contrib/tally"
)

// sdkBuckets bound the SDK's timers, in seconds: from a task taken at once to
// one that nobody took. Few, because there is a series for each of them and
// each type of activity.
func sdkBuckets() []float64 { return []float64{0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60} }

// sdkMetrics lets the SDK's own metrics (temporal_…) into the process's
// registry, by the bridge that the SDK has for it. Closing it ends its goroutine.
func sdkMetrics(registry *prometheus.Registry, log *slog.Logger) (client.MetricsHandler, io.Closer) {
	reporter := tallyprometheus.NewReporter(tallyprometheus.Options{
		Registerer: registry, DefaultTimerType: tallyprometheus.HistogramTimerType, DefaultHistogramBuckets: sdkBuckets(),
		// By default it panics: a metric less is no reason to end a process.
		OnRegisterError: func(err error) { log.Warn("a metric of the SDK is not exported", "error", err) },
	})
	scope, closer := tally.NewRootScope(tally.ScopeOptions{
		CachedReporter: reporter, Separator: tallyprometheus.DefaultSeparator,
		SanitizeOptions: &sdktally.PrometheusSanitizeOptions, OmitCardinalityMetrics: true,
	}, time.Second)
	return sdktally.NewMetricsHandler(sdktally.NewPrometheusNamingScope(scope)), closer
}
