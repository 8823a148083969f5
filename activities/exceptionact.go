package activities

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
)

// JudgeExceptionInput is what a person did with an exception, and how it stands:
// nothing yet for a request, which makes one.
type JudgeExceptionInput struct {
	Head      Head                `json:"head"`
	Inbound   compliance.Inbound  `json:"inbound"`
	Exception exception.Exception `json:"exception,omitzero"`
	Zone      string              `json:"zone,omitempty"` // known last
	// Now is when the act was durable; the wait for this judgement makes nobody late.
	Now time.Time `json:"now"`
}

// JudgedException is what came of it. Exception is as the act left it, unchanged
// where it was refused.
type JudgedException struct {
	Person    compliance.PersonID   `json:"person,omitempty"`
	Event     string                `json:"event"`
	Reason    exception.Reason      `json:"reason,omitempty"`
	Field     string                `json:"field,omitempty"`
	Exception exception.Exception   `json:"exception"`
	Setup     ExceptionSetup        `json:"setup"`
	Told      []compliance.PersonID `json:"told,omitempty"` // whom it concerns
	Wake      time.Time             `json:"wake,omitzero"`
	Index     uint64                `json:"index"`
}

// RequestException judges a request by the policy, the directory, the owner's
// calendar and the record of its change as they are now and puts it on record, taken
// or refused, with a number (A16). It answers a repetition from the record.
func (j *Judgement) RequestException(ctx context.Context, in JudgeExceptionInput) (JudgedException, error) {
	request, read, field := exception.ParseRequest(in.Inbound)
	about, err := j.changeOf(ctx, request.Change)
	if err != nil {
		return JudgedException{}, translate(err)
	}
	key := in.Head.owner() + "/requested"
	return j.exception(ctx, in, key, func(x excepted, person compliance.Person, known bool) (JudgedException, evidence.Event) {
		out := JudgedException{Person: person.ID, Event: exception.EventRequested, Reason: read, Field: field}
		if read == exception.OK {
			r := named(x.dir, request, person.ID)
			out.Exception, out.Reason, out.Field = exception.Open(r, x.asked(r, person, known, about), x.local, in.Now)
		} else {
			out.Exception = exception.Exception{Schema: exception.Schema, State: exception.Refused, Requester: person.ID}
		}
		if out.Reason != exception.OK {
			out.Event = exception.EventNotRequested
		}
		ev := x.head(in.Head).Event(key, out.Event, in.Inbound.Received)
		ev.Series = exception.Series
		return out, ev
	})
}

// JudgeExceptionAct checks an act against the policy and the directory as they
// are now and puts it on record with what it brought about, counted or refused.
// It answers a repetition from the record.
func (j *Judgement) JudgeExceptionAct(ctx context.Context, in JudgeExceptionInput) (JudgedException, error) {
	act, read, field := exception.ParseAct(in.Inbound)
	key := exception.ActKey(in.Head.owner(), in.Inbound.Delivery)
	return j.exception(ctx, in, key, func(x excepted, person compliance.Person, known bool) (JudgedException, evidence.Event) {
		out := JudgedException{Person: person.ID, Event: exception.EventRefused, Reason: read, Field: field, Exception: in.Exception}
		if who := x.actor(person, known, in.Exception); who.Reason != exception.OK {
			out.Reason, out.Field = who.Reason, ""
		} else if read == exception.OK {
			out.Exception, out.Event, out.Reason = exception.Apply(in.Exception, act, who, x.local, in.Now)
		}
		return out, x.head(in.Head).Event(key, out.Event, in.Inbound.Received)
	})
}

// exception judges an act on an exception and records what came of it, or takes
// it from the record.
func (j *Judgement) exception(
	ctx context.Context, in JudgeExceptionInput, key string,
	judge func(x excepted, person compliance.Person, known bool) (JudgedException, evidence.Event),
) (JudgedException, error) {
	stands := in.Exception
	if stands.Owner == "" { // a request: days are those of whoever will own it
		dir, err := People{j.Source}.directory(ctx)
		if err != nil {
			return JudgedException{}, translate(err)
		}
		request, _, _ := exception.ParseRequest(in.Inbound)
		person, _ := theOne(dir, in.Inbound.Actor)
		r := named(dir, request, person.ID)
		stands.Owner, stands.Verifier = r.Owner, r.Verifier
	}
	x, err := readExcepted(ctx, j.Source, stands, in.Zone, in.Now)
	if err != nil {
		return JudgedException{}, translate(err)
	}
	recalled := func(e evidence.Entry) (JudgedException, error) {
		facts, err := recall[exception.ActFacts](e)
		out := JudgedException{Person: compliance.PersonID(e.Record.Actor.Person), Event: e.Record.Type, Reason: facts.Reason, Field: facts.Field, Exception: in.Exception}
		if facts.After != nil {
			out.Exception = *facts.After
		}
		return out, err
	}
	out, index, err := judged(ctx, j, in.Head, key, in.Inbound, recalled,
		func(head Head, _ *policy.Directory, person compliance.Person, known bool) (verdict[JudgedException], error) {
			out, ev := judge(x, person, known)
			if head.over { // the engine's databases are older than the log
				out.Exception, out.Event, out.Reason, out.Field = in.Exception, exception.EventRefused, exception.OverAlready, ""
				ev.Type, ev.Controls = out.Event, controls(out.Event)
			}
			facts := exception.ActFacts{
				Action: in.Inbound.Action, Delivery: in.Inbound.Delivery, Surface: in.Inbound.Surface, Message: in.Inbound.Message,
				Received: in.Inbound.Received.UTC(), Ref: in.Inbound.Ref, Roles: x.roles(person, known, out.Exception), Reason: out.Reason, Field: out.Field,
				Stood: in.Exception.State,
			}
			if exception.Moves(ev.Type) {
				after := out.Exception
				facts.After = &after
				ev.State, ev.Final = string(after.State), after.State.Terminal()
			}
			return verdict[JudgedException]{Event: ev, Facts: facts, Result: out, Reason: string(out.Reason)}, nil
		})
	if err != nil {
		return JudgedException{}, err
	}
	if out.Exception.Number == "" {
		st, err := j.Log.Standing(ctx, in.Head.Subject)
		if err != nil {
			return JudgedException{}, translate(recordFailure(err))
		}
		out.Exception.Number = st.Number
	}
	out.Index, out.Setup = index, x.about(out.Exception)
	if out.Told, err = j.concerned(ctx, x, in.Head.Subject, out.Event, in.Exception.State, out.Exception); err != nil {
		return JudgedException{}, translate(err)
	}
	_, due, wake := exception.Next(out.Exception, x.local, in.Now)
	if out.Wake = wake; due {
		out.Wake = in.Now
	}
	return out, nil
}

// roles says in words what made a person concerned.
func (x excepted) roles(person compliance.Person, known bool, e exception.Exception) []string {
	who := x.actor(person, known, e)
	var out []string
	for _, r := range []struct {
		is   bool
		name string
	}{{who.Owner, "owner"}, {who.Verifier, "verifier"}, {person.ID != "" && person.ID == e.Requester, "requester"}, {who.Approver, "approver"}} {
		if r.is {
			out = append(out, r.name)
		}
	}
	return out
}
