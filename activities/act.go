package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/policy"
)

// JudgeActInput is a start, a report or a withdrawal, and what it is judged by
// besides the directory and the calendars.
type JudgeActInput struct {
	Head        Head                `json:"head"`
	Inbound     compliance.Inbound  `json:"inbound"`
	State       change.State        `json:"state"`
	Version     int                 `json:"version"`
	Hash        string              `json:"hash"`
	Requester   compliance.PersonID `json:"requester"`
	Implementer compliance.PersonID `json:"implementer"`
	Asked       []change.Asker      `json:"asked,omitempty"` // for a start, as Route
	// For a start: the approvals, how long they stand, what changed in the
	// ticket since, and where the change will run.
	Route    change.Route         `json:"route,omitzero"`
	Votes    []change.Vote        `json:"votes,omitempty"`
	Expires  time.Time            `json:"expires,omitzero"`
	Changed  []change.FieldChange `json:"changed,omitempty"`
	Unread   bool                 `json:"unread,omitempty"` // the ticket could not be read
	Behind   []string             `json:"behind,omitempty"` // what is not shown yet and has to be
	Schedule ResolveScheduleInput `json:"schedule,omitzero"`
	Planned  time.Time            `json:"planned,omitzero"`
	Duration time.Duration        `json:"duration,omitempty"`
	// Carried is set when a process carries the change out; Report is what that
	// process reports, and the act is then its own and no person's.
	Carried bool           `json:"carried,omitempty"`
	Report  *change.Report `json:"report,omitempty"`
	Now     time.Time      `json:"now"`
	// Gate is the pre-deployment gate, for a start; nil where there is none.
	Gate *gate.Question `json:"gate,omitempty"`
	// For a hold, an objection and a resumption: how the review stands, until when
	// its level is open, the hold that is there, and when the act was durable.
	Review change.VersionState `json:"review,omitempty"`
	Level  int                 `json:"level,omitempty"`
	Ends   time.Time           `json:"ends,omitzero"`
	Hold   *change.Hold        `json:"hold,omitempty"`
	Came   time.Time           `json:"came,omitzero"`
	// Points are the plan's safe points; Halted is the one at which the work waits,
	// from 1, 0 while it goes on (C30).
	Points []string `json:"points,omitempty"`
	Halted int      `json:"halted,omitempty"`
	// Granted says that it is the change's turn; Before are those before it else (C29).
	Granted bool     `json:"granted,omitempty"`
	Before  []string `json:"before,omitempty"`
}

// JudgedAct is what came of it. To is the state the record gives the change.
type JudgedAct struct {
	Person   compliance.PersonID `json:"person,omitempty"`
	Reason   change.Reason       `json:"reason,omitempty"`
	Field    string              `json:"field,omitempty"`
	To       change.State        `json:"to,omitempty"`
	Lost     []change.Loss       `json:"lost,omitempty"`
	Schedule *change.Schedule    `json:"schedule,omitempty"`
	// Conditions are what the vendors' documents ask of a start (A9).
	Conditions []certification.Condition `json:"conditions,omitempty"`
	Index      uint64                    `json:"index"`
	// Gate is where the checks of the gate stood at a start.
	Gate []gate.Finding `json:"gate,omitempty"`
	// Point is the safe point asked about, from 1; Remaining what was left then (C30).
	Point     int           `json:"point,omitempty"`
	Remaining time.Duration `json:"remaining,omitempty"`
	// Objects is the approval that an objection is about.
	Objects *change.ObjectedTo `json:"objects,omitempty"`
}

// JudgeAct checks and records one act. Like JudgeDecision it answers a
// repetition from the record.
func (j *Judgement) JudgeAct(ctx context.Context, in JudgeActInput) (JudgedAct, error) {
	out, index, err := judged(ctx, j, in.Head, change.ActKey(in.Head.owner(), in.Inbound.Delivery), in.Inbound, in.recalled,
		func(head Head, dir *policy.Directory, person compliance.Person, known bool) (verdict[JudgedAct], error) {
			in.Head = head
			out, err := j.judgeAct(ctx, in, dir, person, known)
			ev, facts := in.event(out, person)
			return verdict[JudgedAct]{Event: ev, Facts: facts, Beside: in.paused(ev, out), Result: out, Reason: string(out.Reason)}, err
		})
	out.Index = index
	return out, err
}

func (j *Judgement) judgeAct(ctx context.Context, in JudgeActInput, dir *policy.Directory, person compliance.Person, known bool) (JudgedAct, error) {
	out := JudgedAct{Person: person.ID}
	switch {
	case in.Report != nil:
		return j.judgeReport(ctx, in, dir)
	case in.Head.over:
		out.Reason = change.AlreadyClosed
		return out, nil
	case in.Carried && (in.Inbound.Action == change.ActionStart || in.Inbound.Action == change.ActionFinish):
		out.Reason = change.CarriedByOther
		return out, nil
	case !known:
		out.Reason = change.UnknownPerson
		return out, nil
	case !person.ActiveAt(in.Now):
		out.Reason = change.Inactive
		return out, nil
	}
	if b, err := change.ParseBinding(in.Inbound.Ref); err == nil && b.Number != in.Head.Number {
		out.Reason = change.BadRequest // made for another change
		return out, nil
	}
	switch in.Inbound.Action {
	case change.ActionStart:
		var begin change.Start
		if begin, out.Reason, out.Field = change.ParseStart(in.Inbound); out.Reason != change.OK {
			return out, nil
		}
		if begin.Binding.Version != in.Version || begin.Binding.Hash != change.ShortHash(in.Hash) {
			out.Reason = change.StaleContent
			return out, nil
		}
		var s change.Schedule
		var short change.Reason
		if in.State == change.WaitingWindow {
			var err error
			if s, err = schedule(ctx, j.Source, in.Schedule); err != nil {
				return JudgedAct{}, err
			}
			if out.Conditions, err = touching(ctx, j.Trackers, j.Source, in.Schedule.System, in.Now); err != nil {
				return JudgedAct{}, err
			}
			if out.Gate, err = j.findings(ctx, in.Gate, in.Now); err != nil {
				return JudgedAct{}, err
			}
			out.Lost, short = in.lost(dir)
			out.Schedule = &s
		}
		out.To = change.Executing
		out.Reason = change.JudgeStart(change.Execution{
			State: in.State, Implementer: in.Implementer, Expires: in.Expires, Unread: in.Unread, Changed: in.Changed,
			Lost: short, Schedule: s, Planned: in.Planned, Duration: in.Duration, Uncovered: blocked(out.Conditions, in.Now), Granted: in.Granted,
			Gated:  len(gate.Open(out.Gate)) > 0,
			Behind: len(in.Behind) > 0,
		}, person.ID, in.Now)
	case change.ActionFinish:
		var f change.Finish
		if f, out.Reason, out.Field = change.ParseFinish(in.Inbound); out.Reason == change.OK {
			out.To = f.Result
			out.Reason = change.JudgeFinish(in.State, in.Implementer, person.ID)
		}
	case change.ActionProceed:
		return j.judgeProceed(ctx, in, person)
	case change.ActionWithdraw:
		if _, out.Reason, out.Field = change.ParseWithdraw(in.Inbound); out.Reason == change.OK {
			out.To = change.WithdrawnChange
			out.Reason = change.JudgeWithdraw(in.State, in.Requester, person.ID)
		}
	case change.ActionHold, change.ActionObject, change.ActionResume:
		return j.judgePause(ctx, in, dir, person)
	default:
		out.Reason = change.BadRequest
	}
	return out, nil
}
