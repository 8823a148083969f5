package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// CheckOutcome is what a test suite or a probe came to (P4).
type CheckOutcome = compliance.CheckOutcome

// The four outcomes. Anything else counts as NoData: whatever is not known to
// have passed has not passed.
const (
	Pass   = compliance.CheckPass
	Fail   = compliance.CheckFail   // it ran, and the payload is at fault
	Error  = compliance.CheckError  // it could not be run to its end
	NoData = compliance.CheckNoData // it ran and measured nothing
)

// CheckResult is the last result of one suite or probe on a ring.
type CheckResult struct {
	Suite   string       `json:"suite"`
	Outcome CheckOutcome `json:"outcome"`
	At      time.Time    `json:"at"`
	Detail  string       `json:"detail,omitempty"`
}

// Combine gives the outcome of a ring's tests: a failure outranks an error,
// which outranks missing data, and only a pass of every required suite is a
// pass. A required suite without a result has no data; no suite at all, too.
func Combine(required []string, results []CheckResult) CheckOutcome {
	worst := Pass
	if len(required) == 0 {
		worst = NoData
	}
	got := map[string]bool{}
	for _, r := range results {
		got[r.Suite] = true
		worst = worse(worst, r.Outcome)
	}
	for _, s := range required {
		if !got[s] {
			worst = worse(worst, NoData)
		}
	}
	return worst
}

func worse(a, b CheckOutcome) CheckOutcome {
	rank := func(o CheckOutcome) int {
		switch o {
		case Pass:
			return 0
		case Error:
			return 2
		case Fail:
			return 3
		}
		return 1
	}
	if rank(b) > rank(a) {
		a = b
	}
	if rank(a) == 1 {
		return NoData
	}
	return a
}

// JudgeTests says what follows from a ring's tests after this many attempts
// (from 1) of the allowed number (P4): Proceed to the soak only after a pass;
// RollBack after a failure; Retry after an error, and Hold once the attempts
// are used up; Hold without data, because only a person can tell why.
func JudgeTests(o CheckOutcome, attempt, allowed int) (Move, Reason) {
	switch o {
	case Pass:
		return Proceed, OK
	case Fail:
		return RollBack, TestsFailed
	case Error:
		if attempt < allowed {
			return Retry, TestsErred
		}
		return Hold, TestsErred
	}
	return Hold, TestsNoData
}
