package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Run is a change or a rollout that was executed, as the evidence knows it.
type Run struct {
	Number  string `json:"number"`  // CHG-7, PAT-3
	Subject string `json:"subject"` // its workflow id
	System  string `json:"system"`
	Title   string `json:"title,omitempty"`
	// Executed is when its execution ended, or began if it has not ended, UTC.
	Executed time.Time `json:"executed"`
	// TakenBack is set when it was never in effect, or no longer is.
	TakenBack bool `json:"taken_back,omitempty"`
	// Plan names the rollback plan that was approved, Backup the record of the
	// check of the backup made before the execution; empty when there is none.
	Plan   string `json:"plan,omitempty"`
	Backup string `json:"backup,omitempty"`
	// Authors are the people who requested and carried it out.
	Authors []compliance.PersonID `json:"authors,omitempty"`
	// Targets are those on which a rollout's payload was put and not taken back; a
	// change names none.
	Targets []string `json:"targets,omitempty"`
}

// Candidate is a run that is listed with an incident, with OK or why it cannot
// be rolled back from here. Those that cannot are listed all the same: they
// may be the cause.
type Candidate struct {
	Run
	Reason Reason `json:"reason,omitempty"` // NotRollable, NoPlan, NoBackup, Covered
	// Under is the number of the latest rollout that is on top of it on some target.
	Under string `json:"under,omitempty"`
}

// Why is for people why it cannot be taken back from here; empty when it can.
func (c Candidate) Why() string {
	switch c.Reason {
	case OK:
		return ""
	case Covered:
		return "A later rollout, " + c.Under + ", is on top: take that back first."
	}
	return c.Reason.Text()
}

// Candidates lists the runs that touched the system in the look-back before the
// incident, or since, the latest first (I24). Each number is listed once.
func Candidates(p Policy, runs []Run, system string, triggered time.Time) []Candidate {
	from := LookFrom(p, triggered)
	var out []Candidate
	for _, r := range runs {
		listed := func(c Candidate) bool { return c.Number == r.Number }
		if r.System != system || r.Executed.Before(from) || slices.ContainsFunc(out, listed) {
			continue
		}
		out = append(out, Candidate{Run: r})
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(b.Executed.Compare(a.Executed), cmp.Compare(a.Number, b.Number))
	})
	return judged(out)
}

// TookBack is the list when the run with this number has been taken back: what it
// was on top of can be taken back now. The list given is not changed.
func TookBack(list []Candidate, number string) []Candidate {
	out := slices.Clone(list)
	for i := range out {
		if out[i].Number == number {
			out[i].TakenBack = true
		}
	}
	return judged(out)
}

// judged judges each run of a list, the latest of which is the first.
func judged(list []Candidate) []Candidate {
	for i := range list {
		c := &list[i]
		c.Reason, c.Under = c.judge(), ""
		if on := slices.IndexFunc(list[:i], func(later Candidate) bool { return !later.TakenBack && later.shares(c.Targets) }); on >= 0 && c.Reason == OK {
			c.Reason, c.Under = Covered, list[on].Number
		}
	}
	return list
}

func (r Run) shares(targets []string) bool {
	return slices.ContainsFunc(r.Targets, func(t string) bool { return slices.Contains(targets, t) })
}

// LookFrom is the instant from which on a run may be the cause of an incident
// that was triggered at this one.
func LookFrom(p Policy, triggered time.Time) time.Time {
	return triggered.Add(-stated(p.LookBack, DefaultLookBack))
}

func (r Run) judge() Reason {
	switch {
	case r.TakenBack:
		return NotRollable
	case r.Plan == "":
		return NoPlan
	case r.Backup == "":
		return NoBackup
	}
	return OK
}

// Rollback is the way back of one run within an incident. JSON names are frozen.
type Rollback struct {
	Run      Run                 `json:"run"`
	State    RollbackState       `json:"state"`
	Asker    compliance.PersonID `json:"asker"`
	Asked    time.Time           `json:"asked"`
	Approver compliance.PersonID `json:"approver,omitempty"`
	// Joined names who asked for the same later.
	Joined []compliance.PersonID `json:"joined,omitempty"`
}

// Open reports whether the rollback is still to be decided or under way.
func (r Rollback) Open() bool {
	return r.State == RollbackAsked || r.State == RollbackApproved || r.State == RollbackRunning
}

// JudgeRollback says whether a rollback of the run with this number may be
// asked for (I24). A rollback runs once: with AlreadyAsked the request joins
// the one that is there, given by its place in rollbacks. Only after a denial
// may it be asked for anew; after a failure people have to look.
func JudgeRollback(s Standing, candidates []Candidate, rollbacks []Rollback, number string, by Actor) (Reason, int) {
	switch {
	case s.State == Closed:
		return AlreadyClosed, -1
	case s.State == Suppressed || s.State == Drill:
		return NotPaging, -1 // nothing outside is touched
	case by.judge() != OK:
		return by.judge(), -1
	}
	for i, r := range rollbacks {
		if r.Run.Number == number && r.State != RollbackDenied {
			return AlreadyAsked, i
		}
	}
	i := slices.IndexFunc(candidates, func(c Candidate) bool { return c.Number == number })
	if i < 0 {
		return NotACandidate, -1
	}
	return candidates[i].Reason, -1
}

// Pick finds the rollback that an act is about: the one of the named run or,
// where none is named, the only one in the state. The index is -1 with NoRollback
// and WhichRollback.
func Pick(rollbacks []Rollback, run string, state RollbackState) (int, Reason) {
	found, n := -1, 0
	for i, r := range rollbacks {
		if run != "" && r.Run.Number == run {
			found, n = i, 1 // the last of several: the others were denied
		}
		if run == "" && r.State == state {
			found, n = i, n+1
		}
	}
	switch {
	case n == 0:
		return -1, NoRollback
	case n > 1:
		return -1, WhichRollback
	}
	return found, OK
}

// JudgeReport says whether this person may report what became of a rollback that
// people carry out: whoever carries it out, or a responder of the incident.
func JudgeReport(s Standing, r Rollback, by Actor) Reason {
	switch {
	case s.State == Closed:
		return AlreadyClosed
	case r.State == RollbackDone || r.State == RollbackFailed:
		return AlreadyDecided
	case r.State != RollbackRunning:
		return NoRollback
	case by.judge() != OK:
		return by.judge()
	}
	responds := slices.ContainsFunc(s.Acks, func(a Ack) bool { return a.Person == by.Person })
	if !responds && !slices.Contains(r.Run.Authors, by.Person) {
		return NotCarrier
	}
	return OK
}

// JudgeRollbackDecision says whether this person may approve or deny the
// rollback: an eligible approver, by the caller's live check, who neither asked
// for it nor requested or carried out the run it takes back. One approval is
// enough, since this is an emergency.
func JudgeRollbackDecision(r Rollback, by Actor) Reason {
	switch {
	case r.State != RollbackAsked:
		return AlreadyDecided
	case by.judge() != OK:
		return by.judge()
	case by.Person == r.Asker || slices.Contains(r.Joined, by.Person):
		return IsAsker
	case slices.Contains(r.Run.Authors, by.Person):
		return IsAuthor
	}
	return OK
}
