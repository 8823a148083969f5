package compliance

import "time"

// SignalHealthAlarm tells a rollout that something outside found a target unwell;
// frozen. Its argument is a HealthAlarm.
const SignalHealthAlarm = "health-alarm"

// LabelTarget is the label by which an alert says that it is about a target of a
// rollout, by the target's id in the policy. Only such an alert takes a rollout
// back by itself (P6): whoever sets it says so.
const LabelTarget = "rollout_target"

// HealthAlarm is what a source of alerts reports about a target. The same may
// arrive several times.
type HealthAlarm struct {
	Key    string    `json:"key"` // of the alert: the same for everything reported about the same
	Target string    `json:"target"`
	Source string    `json:"source"`
	Title  string    `json:"title,omitempty"`
	Over   bool      `json:"over,omitempty"`
	At     time.Time `json:"at"` // UTC
}
