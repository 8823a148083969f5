package observation

import (
	"slices"
	"time"
)

// Seen is what a target served when it was read.
type Seen struct {
	Content string `json:"content"` // digest, as compliance.Artifact.Content
	// Revision is the platform's own; it changes with every write, also one that
	// leaves the content as it was, so it is shown and never compared.
	Revision string    `json:"revision,omitempty"`
	At       time.Time `json:"at"` // UTC
}

// Rollout is one on the target, since the last content that was explained.
type Rollout struct {
	Number string
	// UnderWay is set while it has taken the target: what is there may be half of it.
	UnderWay bool
	// Contents are what it put there, on its way or on its way back.
	Contents []string
}

// Execution is the time in which a change to the target's system and environment
// was carried out; To is zero while it still is.
type Execution struct {
	Number   string
	From, To time.Time
}

// Known is what is on record about a target.
type Known struct {
	// Last is the content that was explained last; nil before the first look.
	Last *Seen
	// Finding is where the finding about exactly what is seen now stands; empty
	// when there is none.
	Finding State
	Number  string // of that finding
	// LastLook is when the target was last seen to serve Last.
	LastLook time.Time
	Rollouts []Rollout
	Changes  []Execution
}

// Outcome is what an observation comes to.
type Outcome string

const (
	Baseline    Outcome = "baseline"    // the first look: nobody knows what was before
	Unchanged   Outcome = "unchanged"   // as explained last
	UnderWay    Outcome = "under_way"   // a rollout is on it: not judged
	ByRollout   Outcome = "by_rollout"  // a rollout put it there, or brought it back
	ByChange    Outcome = "by_change"   // a change was carried out there since the last look
	ByFinding   Outcome = "by_finding"  // an approver has explained it
	Standing    Outcome = "standing"    // a finding about it is there already
	Unexplained Outcome = "unexplained" // nothing on record put it there
)

// Explains reports whether what was seen counts as explained from now on.
func (o Outcome) Explains() bool {
	return slices.Contains([]Outcome{Baseline, ByRollout, ByChange, ByFinding}, o)
}

// Outcomes lists every outcome, for tables and tests.
func Outcomes() []Outcome {
	return []Outcome{Baseline, Unchanged, UnderWay, ByRollout, ByChange, ByFinding, Standing, Unexplained}
}

// Verdict is the outcome with the numbers of what explains it.
type Verdict struct {
	Outcome Outcome  `json:"outcome"`
	By      []string `json:"by,omitempty"`
}

// Judge says whether what a target serves is explained. A rollout under way is
// skipped before anything else, so that half of a deployment is no finding; a
// rollout explains exactly the contents it is on record with; a change explains an
// edit whose content nobody recorded when it was carried out at some time between
// the last look and this one.
func Judge(seen Seen, k Known) Verdict {
	var under, put, edited []string
	for _, r := range k.Rollouts {
		if r.UnderWay {
			under = append(under, r.Number)
		}
		if slices.Contains(r.Contents, seen.Content) {
			put = append(put, r.Number)
		}
	}
	for _, c := range k.Changes {
		if !c.From.After(seen.At) && (c.To.IsZero() || c.To.After(k.LastLook)) {
			edited = append(edited, c.Number)
		}
	}
	switch {
	case len(under) > 0:
		return Verdict{UnderWay, under}
	case k.Last == nil:
		return Verdict{Outcome: Baseline}
	case k.Last.Content == seen.Content:
		return Verdict{Outcome: Unchanged}
	case k.Finding == Explained:
		return Verdict{ByFinding, []string{k.Number}}
	case len(put) > 0:
		return Verdict{ByRollout, put}
	case k.Finding != "": // what began since does not explain what was there before
		return Verdict{Standing, []string{k.Number}}
	case len(edited) > 0:
		return Verdict{ByChange, edited}
	}
	return Verdict{Outcome: Unexplained}
}

// UntoldAfter is how long a target may go unread before people are told.
const UntoldAfter = 24 * time.Hour

// Unread reports whether a target that cannot be read since an instant is to be
// told of now.
func Unread(since, now time.Time) bool {
	return !since.IsZero() && now.Sub(since) >= UntoldAfter
}
