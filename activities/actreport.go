package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/policy"
)

// judgeReport judges what the process that carries the change out reports.
func (j *Judgement) judgeReport(ctx context.Context, in JudgeActInput, dir *policy.Directory) (JudgedAct, error) {
	out := JudgedAct{To: in.Report.Result}
	e := change.Execution{
		State: in.State, Implementer: in.Implementer, Expires: in.Expires, Unread: in.Unread, Changed: in.Changed,
		Planned: in.Planned, Duration: in.Duration, Behind: len(in.Behind) > 0, Granted: in.Granted,
	}
	if in.State == change.WaitingWindow && in.Report.Result == change.Executing {
		s, err := schedule(ctx, j.Source, in.Schedule)
		if err != nil {
			return JudgedAct{}, err
		}
		if out.Conditions, err = touching(ctx, j.Trackers, j.Source, in.Schedule.System, in.Now); err != nil {
			return JudgedAct{}, err
		}
		e.Uncovered = blocked(out.Conditions, in.Now)
		if out.Gate, err = j.findings(ctx, in.Gate, in.Now); err != nil {
			return JudgedAct{}, err
		}
		e.Gated = len(gate.Open(out.Gate)) > 0
		out.Lost, e.Lost = in.lost(dir)
		e.Schedule, out.Schedule = s, &s
	}
	out.Reason = change.JudgeReport(e, *in.Report, in.Now)
	return out, nil
}

// lost re-checks every counted voter against the live directory just before
// execution (C5).
func (in JudgeActInput) lost(dir *policy.Directory) ([]change.Loss, change.Reason) {
	d := dir.Duties(in.Requester, in.Implementer, in.Asked, in.Now)
	losses := change.Lost(in.Route, in.Votes, func(level int, p compliance.PersonID) change.Reason {
		person, _ := dir.Person(p)
		l := in.Route.Levels[level-1]
		vote := change.Vote{Person: p}
		for _, v := range in.Votes {
			if v.Level == level && v.Person == p && v.Void == change.OK {
				vote = v
			}
		}
		return change.StillCounts(l, vote, person, dir.Roster(l, in.Now, in.Now), d, in.Now)
	})
	_, reason := change.AfterLoss(in.Route, in.Votes, losses)
	return losses, reason
}
