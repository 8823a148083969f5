package observation

import (
	"slices"
	"strings"
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
	ByChange    Outcome = "by_change"   // a change was carried out there since the last look, as long as its plan said
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

// Text says in a line what was seen; by are the numbers of Verdict.By.
func (o Outcome) Text(by []string) string {
	whose := strings.Join(by, ", ")
	if text, ok := map[Outcome]string{
		Baseline:    "looked at for the first time",
		Unchanged:   "as explained last",
		UnderWay:    "not judged while " + whose + " is under way",
		ByRollout:   "put there by " + whose,
		ByChange:    "edited while " + whose + " was carried out",
		ByFinding:   "found and explained (" + whose + ")",
		Standing:    "found before (" + whose + ")",
		Unexplained: "found: nothing on record put there what it serves",
		"":          "not looked at yet",
	}[o]; ok {
		return text
	}
	// An outcome from a newer release, read in an older one.
	return string(o)
}

// Verdict is the outcome with the numbers of what explains it.
type Verdict struct {
	Outcome Outcome  `json:"outcome"`
	By      []string `json:"by,omitempty"`
	// Meanwhile are the numbers of changes that were under way and do not explain
	// what nothing explains: whoever has to explain it looks there first.
	Meanwhile []string `json:"meanwhile,omitempty"`
}

// Judge says whether what a target serves is explained. A rollout under way is
// skipped before anything else, so that half of a deployment is no finding; a
// rollout explains exactly the contents it is on record with; a change explains an
// edit whose content nobody recorded as far as Execution says, between the last look
// and this one.
func Judge(seen Seen, k Known) Verdict {
	var under, put, edited, meanwhile []string
	for _, r := range k.Rollouts {
		if r.UnderWay {
			under = append(under, r.Number)
		}
		if slices.Contains(r.Contents, seen.Content) {
			put = append(put, r.Number)
		}
	}
	for _, c := range k.Changes {
		switch {
		case c.Explains(k.LastLook, seen.At):
			edited = append(edited, c.Number)
		case c.underWay(k.LastLook, seen.At):
			meanwhile = append(meanwhile, c.Number)
		}
	}
	switch {
	case len(under) > 0:
		return Verdict{Outcome: UnderWay, By: under}
	case k.Last == nil:
		return Verdict{Outcome: Baseline}
	case k.Last.Content == seen.Content:
		return Verdict{Outcome: Unchanged}
	case k.Finding == Explained:
		return Verdict{Outcome: ByFinding, By: []string{k.Number}}
	case len(put) > 0:
		return Verdict{Outcome: ByRollout, By: put}
	case k.Finding != "": // what began since does not explain what was there before
		return Verdict{Outcome: Standing, By: []string{k.Number}}
	case len(edited) > 0:
		return Verdict{Outcome: ByChange, By: edited}
	}
	return Verdict{Outcome: Unexplained, Meanwhile: meanwhile}
}

// UntoldAfter is how long a target may go unread before people are told.
const UntoldAfter = 24 * time.Hour

// Unread reports whether a target that cannot be read since an instant is to be
// told of now.
func Unread(since, now time.Time) bool {
	return !since.IsZero() && now.Sub(since) >= UntoldAfter
}
