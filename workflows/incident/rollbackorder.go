package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
)

// order has the rollback carried out. A process that can take itself back is
// told; what people carried out, people take back: they are called, and have a
// ticket for it where there are such tickets.
func (p *process) order(ctx workflow.Context, at int, now time.Time) {
	s, r := &p.s, p.s.Rollbacks[at]
	if takesItselfBack(r.Run.Subject) {
		order := compliance.RollbackOrder{
			Key: p.rollbackKey(at, "order"), Subject: p.Self, Number: s.Number, Plan: r.Run.Plan, Approver: r.Approver, Asker: r.Asker, At: now,
		}
		p.owe("order a rollback", func(ctx workflow.Context) {
			if err := workflow.SignalExternalWorkflow(ctx, r.Run.Subject, "", compliance.SignalRollback, order).Get(ctx, nil); err != nil {
				p.failed(ctx, at, "it is over and cannot take itself back: "+compliance.Cut(err.Error(), 120))
			}
		})
		return
	}
	carrier := carrier(r.Run)
	text := fmt.Sprintf("%s: please take %s back now, by its approved rollback plan, and report here what became of it.", s.name(), r.Run.Number)
	p.Call(p.rollbackKey(at, "carry-out"), text, carrier)
	if s.Plan.Actions {
		s.Owed = append(s.Owed, Owed{Key: p.rollbackKey(at, "ticket"), Title: fmt.Sprintf("Emergency: take %s back for %s", r.Run.Number, s.name()), Text: text, Person: carrier})
		p.openOwed()
	}
}

// openOwed opens the tickets that are owed; a run that continues as new leaves
// them to the next one.
func (p *process) openOwed() {
	for _, o := range p.s.Owed {
		if slices.Contains(p.opening, o.Key) {
			continue
		}
		p.opening = append(p.opening, o.Key)
		p.beside("owed ticket", func(ctx workflow.Context) {
			_, opened := p.openAction(ctx, o.Key, o.Title, o.Text, o.Person, time.Time{})
			p.opening = slices.DeleteFunc(p.opening, func(key string) bool { return key == o.Key })
			if opened {
				p.s.Owed = slices.DeleteFunc(p.s.Owed, func(other Owed) bool { return other.Key == o.Key })
			}
		})
	}
}

// takesItselfBack reports whether a run is a process that listens to
// compliance.SignalRollback; a change is carried out by people.
func takesItselfBack(subject string) bool { return strings.HasPrefix(subject, "patch/") }

// carrier is who carried a run out: the last of its authors is its implementer.
func carrier(r rules.Run) compliance.PersonID {
	if len(r.Authors) == 0 {
		return ""
	}
	return r.Authors[len(r.Authors)-1]
}

// report takes the word of whoever carries a rollback out. A failed one pages
// the next level at once, so it does not wait for the log.
func (p *process) report(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	act, bad, field := rules.ParseAct(in)
	who, err := p.actor(ctx, in)
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	s, now := &p.s, workflow.Now(ctx)
	at, reason := s.picked(act, bad, came, rules.RollbackRunning)
	if reason == rules.OK {
		reason = rules.JudgeReport(s.Standing, s.Rollbacks[at], who.Actor)
	}
	if reason != rules.OK {
		return p.refused(in, act, who.Person, reason, field, now), nil
	}
	r := &s.Rollbacks[at]
	r.State = act.Result
	kind := rules.EventRollbackDone
	if act.Result == rules.RollbackFailed {
		kind = rules.EventRollbackFailed
	} else {
		s.Runs = rules.TookBack(s.Runs, r.Run.Number)
	}
	p.actBehind(in, kind, "", rollbackFacts(*r, p.act(in, act.Binding.Page, reason), ""))
	s.Logged(compliance.Fact{Text: fmt.Sprintf("Rollback of %s %s (%s), reported by", r.Run.Number, r.State, compliance.Cut(act.Text, 120)), People: []compliance.PersonID{who.Person}, At: now})
	p.Tell(rollbackNote(s, *r, now), "")
	text := fmt.Sprintf("The rollback of %s is on record as done.", r.Run.Number)
	if act.Result == rules.RollbackFailed {
		text = fmt.Sprintf("The rollback of %s is on record as failed. %s", r.Run.Number, p.push(at, act.Text, now))
	}
	p.move()
	return compliance.Reply{Outcome: compliance.Recorded, Text: text}, nil
}

// rollbackEnded takes the word of a process that took itself back.
func (p *process) rollbackEnded(ctx workflow.Context, e compliance.RollbackEnded) {
	for at := range p.s.Rollbacks {
		r := &p.s.Rollbacks[at]
		if e.Key != p.rollbackKey(at, "order") || r.State != rules.RollbackRunning {
			continue
		}
		if !e.Done {
			p.failed(ctx, at, e.Detail)
			return
		}
		r.State = rules.RollbackDone
		p.s.Runs = rules.TookBack(p.s.Runs, r.Run.Number)
		p.behind(ctx, rules.EventRollbackDone, "", rollbackFacts(*r, nil, ""))
		p.s.Logged(compliance.Fact{Text: fmt.Sprintf("Rollback of %s done. %s", r.Run.Number, compliance.Cut(e.Detail, 120)), At: e.At})
		p.Tell(rollbackNote(&p.s, *r, workflow.Now(ctx)), "")
		p.move()
	}
}

// failed ends a rollback that did not get there: the next level is paged,
// whether or not somebody has acknowledged (I24).
func (p *process) failed(ctx workflow.Context, at int, why string) {
	r, now := &p.s.Rollbacks[at], workflow.Now(ctx)
	r.State = rules.RollbackFailed
	p.behind(ctx, rules.EventRollbackFailed, "", rollbackFacts(*r, nil, ""))
	p.s.Logged(compliance.Fact{Text: fmt.Sprintf("Rollback of %s failed: %s", r.Run.Number, compliance.Cut(why, 120)), At: now})
	p.Tell(rollbackNote(&p.s, *r, now), "")
	p.push(at, why, now)
	p.move()
}

// push has somebody paged because a rollback failed, and says who. What is
// resolved is never opened again (I9) and pages nobody any more: then the failure
// is a new incident, which pages until somebody has it.
func (p *process) push(at int, why string, now time.Time) string {
	s := &p.s
	if s.Standing.State.Pages() {
		s.Standing = s.Standing.Push(now)
		return "The next level is paged."
	}
	r := s.Rollbacks[at]
	key := p.rollbackKey(at, "failed")
	ev := compliance.AlertEvent{
		Delivery: key, Source: compliance.OwnSource, Key: key, Firing: true, Severity: compliance.OwnCritical, System: s.Plan.System,
		Title: fmt.Sprintf("The rollback of %s failed after %s was resolved", r.Run.Number, s.name()),
		Text:  "It was approved as an emergency, and the earlier state was not reached. Seen: " + why,
		Link:  s.Link, StartsAt: now, Received: now,
	}.Bounded()
	p.owe("failed rollback", func(ctx workflow.Context) {
		if err := Raise(ctx, ev); err != nil {
			p.Logger.Error("no alert could be raised about a failed rollback; people are called from here", "alert", ev.Key, "error", err)
			p.Call(key+"/call", ev.Title+".", s.responders()...)
		}
	})
	return s.name() + " is resolved, so a new incident pages."
}
