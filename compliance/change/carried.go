package change

import "time"

// Approval is what a change tells the process that carries it out, whenever the
// approval or the execution moves. JSON names are frozen.
type Approval struct {
	Number  string       `json:"number,omitempty"`
	State   State        `json:"state"`
	Review  VersionState `json:"review,omitempty"`
	Version int          `json:"version,omitempty"`
	// Plan is the digest of the approved plan's text, as PlanDigest gives it.
	Plan    string    `json:"plan,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	// Reason is why the approval ended or a start was refused; OK otherwise.
	Reason Reason `json:"reason,omitempty"`
	// Request is the key of the report that this answers; empty otherwise.
	Request string `json:"request,omitempty"`
	// Ticket is the tracker's key, for people.
	Ticket string `json:"ticket,omitempty"`
}

// Given reports whether the approval stands.
func (a Approval) Given() bool {
	return a.Review == Approved && (a.State == WaitingWindow || a.State == Executing)
}

// Report is what the process that carries a change out tells it. JSON names are frozen.
type Report struct {
	// Key tells reports apart over repetitions; it is part of the event key.
	Key string `json:"key"`
	// Result is Executing to start, then Verifying (carried out), RolledBack or
	// Failed; or WithdrawnChange, when it will never be carried out.
	Result State     `json:"result"`
	At     time.Time `json:"at"`
	// Note says in a line what was done, with the number of the rollout. No personal data.
	Note string `json:"note,omitempty"`
}

// PlanDigest is the digest by which an approval names the text of a plan: that of
// the field in a snapshot.
func PlanDigest(text string) string {
	return digest([]byte(normalise(text)))[:fieldDigest]
}

// PlanOf is the digest of the plan in a snapshot; empty when it has none.
func (s Snapshot) PlanOf() string {
	for _, f := range s.Fields {
		if f.Name == "plan" {
			return f.Digest
		}
	}
	return ""
}

// JudgeReport says whether a report of the carrying process counts now. A start
// is judged like a person's, besides who it is.
func JudgeReport(e Execution, r Report, now time.Time) Reason {
	switch r.Result {
	case Executing:
		return JudgeStart(e, e.Implementer, now)
	case Verifying, RolledBack, Failed:
		return JudgeFinish(e.State, e.Implementer, e.Implementer)
	case WithdrawnChange:
		return JudgeWithdraw(e.State, e.Implementer, e.Implementer) // whose word counts is not a person's
	}
	return BadRequest
}
