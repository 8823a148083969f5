package compliance

import "time"

// CheckOutcome is what a test suite or a probe came to.
type CheckOutcome string

// The four outcomes. Anything else counts as CheckNoData: whatever is not known
// to have passed has not passed.
const (
	CheckPass   CheckOutcome = "pass"
	CheckFail   CheckOutcome = "fail"    // it ran, and what it tested is at fault
	CheckError  CheckOutcome = "error"   // it could not be run to its end
	CheckNoData CheckOutcome = "no_data" // it ran and measured nothing
)

// CheckReport is the result of one suite or probe on one target.
type CheckReport struct {
	Check   string       `json:"check"` // the suite's or probe's name
	Outcome CheckOutcome `json:"outcome"`
	At      time.Time    `json:"at"` // when it ended, UTC
	// Detail says on one line what decided the outcome; never a body or a secret.
	Detail string `json:"detail,omitempty"`
	// Content is what the target served from the beginning to the end of the
	// check, as Artifact.Content; empty when it changed meanwhile or nobody knows.
	Content string `json:"content,omitempty"`
	Cases   int    `json:"cases"`
	// Report is the digest of the stored report with every case.
	Report string `json:"report,omitempty"`
}

// CaseResult is how one case of a suite, or one step of a probe, ended.
type CaseResult struct {
	Name    string       `json:"name"`
	Outcome CheckOutcome `json:"outcome"`
	// Late marks an error that is a missing answer: the case reached the target
	// and heard nothing in time. On a target that is otherwise well this is the
	// fault of what was tested.
	Late   bool          `json:"late,omitempty"`
	Status int           `json:"status,omitempty"` // HTTP status, where there is one
	Took   time.Duration `json:"took"`             // nanoseconds
	// Detail says what differs from what was expected; one line, no body.
	Detail string `json:"detail,omitempty"`
}

// JudgeCases gives the outcome of the cases of a check and what decided it. well
// says whether the target was well after them. A failure outranks an error; of
// wanted cases every one must have a result. A late answer is a failure on a
// target that is well and an error on one that is not. No case is no data.
func JudgeCases(wanted int, results []CaseResult, well bool) (CheckOutcome, string) {
	if wanted == 0 {
		return CheckNoData, "the check has no cases"
	}
	first := map[CheckOutcome]string{}
	for _, r := range results {
		outcome := r.Outcome
		switch {
		case r.Late && well:
			outcome = CheckFail
		case outcome != CheckPass && outcome != CheckFail && outcome != CheckError:
			outcome = CheckNoData
		}
		if _, seen := first[outcome]; !seen {
			first[outcome] = r.Name + ": " + r.Detail
		}
	}
	for _, o := range []CheckOutcome{CheckFail, CheckError, CheckNoData} {
		if detail, ok := first[o]; ok {
			return o, detail
		}
	}
	if len(results) < wanted {
		return CheckError, "the check ended before its last case"
	}
	return CheckPass, ""
}

// ProbeRun is what a write probe did: its steps in order, and the content of
// the target before and after, each without anything that probes left there.
type ProbeRun struct {
	Steps  []CaseResult
	Wanted int // how many steps a whole probe has
	Before string
	After  string
	// Left is set when something of the probe could not be taken away again.
	Left bool
}
