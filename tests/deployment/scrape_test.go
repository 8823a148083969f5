package deployment

import (
	"net/http"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// scrape reads what the engine and each process of ours that runs export, as
// Prometheus would.
func (s *shape) scrape() map[string]*dto.MetricFamily {
	s.t.Helper()
	all := map[string]*dto.MetricFamily{}
	for name, at := range map[string]string{"temporal": "metrics", "gateway": "gateway", "worker": "worker", "evidence": "evidence"} {
		if !s.running[name].runs() {
			continue
		}
		resp, err := http.Get("http://" + s.ports.at(at) + "/metrics")
		require.NoError(s.t, err, name)
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(resp.Body)
		require.NoError(s.t, err)
		require.NoError(s.t, resp.Body.Close())
		for name, family := range families {
			if was := all[name]; was != nil {
				family.Metric = append(family.Metric, was.Metric...)
			}
			all[name] = family
		}
	}
	return all
}

// await waits until a metric of the engine is above zero where a label has this
// value: alerts are made of it.
func (s *shape) await(metric, label, value string) {
	s.t.Helper()
	s.eventually("temporal", func() bool {
		for _, m := range s.scrape()[metric].GetMetric() {
			if labelsOf(m)[label] == value && m.GetGauge().GetValue()+m.GetCounter().GetValue() > 0 {
				return true
			}
		}
		return false
	})
}

// checkLabels compares what alerts and panels match and group by with the labels
// that the running programs have, and notes which metrics have occurred.
func (s *shape) checkLabels() {
	s.t.Helper()
	families := s.scrape()
	for _, asked := range selectors(s.t) {
		family := families[asked.metric]
		for _, suffix := range suffixes("Histogram") {
			if base, ok := strings.CutSuffix(asked.metric, suffix); ok {
				family = families[base]
			}
		}
		for _, m := range family.GetMetric() {
			has := labelsOf(m)
			s.seen[asked.metric] = true
			for _, label := range asked.labels {
				if !slices.Contains([]string{"le", "job", "instance"}, label) {
					require.Contains(s.t, has, label, "%s: %s", asked.where, asked.metric)
				}
			}
		}
	}
}

func labelsOf(m *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, l := range m.GetLabel() {
		labels[l.GetName()] = l.GetValue()
	}
	return labels
}
