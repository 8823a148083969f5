package alertmanagertest

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// payload is a notification of version 4.
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
func (s *Sender) payload(key string, alerts []*Alert) map[string]any {
	truncated := 0
	if s.o.MaxAlerts > 0 && len(alerts) > s.o.MaxAlerts {
		truncated = len(alerts) - s.o.MaxAlerts
		alerts = alerts[:s.o.MaxAlerts]
	}
	status, list := "resolved", make([]map[string]any, 0, len(alerts))
	labels, annotations := []map[string]string{}, []map[string]string{}
	for _, a := range alerts {
		one := "resolved"
		if a.EndsAt.IsZero() {
			status, one = "firing", "firing"
		}
		list = append(list, map[string]any{
			"status": one, "labels": a.Labels, "annotations": a.Annotations, "startsAt": a.StartsAt.Format(time.RFC3339Nano),
			"endsAt": a.EndsAt.Format(time.RFC3339Nano), "generatorURL": "http://prometheus.example.org:9090/graph", "fingerprint": Fingerprint(a.Labels),
		})
		labels, annotations = append(labels, a.Labels), append(annotations, a.Annotations)
	}
	grouped := map[string]string{}
	for _, name := range s.o.GroupBy {
		if v, ok := alerts[0].Labels[name]; ok {
			grouped[name] = v
		}
	}
	return map[string]any{
		"version": "4", "groupKey": key, "truncatedAlerts": truncated, "status": status, "receiver": "countersign",
		"groupLabels": grouped, "commonLabels": common(labels), "commonAnnotations": common(annotations),
		"externalURL": "http://alertmanager.example.org:9093", "alerts": list,
	}
}

// common is what all of them say.
func common(all []map[string]string) map[string]string {
	out := maps.Clone(all[0])
	for _, m := range all[1:] {
		maps.DeleteFunc(out, func(name, value string) bool { return m[name] != value })
	}
	if out == nil {
		out = map[string]string{}
	}
	return out
}

// Fingerprint is Prometheus's identifier of a set of labels: FNV-1a of 64 bits
// over the names and values in order, each followed by a byte of ones.
func Fingerprint(labels map[string]string) string {
	const offset, prime = 14695981039346656037, 1099511628211
	sum := uint64(offset)
	add := func(text string) {
		for _, b := range []byte(text + "\xff") {
			sum = (sum ^ uint64(b)) * prime
		}
	}
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		add(name)
		add(labels[name])
	}
	return fmt.Sprintf("%016x", sum)
}
