package incident

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// lookBack asks the record what was done to the system before, and which
// incident the same alert opened last. It may take as long as the log does:
// what it finds is shown when it is known (I24).
func (p *process) lookBack(ctx workflow.Context) {
	s := &p.s
	if s.Looked {
		return
	}
	found, err := desk.Outlast(ctx, p.Desk, desk.AtEvidence, func(bool) (steps.LookedBack, error) {
		return steps.LookBack(ctx, steps.LookBackInput{Policy: s.Plan.Policy, System: s.Plan.System, Opened: s.Opened, Alert: s.Alert, Self: p.Self})
	})
	if err != nil {
		return // cancelled; the next run looks
	}
	s.Looked, s.Runs = true, found.Candidates
	if found.Before != "" {
		s.Before = found.Before
	}
	p.move()
}

// rollbackAsked notes that somebody wants a run taken back, and calls those who
// may approve it.
func (p *process) rollbackAsked(act rules.Act, j steps.JudgedIncidentAct, now time.Time) string {
	s := &p.s
	s.Rollbacks = append(s.Rollbacks, rules.Rollback{Run: j.Candidate.Run, State: rules.RollbackAsked, Asker: j.Person, Asked: now})
	s.Logged(compliance.Fact{Text: fmt.Sprintf("Rollback of %s asked for (%s) by", act.Run, compliance.Cut(act.Text, 120)), People: []compliance.PersonID{j.Person}, At: now})
	p.Call(p.rollbackKey(len(s.Rollbacks)-1, "ask"), fmt.Sprintf("%s: a rollback of %s is asked for. Somebody who neither asked for it nor carried %s out has to approve it.", s.name(), act.Run, act.Run))
	p.Tell(rollbackNote(s, s.Rollbacks[len(s.Rollbacks)-1], now), "")
	return fmt.Sprintf("The rollback of %s is asked for. Somebody else has to approve it; then it starts.", act.Run)
}

func (p *process) rollbackDenied(act rules.Act, j steps.JudgedIncidentAct, now time.Time) string {
	s := &p.s
	r := &s.Rollbacks[j.At]
	if r.State == rules.RollbackAsked {
		r.State, r.Approver = rules.RollbackDenied, j.Person
	}
	s.Logged(compliance.Fact{Text: fmt.Sprintf("Rollback of %s denied (%s) by", r.Run.Number, compliance.Cut(act.Text, 120)), People: []compliance.PersonID{j.Person}, At: now})
	p.Tell(rollbackNote(s, *r, now), "")
	return fmt.Sprintf("The rollback of %s is denied. It may be asked for again.", r.Run.Number)
}

func (p *process) rollbackKey(i int, step string) string {
	return fmt.Sprintf("%s/rollback/%d/%s", p.Owner(), i+1, step)
}

// approve starts a rollback, if the person may: one approval is enough, by
// somebody who neither asked for it nor carried out what it takes back. It does
// not wait for the log (G3).
func (p *process) approve(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	act, bad, field := rules.ParseAct(in)
	who, err := p.actor(ctx, in)
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	s, now := &p.s, workflow.Now(ctx)
	at, reason := s.picked(act, bad, came, rules.RollbackAsked)
	if reason == rules.OK {
		if reason = rules.JudgeRollbackDecision(s.Rollbacks[at], who.Actor); reason == rules.OK && !who.Approves {
			reason = rules.NotApprover
		}
	}
	if reason != rules.OK {
		return p.refused(in, act, who.Person, reason, field, now), nil
	}
	r := &s.Rollbacks[at]
	r.State, r.Approver = rules.RollbackApproved, who.Person
	p.actBehind(in, rules.EventRollbackApproved, "", rollbackFacts(*r, p.act(in, act.Binding.Page, reason), act.Attested.Shown))
	s.Logged(compliance.Fact{Text: fmt.Sprintf("Rollback of %s approved by", r.Run.Number), People: []compliance.PersonID{who.Person}, At: now})
	// Running before anything is told to anybody: there is no way back into it,
	// so it starts once, also over a crash.
	r.State = rules.RollbackRunning
	p.behind(ctx, rules.EventRollbackStarted, "", rollbackFacts(*r, nil, ""))
	p.Tell(rollbackNote(s, *r, now), "")
	p.order(ctx, at, now)
	p.move()
	return compliance.Reply{Outcome: compliance.Recorded, Text: fmt.Sprintf("The rollback of %s has started. What becomes of it is reported here.", r.Run.Number)}, nil
}

func rollbackFacts(r rules.Rollback, act *rules.ActFacts, shown string) rules.RollbackFacts {
	return rules.RollbackFacts{
		ActFacts: act, Run: r.Run.Number, Plan: r.Run.Plan, Backup: r.Run.Backup, State: r.State,
		Asker: r.Asker, Approver: r.Approver, Authors: r.Run.Authors, Shown: shown,
	}
}

// picked is the rollback that an act is about, of those in a state; bad is what was
// wrong with the act itself.
func (s *State) picked(act rules.Act, bad rules.Reason, came time.Time, in rules.RollbackState) (at int, why rules.Reason) {
	if bad != rules.OK {
		return -1, bad
	}
	if why := rules.JudgeBinding(s.Standing, act.Binding, came); why != rules.OK {
		return -1, why
	}
	return rules.Pick(s.Rollbacks, act.Run, in)
}
