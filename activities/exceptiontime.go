package activities

import (
	"context"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
)

// AdvanceExceptionInput is an exception that woke up. Now is fixed by the run
// before the step is first tried: every repetition answers for that instant.
type AdvanceExceptionInput struct {
	Head      Head                `json:"head"`
	Exception exception.Exception `json:"exception"`
	Zone      string              `json:"zone,omitempty"` // known last
	Now       time.Time           `json:"now"`
}

// AdvancedException is the exception with everything applied that was due, and
// whom that concerns. All of it is on record.
type AdvancedException struct {
	Exception exception.Exception `json:"exception"`
	Setup     ExceptionSetup      `json:"setup"`
	Told      []ExceptionTelling  `json:"told,omitempty"`
	Moved     bool                `json:"moved,omitempty"` // its end moved with the owner's zone
	// Wake is the next instant at which something is due by itself; zero: never.
	Wake  time.Time `json:"wake,omitzero"`
	Index uint64    `json:"index,omitempty"`
}

// ExceptionTelling is something that is on record and is now to be said. Key is
// the event key of its record.
type ExceptionTelling struct {
	Key  string                `json:"key"`
	Due  exception.Due         `json:"due"`
	Told []compliance.PersonID `json:"told,omitempty"`
	// OverdueDays counts the days without cover, and OpenDays those since what it
	// excuses began.
	OverdueDays int `json:"overdue_days,omitempty"`
	OpenDays    int `json:"open_days,omitempty"`
}

// mostDue bounds what can be due at once: a decision that lapsed, a warning, a
// question, an end, a deadline, with room.
const mostDue = 12

// AdvanceException takes over the owner's zone as it is now, puts on record what
// has become due, each part under its own key, and returns the exception with all
// of it applied (A17, A18, G1). A crash after the append repeats the call: what
// is on record under these keys is the answer.
func (j *Judgement) AdvanceException(ctx context.Context, in AdvanceExceptionInput) (AdvancedException, error) {
	x, err := readExcepted(ctx, j.Source, in.Exception, in.Zone, in.Now)
	if err != nil {
		return AdvancedException{}, translate(err)
	}
	out := AdvancedException{Exception: in.Exception}
	head, owner := x.head(in.Head), in.Head.owner()
	var events []evidence.Event
	add := func(key, kind string, facts exception.MovedFacts) {
		after := out.Exception
		facts.After = &after
		ev := head.Event(key, kind, in.Now)
		ev.State, ev.Final, ev.Facts = string(after.State), after.State.Terminal(), encoded(facts)
		events = append(events, ev)
	}
	if out.Exception, out.Moved = in.Exception.Placed(x.local); out.Moved {
		add(fmt.Sprintf("%s/rescheduled/%d", owner, in.Now.UnixNano()), exception.EventRescheduled, exception.MovedFacts{Told: x.active(in.Exception.Owner)})
	}
	for range mostDue {
		due, ok, wake := exception.Next(out.Exception, x.local, in.Now)
		if !ok {
			out.Wake = wake
			break
		}
		telling := ExceptionTelling{Key: due.Key(owner, out.Exception), Due: due}
		was := out.Exception.State
		out.Exception = exception.Advance(out.Exception, due, x.local, in.Now)
		if telling.Told, err = j.concerned(ctx, x, in.Head.Subject, due.Event, was, out.Exception); err != nil {
			return AdvancedException{}, translate(err)
		}
		telling.OverdueDays, telling.OpenDays = out.Exception.OverdueDays(x.local), x.local.Today.Days(out.Exception.Since)
		out.Told = append(out.Told, telling)
		add(telling.Key, due.Event, exception.MovedFacts{Due: &due, Told: telling.Told, OverdueDays: telling.OverdueDays})
		out.Wake = in.Now // until nothing is due any more
	}
	if err := j.appendMoves(ctx, events, &out); err != nil {
		return AdvancedException{}, translate(err)
	}
	out.Setup = x.about(out.Exception)
	return out, nil
}

// appendMoves puts the events on record. Where an earlier try did so already,
// the exception is as that one left it, and those are told whom it names.
func (j *Judgement) appendMoves(ctx context.Context, events []evidence.Event, out *AdvancedException) error {
	if len(events) == 0 {
		return nil
	}
	receipts, err := j.Log.Append(ctx, events)
	if err != nil {
		return recordFailure(err)
	}
	for i, r := range receipts {
		out.Index = r.Index
		if !r.Existing {
			continue
		}
		entry, err := j.Log.Lookup(ctx, events[i].Key)
		if err != nil {
			return recordFailure(err)
		}
		facts, err := recall[exception.MovedFacts](entry)
		if err != nil {
			return err
		}
		for n := range out.Told {
			if out.Told[n].Key == events[i].Key {
				out.Told[n].Told = facts.Told
			}
		}
		if i == len(receipts)-1 && facts.After != nil {
			out.Exception = *facts.After
		}
	}
	done(ctx, "exception advanced", "parts", len(events), "index", out.Index)
	return nil
}
