package alertmanager

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// NewHandler answers POST /alerts/alertmanager: notifications of Alertmanager's
// webhook receiver, and of Grafana's, with a bearer token. The answer is 200
// after every alert is durable and not before; 503 when one could not be made
// durable, and the source sends them all again. The error says what is wrong
// with the configuration.
//
// Alertmanager repeats a notification at every repeat_interval while an alert
// fires: repetitions are normal and no fault.
func NewHandler(cfg Config, dispatcher Dispatcher) (http.Handler, error) {
	cfg = cfg.withDefaults("alertmanager")
	if err := cfg.check(dispatcher); err != nil {
		return nil, err
	}
	return &handler{cfg: cfg, dispatcher: dispatcher, parse: cfg.parseNotification}, nil
}

// notification is what is read of a webhook of version 4.
// https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
type notification struct {
	GroupKey    string  `json:"groupKey"`
	Truncated   int     `json:"truncatedAlerts"`
	ExternalURL string  `json:"externalURL"`
	Alerts      []alert `json:"alerts"`
}

// alert is one alert of it.
type alert struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     instant           `json:"startsAt"`
	EndsAt       instant           `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL"`
	Fingerprint  string            `json:"fingerprint"`
}

// instant is a time of the source. One that cannot be, such as the 30th of
// February or one beyond the year 9999, counts as not given: an alert is not kept
// from paging by its date, and not the others of its notification.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler; it never fails.
func (i *instant) UnmarshalJSON(raw []byte) error {
	var t time.Time
	if json.Unmarshal(raw, &t) == nil && representable(t) {
		i.Time = t
	}
	return nil
}

// The statuses of an alert.
const (
	statusFiring   = "firing"
	statusResolved = "resolved"
)

// parseNotification reads a notification. An alert that cannot be read does not
// spoil the others.
func (c Config) parseNotification(body []byte) ([]compliance.AlertEvent, []string, error) {
	var n notification
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, nil, errors.New("the body is not a notification of version 4: its JSON cannot be read")
	}
	switch {
	case n.Alerts == nil:
		return nil, nil, errors.New("the body is not a notification of version 4: it has no alerts")
	case len(n.Alerts) > maxAlerts:
		return nil, nil, fmt.Errorf("the notification has %d alerts, %d are taken at once: set max_alerts", len(n.Alerts), maxAlerts)
	}
	var events []compliance.AlertEvent
	var invalid []string
	for i, a := range n.Alerts {
		ev, err := c.event(n, a)
		if err != nil {
			invalid = append(invalid, fmt.Sprintf("alert %d of the notification %s", i+1, err))
			continue
		}
		events = append(events, ev)
	}
	return events, invalid, nil
}

func (c Config) event(n notification, a alert) (compliance.AlertEvent, error) {
	switch {
	case a.Status != statusFiring && a.Status != statusResolved:
		return compliance.AlertEvent{}, errors.New("is neither firing nor resolved")
	case len(a.Labels) == 0 && a.Fingerprint == "":
		return compliance.AlertEvent{}, errors.New("has no labels")
	}
	fingerprint := a.Fingerprint
	if fingerprint == "" { // an old version: its labels identify an alert
		fingerprint = digest(flatten(a.Labels)...)
	}
	ev := compliance.AlertEvent{
		Key: incident.DedupKey(fingerprint), Firing: a.Status == statusFiring,
		Severity: a.Labels[c.SeverityLabel], System: first(a.Labels, c.SystemLabels...),
		Title:    firstOf(a.Annotations["summary"], a.Annotations["title"], a.Labels["alertname"], "Alert without a name"),
		Text:     firstOf(a.Annotations["description"], a.Annotations["message"]),
		Link:     firstOf(a.Annotations["runbook_url"], a.GeneratorURL, n.ExternalURL),
		StartsAt: a.StartsAt.Time, EndsAt: a.EndsAt.Time, Truncated: n.Truncated,
	}
	for name, value := range a.Labels { // Bounded puts them in order
		ev.Labels = append(ev.Labels, compliance.Label{Name: name, Value: value})
	}
	ev.Delivery = c.Source + "/" + digest(n.GroupKey, fingerprint, a.StartsAt.UTC().Format(time.RFC3339Nano), a.Status)
	return ev, nil
}

// representable reports whether a time survives being encoded.
func representable(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

// digest names several texts by one; no two lists of texts share theirs.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(incident.DedupKey(texts...)))
	return hex.EncodeToString(sum[:])
}

// flatten lists names and values in order of the names.
func flatten(labels map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, name, labels[name])
	}
	return out
}

func first(labels map[string]string, names ...string) string {
	for _, name := range names {
		if v := labels[name]; v != "" {
			return v
		}
	}
	return ""
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
