package standin

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/alertmanager/alertmanagertest"
)

// alertsPath is where the gateway takes what Alertmanager sends.
const alertsPath = "/alerts/alertmanager"

// Monitoring is the organisation's monitoring: it notices something, and its
// Alertmanager sends that to the gateway. It is safe for concurrent use.
type Monitoring struct {
	sender *alertmanagertest.Sender
	told   func()
}

func (s *Site) startMonitoring(o Options) error {
	file, err := stateFile(o.Dir, "alerts.json")
	if err != nil {
		return err
	}
	sender, err := alertmanagertest.Open(alertmanagertest.Options{Token: AlertsToken, GroupBy: []string{"alertname", "system"}, SaveTo: file})
	if err != nil {
		return err
	}
	s.Monitoring = &Monitoring{sender: sender, told: o.Changed}
	if s.Monitoring.told == nil {
		s.Monitoring.told = func() {}
	}
	if o.Gateway != "" {
		s.Monitoring.connect(o.Gateway)
	}
	return nil
}

func (m *Monitoring) connect(gateway string) { m.sender.SetURL(gateway + alertsPath) }

// Alert is what monitoring noticed.
type Alert struct {
	Name     string // what is wrong, in a line; with the system it tells alerts apart
	System   string // id in the policy
	Target   string // id of an installation: the alert then takes a rollout to it back
	Severity string // in the words of the source, such as "critical"
	Summary  string
	Since    time.Time
	Over     time.Time // zero while it fires
}

// Fire reports that something is wrong. The error says that the gateway has not
// taken it; Alertmanager then sends it again by itself, here with the next alert.
func (m *Monitoring) Fire(ctx context.Context, a Alert) error {
	annotations := map[string]string{"summary": a.Name}
	if a.Summary != "" {
		annotations["description"] = a.Summary
	}
	m.sender.Fire(a.labels(), annotations, false)
	defer m.told()
	return m.sender.Flush(ctx)
}

// Resolve reports that it is over.
func (m *Monitoring) Resolve(ctx context.Context, a Alert) error {
	m.sender.Resolve(a.labels())
	defer m.told()
	return m.sender.Flush(ctx)
}

func (a Alert) labels() map[string]string {
	l := map[string]string{"alertname": a.Name, "severity": a.Severity}
	if a.System != "" {
		l["system"] = a.System
	}
	if a.Target != "" {
		l[compliance.LabelTarget] = a.Target
	}
	return l
}

// Alerts lists what was noticed, oldest first.
func (m *Monitoring) Alerts() []Alert {
	var out []Alert
	for _, a := range m.sender.Alerts() {
		out = append(out, Alert{
			Name: a.Labels["alertname"], System: a.Labels["system"], Severity: a.Labels["severity"], Target: a.Labels[compliance.LabelTarget],
			Summary: a.Annotations["description"], Since: a.StartsAt, Over: a.EndsAt,
		})
	}
	return out
}
