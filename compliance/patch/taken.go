package patch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Course is what the log says of one rollout that is not over.
type Course struct {
	Number  string
	Subject string // workflow id
	State   State
	// Begun is set from the record that its first ring starts: only then does it
	// move onto its targets, and from then on onto all of its plan.
	Begun   bool
	Targets []string // of its whole plan
}

// Other is a rollout that is under way on targets of another one.
type Other struct {
	Number  string   `json:"number"`
	Subject string   `json:"subject"`
	State   State    `json:"state"`
	Targets []string `json:"targets"` // that both have
}

// AtRest reports whether it moves nothing any more before a person decides: what
// to do about its targets may be another rollout.
func (o Other) AtRest() bool { return o.State == Stranded }

// InTheWay lists the rollouts that a rollout of these targets may not begin a ring
// beside: those that have begun and are neither over nor only watching. One that
// waits for its payload, its approval or its calendar has taken nothing. Those in
// passed are left out while they are at rest: a person said to go on beside them.
func InTheWay(subject string, targets []string, all []Course, passed []string) []Other {
	var out []Other
	for _, c := range all {
		if c.Subject == subject || !c.Begun || !UnderWay(c.State) {
			continue
		}
		o := Other{Number: c.Number, Subject: c.Subject, State: c.State}
		for _, t := range c.Targets {
			if slices.Contains(targets, t) {
				o.Targets = append(o.Targets, t)
			}
		}
		if len(o.Targets) > 0 && !(o.AtRest() && slices.Contains(passed, o.Number)) {
			out = append(out, o)
		}
	}
	return out
}

// UnderWay reports whether a rollout that has begun and stands like this keeps its
// targets.
func UnderWay(s State) bool {
	switch s {
	case Rolling, Held, Reverting, Stranded:
		return true
	}
	return false
}

// mostNamed bounds the targets that a text names.
const mostNamed = 3

// TakenText names the rollouts that are in the way, for people.
func TakenText(others []Other) string {
	var all []string
	for _, o := range others {
		names := strings.Join(o.Targets[:min(len(o.Targets), mostNamed)], ", ")
		if more := len(o.Targets) - mostNamed; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		all = append(all, fmt.Sprintf("%s (%s) on %s", o.Number, strings.ReplaceAll(string(o.State), "_", " "), names))
	}
	return strings.Join(all, "; ")
}

// NextLookElsewhere is the wait before a held rollout looks again whether what
// holds it is over elsewhere, after this many looks: a minute at first, then twice
// as long each time, at most half an hour.
func NextLookElsewhere(looks int) time.Duration {
	return min(time.Minute<<min(looks, 5), 30*time.Minute)
}

// WaitsElsewhere reports whether a halt for this reason ends by itself: what holds
// the rollout is another one's.
func WaitsElsewhere(r Reason) bool { return r == PayloadBarred || r == TargetsTaken }
