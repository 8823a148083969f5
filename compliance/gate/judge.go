package gate

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Suite is the gate that a version of a change has to pass, pinned with its rules.
type Suite struct {
	Name   string     `json:"name"` // of the gate in the policy
	Checks []Required `json:"checks"`
	// Senders are the directory groups whose members may hand evidence over,
	// besides the requester and the implementer.
	Senders []string `json:"senders,omitempty"`
}

// Required is one check of a suite. MaxAge is how old what it looked at may be;
// 0 is any age.
type Required struct {
	Check  Check         `json:"check"`
	MaxAge time.Duration `json:"max_age,omitempty"`
}

// Result is what one check came to.
type Result struct {
	Check   Check                   `json:"check"`
	Outcome compliance.CheckOutcome `json:"outcome"`
	// Artefact is the digest of what it looked at; empty where that was the change
	// and the policy.
	Artefact string `json:"artefact,omitempty"`
	// About is the digest of the artefact attached when that was given.
	About string `json:"about,omitempty"`
	// At is when what it looked at was made, or given where it does not say: what
	// its age counts from. Zero where it has none.
	At     time.Time `json:"at,omitzero"`
	Detail string    `json:"detail,omitempty"` // what decided it, and how to mend it; no content
	Source string    `json:"source,omitempty"` // where it comes from: a file's name, a link
	// Until is when something that it rests on ends, such as an entry of a list; zero
	// when nothing does.
	Until time.Time `json:"until,omitzero"`
}

// Waiver is an exception that lets a check past, as far as this package must know.
type Waiver struct {
	Number string    `json:"number"` // EXC-3
	Until  time.Time `json:"until"`
}

// Finding is where one check of the gate stands at one instant.
type Finding struct {
	Check   Check                   `json:"check"`
	Outcome compliance.CheckOutcome `json:"outcome"`
	// Reason is why the check keeps the gate open; OK when it does not.
	Reason   Reason    `json:"reason,omitempty"`
	Artefact string    `json:"artefact,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Until    time.Time `json:"until,omitzero"` // when a pass becomes too old
	Detail   string    `json:"detail,omitempty"`
	Source   string    `json:"source,omitempty"`
	// Waived is the exception that lets it past though Outcome is no pass.
	Waived *Waiver `json:"waived,omitempty"`
}

// Question is everything the gate of a change is judged by besides the exceptions.
type Question struct {
	Suite       Suite    `json:"suite"`
	Attached    string   `json:"attached,omitempty"` // digest of the artefact
	Results     []Result `json:"results,omitempty"`
	System      string   `json:"system"`
	Environment string   `json:"environment"`
	Number      string   `json:"number,omitempty"` // of the change
}

// Judge says where every check of the suite stands at the instant now. waived
// gives the exception that covers a check then; it is asked only for checks that
// have not passed. A check without a result, with one that is too old, or with one
// about another artefact than the attached has not passed.
func Judge(q Question, waived func(Check) (Waiver, bool), now time.Time) []Finding {
	out := make([]Finding, 0, len(q.Suite.Checks))
	for _, r := range q.Suite.Checks {
		f := q.judge(r, now)
		if f.Reason != OK && waived != nil {
			if w, ok := waived(r.Check); ok && now.Before(w.Until) {
				f.Waived, f.Reason = &w, OK
			}
		}
		out = append(out, f)
	}
	return out
}

func (q Question) judge(r Required, now time.Time) Finding {
	at := slices.IndexFunc(q.Results, func(one Result) bool { return one.Check == r.Check })
	if at < 0 {
		return Finding{Check: r.Check, Outcome: compliance.CheckNoData, Reason: NotGiven}
	}
	one := q.Results[at]
	f := Finding{Check: r.Check, Outcome: one.Outcome, Artefact: one.Artefact, At: one.At, Detail: one.Detail, Source: one.Source}
	if len(r.Check.Parts()) > 0 && one.Artefact != "" && one.About != q.Attached {
		f.Outcome, f.Reason = compliance.CheckNoData, OtherArtefact
		return f
	}
	switch one.Outcome {
	case compliance.CheckPass:
	case compliance.CheckFail:
		f.Reason = Failed
		return f
	case compliance.CheckError:
		f.Reason = Errored
		return f
	default:
		f.Outcome, f.Reason = compliance.CheckNoData, NotGiven
		return f
	}
	f.Until = one.Until
	if r.MaxAge > 0 && (!one.At.IsZero() || one.Artefact != "") { // else it looked at nothing that ages
		if old := one.At.Add(r.MaxAge); f.Until.IsZero() || old.Before(f.Until) {
			f.Until = old
		}
	}
	if !f.Until.IsZero() && !now.Before(f.Until) { // half-open: at that instant it is too old
		f.Outcome, f.Reason = compliance.CheckNoData, Stale
	}
	return f
}

// Open lists the findings that keep the gate open; it is closed when there are none.
func Open(findings []Finding) []Finding {
	var out []Finding
	for _, f := range findings {
		if f.Reason != OK {
			out = append(out, f)
		}
	}
	return out
}
