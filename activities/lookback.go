package activities

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
)

// mostRuns bounds the runs that are listed with an incident, the latest first:
// nobody looks through more at night.
const mostRuns = 25

// LookBackInput asks what was done to a system before an incident.
type LookBackInput struct {
	Policy incident.Policy `json:"policy"`
	System string          `json:"system,omitempty"`
	Opened time.Time       `json:"opened"`
	// Alert is the workflow id of the incident's alert; empty when it has none.
	Alert string `json:"alert,omitempty"`
	Self  string `json:"self"` // workflow id of the incident
}

// LookedBack is what the evidence knows.
type LookedBack struct {
	Candidates []incident.Candidate `json:"candidates,omitempty"`
	// Before is the number of the incident that the same alert opened before (I1).
	Before string `json:"before,omitempty"`
}

// LookBack lists the changes and rollouts that were executed on the system in
// the look-back, from the evidence index (I24), and the incident before this one.
func (j *Judgement) LookBack(ctx context.Context, in LookBackInput) (LookedBack, error) {
	found, err := j.candidates(ctx, JudgeIncidentActInput{Policy: in.Policy, System: in.System, Opened: in.Opened})
	if err != nil {
		return LookedBack{}, translate(err)
	}
	out := LookedBack{Candidates: found[:min(len(found), mostRuns)]}
	out.Before, err = j.before(ctx, in)
	return out, translate(err)
}

// candidates are the runs on the incident's system, judged.
func (j *Judgement) candidates(ctx context.Context, in JudgeIncidentActInput) ([]incident.Candidate, error) {
	if in.System == "" {
		return nil, nil // nobody knows what was touched
	}
	from := incident.LookFrom(in.Policy, in.Opened)
	var runs []incident.Run
	for _, series := range []string{seriesOfChanges, seriesOfRollouts} {
		standings, err := j.Log.Standings(ctx, series)
		if err != nil {
			return nil, recordFailure(err)
		}
		for _, st := range standings {
			if st.At.Before(from) {
				continue // nothing moved it since: it was executed before, or never
			}
			run, ok, err := j.run(ctx, st)
			if err != nil {
				return nil, err
			}
			if ok {
				runs = append(runs, run)
			}
		}
	}
	return incident.Candidates(in.Policy, runs, in.System, in.Opened), nil
}

const (
	seriesOfChanges  = "CHG"
	seriesOfRollouts = "PAT"
)

// run reads from the record what was executed; false when nothing was.
func (j *Judgement) run(ctx context.Context, st evidence.Standing) (incident.Run, bool, error) {
	entries, err := j.Log.Records(ctx, st.Subject)
	if err != nil {
		return incident.Run{}, false, recordFailure(err)
	}
	run := incident.Run{Number: st.Number, Subject: st.Subject, TakenBack: takenBack(st.State)}
	executed := false
	for _, e := range entries {
		switch e.Record.Type {
		case change.EventSubmitted:
			facts, err := recall[change.SubmittedFacts](e)
			if err != nil {
				return run, false, err
			}
			// The last version is the one that was approved; its content holds the way back.
			run.System, run.Authors = facts.System, facts.Authors()
			run.Plan = blobOf(e, "content")
		case patch.EventPlanned, patch.EventReceived:
			about(e, &run)
			if who := e.Record.Actor; who != nil && who.Person != "" && !slices.Contains(run.Authors, compliance.PersonID(who.Person)) {
				run.Authors = append(run.Authors, compliance.PersonID(who.Person)) // asked for the rollout, or gave it what it rolls out
			}
		case patch.EventSnapshot:
			run.Backup = e.Record.Key
		case change.EventStarted:
			executed, run.Executed = true, e.Record.At
			// Whoever started it attested that it was ready: the way back was tried out before.
			run.Backup = e.Record.Key
		case patch.EventDeployed, change.EventFinished:
			executed, run.Executed = true, e.Record.At
			onTarget(e, &run)
		case patch.EventRestored:
			onTarget(e, &run)
		case change.EventNotStarted:
			executed = false
		}
	}
	return run, executed, nil
}

// about reads what a rollout is about, from whichever of its records says it.
func about(e evidence.Entry, run *incident.Run) {
	var facts struct {
		System  string                `json:"system"`
		Title   string                `json:"title"`
		Plan    json.RawMessage       `json:"plan"`
		Authors []compliance.PersonID `json:"authors"`
	}
	if json.Unmarshal(e.Record.Facts, &facts) != nil {
		return // listed without what cannot be read
	}
	if facts.System != "" {
		run.System = facts.System
	}
	if facts.Title != "" {
		run.Title = facts.Title
	}
	if len(facts.Plan) > 0 {
		run.Plan = e.Record.Key
	}
	run.Authors = append(run.Authors, facts.Authors...)
}

// onTarget notes on which targets a rollout's payload is. One that a platform did
// not answer for may have it.
func onTarget(e evidence.Entry, run *incident.Run) {
	var facts patch.TargetFacts
	if json.Unmarshal(e.Record.Facts, &facts) != nil || facts.Target == "" {
		return // of a ring, or of people
	}
	deployed := e.Record.Type == patch.EventDeployed
	switch at := slices.Index(run.Targets, facts.Target); {
	case deployed && at < 0 && facts.Reason != patch.TargetChanged && facts.Reason != patch.DeployRefused:
		run.Targets = append(run.Targets, facts.Target)
	case !deployed && at >= 0 && facts.Reason == patch.OK:
		run.Targets = slices.Delete(run.Targets, at, at+1)
	}
}

// takenBack reports whether a state says that it is not, or no longer, in effect.
func takenBack(state string) bool {
	return slices.Contains([]string{string(change.RolledBack), string(change.WithdrawnChange), string(change.Superseded)}, state)
}

func blobOf(e evidence.Entry, role string) string {
	for _, b := range e.Record.Blobs {
		if b.Role == role {
			return b.Digest
		}
	}
	return ""
}

// linked is what the evidence knows of the change that a review names.
func (j *Judgement) linked(ctx context.Context, number string) (incident.LinkedChange, error) {
	l := incident.LinkedChange{Number: number}
	if number == "" || strings.HasPrefix(number, incident.Series+"-") {
		return l, nil // an incident mends nothing
	}
	st, err := j.Log.ByNumber(ctx, number)
	switch {
	case errors.Is(err, evidence.ErrNotFound):
		return l, nil
	case err != nil:
		return l, recordFailure(err)
	}
	l.Exists = true
	l.Abandoned = takenBack(st.State) || st.State == string(change.Failed)
	return l, nil
}

// before is the number of the incident that the alert opened last before this one.
func (j *Judgement) before(ctx context.Context, in LookBackInput) (string, error) {
	if in.Alert == "" {
		return "", nil
	}
	entries, err := j.Log.Records(ctx, in.Alert)
	if err != nil {
		return "", recordFailure(err)
	}
	for i := len(entries) - 1; i >= 0; i-- {
		facts, err := recall[incident.AlertFacts](entries[i])
		if err != nil {
			return "", err
		}
		if facts.Incident == "" || facts.Incident == in.Self {
			continue
		}
		st, err := j.Log.Standing(ctx, facts.Incident)
		if errors.Is(err, evidence.ErrNotFound) {
			return "", nil
		}
		return st.Number, recordFailure(err)
	}
	return "", nil
}
