package change

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/gate"
)

// Bypassed is what an emergency goes past. Evidence is never part of it.
type Bypassed struct {
	Approvers []compliance.PersonID `json:"approvers,omitempty"` // asked or to be asked, and not approving
	Levels    []string              `json:"levels,omitempty"`
	Freezes   []string              `json:"freezes,omitempty"`
	// Window is set when the calendar restricts the system and no window was open.
	Window bool `json:"window,omitempty"`
	// Approved is set when the approvals had been given and only the calendar was in the way.
	Approved bool `json:"approved,omitempty"`
	// Gate is the pre-deployment gate where it was open, and Checks are those that had
	// not passed and that no exception excused.
	Gate   string      `json:"gate,omitempty"`
	Checks []gate.Mark `json:"checks,omitempty"`
}

// Bypass says what carrying a change out now goes past: the approvers of its
// levels who have not approved, and what the calendar holds against it from now
// until it would be done.
func Bypass(state State, r Route, votes []Vote, s Schedule, now time.Time, estimate time.Duration) Bypassed {
	b := Bypassed{}.By(state == WaitingWindow, r, votes)
	until := now.Add(max(estimate, time.Second))
	for _, f := range s.Freezes {
		if f.Start.Before(until) && now.Before(f.End) && !slices.Contains(b.Freezes, f.Name) {
			b.Freezes = append(b.Freezes, f.Name)
		}
	}
	b.Window = s.Restricted && !slices.ContainsFunc(s.Windows, func(w NamedInterval) bool { return w.Contains(now) })
	return b
}

// By is what is bypassed, with the approvals as they stand: they may be given, or end,
// while people on call are asked. The votes are those that count.
func (b Bypassed) By(approved bool, r Route, votes []Vote) Bypassed {
	b.Approved, b.Levels, b.Approvers = approved, nil, nil
	for i, l := range r.Levels {
		t := Tally(i+1, l, votes)
		if b.Approved || t.Outcome == Reached {
			continue
		}
		b.Levels = append(b.Levels, l.Name)
		for _, p := range l.Eligible {
			if v := standing(votes, i+1, p); (v == nil || v.Verdict != Approve) && !slices.Contains(b.Approvers, p) {
				b.Approvers = append(b.Approvers, p)
			}
		}
	}
	slices.Sort(b.Approvers)
	return b
}

// Past is what is bypassed, with the gate as it stands: evidence may be handed over,
// become too old, or be excused by an exception while people on call are asked. A
// gate that has no open check is not bypassed.
func (b Bypassed) Past(suite string, findings []gate.Finding) Bypassed {
	b.Gate, b.Checks = "", gate.Marks(gate.Open(findings))
	if len(b.Checks) > 0 {
		b.Gate = suite
	}
	return b
}

// GateText names the gate that is bypassed and its open checks, each with why it is:
// "flows: tests (failed), code review (not given)"; empty where no gate is.
func (b Bypassed) GateText() string {
	if b.Gate == "" {
		return ""
	}
	var checks []string
	for _, m := range b.Checks {
		checks = append(checks, fmt.Sprintf("%s (%s)", m.Check.Name(), strings.ReplaceAll(string(m.Reason), "-", " ")))
	}
	return b.Gate + ": " + strings.Join(checks, ", ")
}
