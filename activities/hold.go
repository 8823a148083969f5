package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// judgePause judges a hold, an objection or the end of either with the directory as
// it is now (C3, C24). Before a change goes on, everybody counted is looked at
// again, and so is the calendar of one that is approved.
func (j *Judgement) judgePause(ctx context.Context, in JudgeActInput, dir *policy.Directory, person compliance.Person) (JudgedAct, error) {
	out := JudgedAct{Person: person.ID, To: change.Held}
	p, bad, field := change.ParsePause(in.Inbound)
	if bad != change.OK {
		out.Reason, out.Field = bad, field
		return out, nil
	}
	came := in.Came
	if came.IsZero() {
		came = in.Now
	}
	switch p.Action {
	case change.ActionHold:
		out.Reason = change.JudgeHold(in.holding(), person.ID, in.decides(dir, person), came)
	case change.ActionObject:
		ruling := change.JudgeObject(in.holding(), person.ID, came)
		out.Reason, out.Objects = ruling.Reason, ruling.OnRecord()
	default:
		return j.judgeResume(ctx, in, dir, p, out)
	}
	return out, nil
}

func (j *Judgement) judgeResume(ctx context.Context, in JudgeActInput, dir *policy.Directory, p change.Pause, out JudgedAct) (JudgedAct, error) {
	ruling := change.JudgeResume(in.State, in.Hold, in.Requester, out.Person)
	switch {
	case ruling.Reason != change.OK:
		out.Reason = ruling.Reason
		return out, nil
	case !p.Same(in.Version, in.Hash):
		out.Reason = change.StaleContent // edited while on hold: what goes on is not what they saw
		return out, nil
	case ruling.Left != nil:
		return out, nil // the objection is taken back, and others hold it still
	case in.Unread:
		out.Reason = change.TicketUnreadable
		return out, nil
	}
	out.Lost, _ = in.lost(dir)
	out.To = in.Hold.From
	switch {
	case ruling.Again || in.Review != change.InReview && in.Review != change.Approved || len(in.Changed) > 0:
		out.To = change.Open // what the ticket says now is reviewed from the start
	case in.Hold.From == change.WaitingWindow:
		s, err := schedule(ctx, j.Source, in.Schedule)
		if err != nil {
			return JudgedAct{}, err
		}
		out.Schedule = &s
	}
	return out, nil
}

func (in JudgeActInput) holding() change.Holding {
	return change.Holding{
		State: in.State, Review: in.Review, Level: in.Level, Ends: in.Ends, Votes: in.Votes, Hold: in.Hold,
		Parties: []compliance.PersonID{in.Requester, in.Implementer}, Requester: in.Requester,
	}
}

// decides reports whether a person may decide now at any level of the version.
func (in JudgeActInput) decides(dir *policy.Directory, person compliance.Person) bool {
	d := dir.Duties(in.Requester, in.Implementer, in.Asked, in.Now)
	for _, l := range in.Route.Levels {
		if change.EligibleNow(l, person, dir.Members(l.Deciding()), d, in.Now) == change.OK {
			return true
		}
	}
	return false
}
