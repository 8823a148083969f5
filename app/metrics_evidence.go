package app

import (
	"context"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lowcodex/countersign/evidence"
)

// timedLog observes how long records take to be durable, and what became of them.
type timedLog struct {
	*evidence.Log
	took *prometheus.HistogramVec
}

// Append satisfies the port of the activities.
func (l timedLog) Append(ctx context.Context, events []evidence.Event) ([]evidence.Receipt, error) {
	began := time.Now()
	receipts, err := l.Log.Append(ctx, events)
	result := "recorded"
	if err != nil {
		result = "failed"
	}
	l.took.WithLabelValues(result).Observe(time.Since(began).Seconds())
	return receipts, err
}

// measureLog registers the log's metrics and returns the log that is observed.
func (a *App) measureLog(log *evidence.Log) (timedLog, error) {
	timed := timedLog{log, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "countersign_evidence_append_seconds",
		Help:    "Time until records were durable, or were not (failed: refused, or the disk).",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
	}, []string{"result"})}
	if err := a.registry.Register(timed.took); err != nil {
		return timed, err
	}
	return timed, a.registry.Register(newLogState(log, a.cfg.Evidence))
}

// logState tells of the log as it is when it is asked.
type logState struct {
	log *evidence.Log
	dir string

	records, replayed, checkpoint, behind, anchored, anchorBehind, free *prometheus.Desc
}

func newLogState(log *evidence.Log, dir string) *logState {
	return &logState{
		log: log, dir: dir,
		records: prometheus.NewDesc("countersign_evidence_records",
			"Records on the log.", nil, nil),
		replayed: prometheus.NewDesc("countersign_evidence_replayed_records",
			"Records that the index lacked when the log was opened: after a crash, or an index made anew.", nil, nil),
		checkpoint: prometheus.NewDesc("countersign_evidence_checkpoint_records",
			"Records that the published checkpoint covers.", nil, nil),
		behind: prometheus.NewDesc("countersign_evidence_checkpoint_behind_seconds",
			"How long records have been waiting for a checkpoint; 0 when none does.", nil, nil),
		anchored: prometheus.NewDesc("countersign_evidence_anchor_records",
			"Records that the last checkpoint in an anchor directory covers; 0 before this process wrote one.", []string{"anchor"}, nil),
		anchorBehind: prometheus.NewDesc("countersign_evidence_anchor_behind_seconds",
			"How long records have been waiting for an anchor directory; 0 when none does.", []string{"anchor"}, nil),
		free: prometheus.NewDesc("countersign_evidence_free_bytes",
			"Space left on the file system of the evidence directory.", nil, nil),
	}
}

// Describe satisfies Prometheus.
func (s *logState) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.records, s.replayed, s.checkpoint, s.behind, s.anchored, s.anchorBehind, s.free} {
		out <- d
	}
}

// Collect satisfies Prometheus.
func (s *logState) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now := s.log.State()
	gauge(s.records, float64(now.Records))
	gauge(s.replayed, float64(now.Replayed))
	gauge(s.checkpoint, float64(now.Checkpoint.Size))
	gauge(s.behind, now.Checkpoint.Behind.Seconds())
	for dir, p := range now.Anchors {
		gauge(s.anchored, float64(p.Size), dir)
		gauge(s.anchorBehind, p.Behind.Seconds(), dir)
	}
	var fs syscall.Statfs_t
	if syscall.Statfs(s.dir, &fs) == nil {
		gauge(s.free, float64(fs.Bavail)*float64(fs.Bsize))
	}
}
