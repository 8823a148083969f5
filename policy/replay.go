package policy

import (
	"cmp"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Recorded is one version of a change as it stands on record.
type Recorded struct {
	Number  string    `json:"number"`  // CHG-7
	Subject string    `json:"subject"` // its workflow id
	Version int       `json:"version"`
	At      time.Time `json:"at"` // of its submission, UTC
	// Request is what the policy was asked; nobody is named where the record
	// names nobody.
	Request Request `json:"-"`
	// Votes are those that counted until the version was decided, by the levels
	// of Then.
	Votes []change.Vote `json:"-"`
	Then  Outcome       `json:"then"`
}

// Outcome is what a policy made of a version, or would make of it.
type Outcome struct {
	Rule   string         `json:"rule,omitempty"`
	Chain  string         `json:"chain,omitempty"`
	Reason change.Reason  `json:"reason,omitempty"` // of a refusal at the submission
	Levels []OutcomeLevel `json:"levels,omitempty"`
	Result Result         `json:"result"`
}

// OutcomeLevel is a level with who could decide and how many did.
type OutcomeLevel struct {
	Name      string                `json:"name"`
	Required  int                   `json:"required"`
	Eligible  []compliance.PersonID `json:"eligible"`
	Approvals int                   `json:"approvals"`
	Denials   int                   `json:"denials"`
}

// Result is where a version's review ended.
type Result string

// A version is refused at the submission, approved, rejected, or undecided:
// open still, expired or replaced before its levels were complete. Unknown is
// one of which the record does not name the people.
const (
	ResultRefused   Result = "refused"
	ResultApproved  Result = "approved"
	ResultRejected  Result = "rejected"
	ResultUndecided Result = "undecided"
	ResultUnknown   Result = "unknown"
)

// Replayed is a recorded version beside what another policy would make of it.
type Replayed struct {
	Recorded
	Now Outcome `json:"now"`
	// Differs says each thing that would be otherwise, people by their ids.
	Differs []string `json:"differs,omitempty"`
}

// Replay asks a policy about a recorded version as of its submission, and counts
// its votes again: a vote counts at the level of the same name, if its voter, or
// whom the voter acted for, may decide there. The directory is the given one, not that of then. It guesses
// nothing: nobody is taken to have voted otherwise than they did. The error is
// that of Explain.
func Replay(r *Rules, d *Directory, version Recorded) (Replayed, error) {
	e, err := Explain(r, d, version.Request, version.At)
	if err != nil {
		return Replayed{}, err
	}
	out := Replayed{Recorded: version, Now: Outcome{Rule: e.Rule, Chain: e.Chain, Reason: e.Reason}}
	switch {
	case version.Then.Reason == change.UnknownPerson:
		// The record names neither people nor rule: there is nothing to ask about.
		out.Now = Outcome{Result: ResultUnknown}
		return out, nil
	case version.Request.Requester != "" && version.Request.Implementer != "":
		if out.Now.Levels, out.Now.Result = recount(e.Levels, version.Then.Levels, version.Votes); e.Reason != change.OK {
			out.Now.Result = ResultRefused
		}
	case e.Rule == "":
		out.Now = Outcome{Reason: change.NoRoute, Result: ResultRefused}
	default: // refused for want of a rule, before anybody was looked up
		rule, _ := r.Route(version.Request.Case) // found above
		out.Now = Outcome{Rule: rule.Name, Chain: rule.Chain, Result: ResultUnknown}
	}
	out.Differs = differences(version.Then, out.Now)
	return out, nil
}

// recount counts the votes at the levels of the same name.
func recount(levels []ExplainedLevel, then []OutcomeLevel, votes []change.Vote) ([]OutcomeLevel, Result) {
	var out []OutcomeLevel
	result := ResultApproved
	for _, l := range levels {
		was := 1 + slices.IndexFunc(then, func(o OutcomeLevel) bool { return o.Name == l.Name })
		var counted []change.Vote
		for _, v := range votes {
			if was > 0 && v.Level == was && slices.Contains(l.Eligible, cmp.Or(v.For, v.Person)) {
				counted = append(counted, v)
			}
		}
		t := change.Tally(was, l.ResolvedLevel, counted)
		out = append(out, OutcomeLevel{l.Name, l.Required, l.Eligible, t.Approvals, t.Denials})
		switch {
		case result != ResultApproved:
		case t.Outcome == change.Denied:
			result = ResultRejected
		case t.Outcome != change.Reached:
			result = ResultUndecided
		}
	}
	return out, result
}
