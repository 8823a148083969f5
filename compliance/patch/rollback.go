package patch

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Triggers lists what may start the way back. The set is fixed when a rollout
// starts (P6): nothing is added while it runs.
func Triggers() []Reason { return []Reason{TestsFailed, HealthAlarm, Ordered, ApprovalTimeout} }

// Verified is a state of a target that was verified healthy once, with the
// artifact that brings it back.
type Verified struct {
	Version  string    `json:"version"`
	Digest   string    `json:"digest"`
	Artifact string    `json:"artifact"` // blob digest of the snapshot
	At       time.Time `json:"at"`
	// Withdrawn is set when a later check showed that the state is not healthy:
	// nobody goes back to what is known to be broken.
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// TargetStanding is what the way back needs to know of one target.
type TargetStanding struct {
	Target string `json:"target"`
	Ring   int    `json:"ring"` // from 0
	// Touched is set from the moment before the deployment was asked for: a
	// deployment whose answer was lost may have happened.
	Touched bool `json:"touched"`
	// History holds the states verified in this target, in any order.
	History []Verified `json:"history,omitempty"`
}

// Restore is one step of the way back.
type Restore struct {
	Target string   `json:"target"`
	Ring   int      `json:"ring"`
	To     Verified `json:"to"`
}

// StuckTarget is a target for which there is no step; somebody is paged about it.
type StuckTarget struct {
	Target string `json:"target"`
	Ring   int    `json:"ring"`
	Reason Reason `json:"reason"`
}

// WayBack is the whole of a rollback, decided once. Rings are taken one after the
// other in the order of Steps, the targets of one ring together.
type WayBack struct {
	Trigger Reason        `json:"trigger"`
	Steps   []Restore     `json:"steps"`
	Stuck   []StuckTarget `json:"stuck,omitempty"`
	// Overruled names the freezes in force; Owners are theirs, who are told (P9).
	Overruled []string              `json:"overruled,omitempty"`
	Owners    []compliance.PersonID `json:"freeze_owners,omitempty"`
	// Guarded is set for the first way back of a rollout that was complete: what
	// a target serves by then may be a later rollout's, and is left alone.
	Guarded bool `json:"guarded,omitempty"`
}

// Over lists the contents that a step of this way back may write over: the
// payload, and what the step brings back; nil for any. Once somebody was told
// what else a target serves, one more try writes over that, too.
func (w WayBack) Over(payload string, step Restore) []string {
	if !w.Guarded {
		return nil
	}
	return []string{payload, step.To.Digest}
}

// PlanRollback decides the way back: every touched target, in the reverse of
// the order in which they stand (that of the plan), to the last state verified
// in it that is not the payload (P7). A target without one is stuck: it is left
// as it is and somebody is paged, nothing is guessed. A freeze does not stop it;
// it is named, so that the override is on record (P9). The reason is
// NothingTouched when there is nothing to do, else OK.
func PlanRollback(trigger Reason, payload string, targets []TargetStanding, s change.Schedule, now time.Time) (WayBack, Reason) {
	w := WayBack{Trigger: trigger}
	for i := len(targets) - 1; i >= 0; i-- {
		t := targets[i]
		if !t.Touched {
			continue
		}
		if to, ok := lastVerified(t.History, payload, now); ok {
			w.Steps = append(w.Steps, Restore{t.Target, t.Ring, to})
		} else {
			w.Stuck = append(w.Stuck, StuckTarget{t.Target, t.Ring, NoVerifiedState})
		}
	}
	if len(w.Steps) == 0 && len(w.Stuck) == 0 {
		return WayBack{Trigger: trigger}, NothingTouched
	}
	w.Overruled, w.Owners = freezesAt(s, now)
	return w, OK
}

// lastVerified is the newest usable state: with an artifact, not withdrawn, not
// the payload itself, and not dated in the future.
func lastVerified(history []Verified, payload string, now time.Time) (Verified, bool) {
	var best Verified
	found := false
	for _, v := range history {
		if v.Withdrawn || v.Digest == payload || v.Digest == "" || v.Artifact == "" || v.At.IsZero() || v.At.After(now) {
			continue
		}
		if !found || v.At.After(best.At) {
			best, found = v, true
		}
	}
	return best, found
}

// freezesAt names the freezes that hold now and their owners, each once, in the
// order of the schedule.
func freezesAt(s change.Schedule, now time.Time) (names []string, owners []compliance.PersonID) {
	for _, f := range s.Freezes {
		if !f.Contains(now) {
			continue
		}
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
		if f.Owner != "" && !slices.Contains(owners, f.Owner) {
			owners = append(owners, f.Owner)
		}
	}
	return names, owners
}

// RestoreResult is how a step ended. Verified is set only when the target was
// seen to serve the wanted digest and its checks passed there.
type RestoreResult struct {
	Target   string `json:"target"`
	Verified bool   `json:"verified"`
	// LeftAlone is set when the target served what this rollout did not put there,
	// and nothing was written.
	LeftAlone bool      `json:"left_alone,omitempty"`
	At        time.Time `json:"at"`
	Detail    string    `json:"detail,omitempty"`
}

// BackMove is what the way back does next.
type BackMove string

// The moves of the way back.
const (
	RestoreNext BackMove = "restore" // take the steps given
	EndRestored BackMove = "restored"
	EndStranded BackMove = "stranded" // some target is in no verified state
)

// NextRestores gives the steps that may be taken now, or the end: those of the
// last ring that has any left, in order. They may be under way at once, begun in
// their order: targets of a ring were proven together, and say nothing about each
// other. A ring goes back only when every later one has ended. Every step is
// taken at most once (P7): a failed one is paged about and left, while the others
// still go back. It is stranded at the end when any step failed or any target is
// stuck. A result for something that is no step counts for nothing, the first
// result of a target counts.
func (w WayBack) NextRestores(results []RestoreResult) (BackMove, []Restore) {
	ended := firstResults(results)
	failed := len(w.Stuck) > 0
	var next []Restore
	for _, step := range w.Steps {
		result, done := ended[step.Target]
		if !done && (len(next) == 0 || next[0].Ring == step.Ring) {
			next = append(next, step)
		}
		failed = failed || done && !result.Verified
	}
	switch {
	case len(next) > 0:
		return RestoreNext, next
	case failed:
		return EndStranded, nil
	}
	return EndRestored, nil
}

// Pages lists whom the way back left behind so far, and why: one page each,
// NoVerifiedState at once, RollbackFailed or NotOurs as soon as the step ended. The
// order is that of the steps, so that a page keeps its key.
func (w WayBack) Pages(results []RestoreResult) []StuckTarget {
	ended := firstResults(results)
	out := append([]StuckTarget(nil), w.Stuck...)
	for _, step := range w.Steps {
		if result, done := ended[step.Target]; done && !result.Verified {
			out = append(out, StuckTarget{step.Target, step.Ring, result.Why()})
		}
	}
	return out
}

// Why is the reason for which a step did not bring its target back; OK when it did.
func (r RestoreResult) Why() Reason {
	switch {
	case r.Verified:
		return OK
	case r.LeftAlone:
		return NotOurs
	}
	return RollbackFailed
}

func firstResults(results []RestoreResult) map[string]RestoreResult {
	ended := make(map[string]RestoreResult, len(results))
	for _, r := range results {
		if _, twice := ended[r.Target]; !twice {
			ended[r.Target] = r
		}
	}
	return ended
}
