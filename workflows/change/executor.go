package change

import (
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// A change may be carried out by a process instead of a person (P27). That
// process is told whenever the approval moves, asks to start, and reports the
// outcome; the change judges and records each of them as it does a person's
// act, and closes last.

// receiveReports takes what the executor reports, each once.
func (c *process) receiveReports(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, SignalReported, func(r rules.Report) {
		if r.Key == "" || slices.Contains(c.s.Reports, r.Key) {
			return
		}
		c.s.Reports = append(c.s.Reports, r.Key)
		c.Follow(ctx, "report", r.Key, func(ctx workflow.Context) error { return c.reported(ctx, r) })
	})
}

// reported judges a report with the ticket, the directory and the calendars as
// they are now, and answers it.
func (c *process) reported(ctx workflow.Context, r rules.Report) error {
	in := compliance.Inbound{
		Delivery: c.s.Executor + "/" + r.Key, Surface: "process", Actor: compliance.Account{Provider: "process", ID: c.s.Executor},
		Subject: c.Self, Action: rules.ActionFinish, Received: r.At,
	}
	switch r.Result {
	case rules.Executing:
		in.Action = rules.ActionStart
	case rules.WithdrawnChange:
		in.Action = rules.ActionWithdraw
	}
	var look lastLook
	j, err := desk.Outlast(ctx, c.Desk, desk.AtEvidence, func(bool) (steps.JudgedAct, error) {
		var err error
		if look, err = c.look(ctx, in); err != nil {
			return steps.JudgedAct{}, err
		}
		look.ask.Report = &r
		return steps.JudgeAct(ctx, look.ask)
	})
	if err != nil {
		return err
	}
	c.s.Index = j.Index
	c.seen(j.Gate, workflow.Now(ctx))
	if j.Schedule != nil {
		c.s.Version.Route.Schedule = *j.Schedule
	}
	if j.Schedule != nil || len(j.Conditions) > 0 {
		c.s.Version.asked(ctx, j.Conditions)
	}
	now := workflow.Now(ctx)
	if j.Reason == rules.OK {
		c.carried(ctx, r, j.To)
	} else {
		c.s.Logged(refusedFact(in.Action, "", j.Reason, now))
		if _, err := c.notStarted(ctx, in, j, j.Reason, look); err != nil {
			return err
		}
	}
	c.answer(ctx, r.Key, j.Reason)
	return nil
}

// carried applies a report that counts.
func (c *process) carried(ctx workflow.Context, r rules.Report, to rules.State) {
	now := workflow.Now(ctx)
	c.s.Logged(compliance.Fact{Text: "The " + c.s.carrier() + " " + reportedText(to) + " " + compliance.Cut(r.Note, 200), At: now})
	switch {
	case to == rules.Executing:
		c.s.State, c.s.Version.Ready = rules.Executing, false
		c.Tell([]compliance.Fact{{Text: c.s.Number + " is being carried out by a " + c.s.carrier() + ". " + compliance.Cut(r.Note, 200), At: now}}, statusExecuting)
		c.stage(ctx)
	case to == rules.WithdrawnChange:
		c.s.Result = compliance.Cut(r.Note, 500)
		c.ended(ctx, to, rules.WithdrawnByProcess)
	case to.Terminal():
		c.s.Result = compliance.Cut(r.Note, 500)
		c.ended(ctx, to, rules.OK)
	default:
		c.s.Result, c.s.State = compliance.Cut(r.Note, 500), to
		c.Show()
	}
}

// carrier is what people call the process that carries the change out.
func (s *State) carrier() string {
	if strings.HasPrefix(s.Executor, ProposalPrefix) {
		return "proposal of rules"
	}
	return "rollout"
}

func reportedText(to rules.State) string {
	switch to {
	case rules.Executing:
		return "began."
	case rules.RolledBack:
		return "was rolled back."
	case rules.Failed:
		return "failed."
	case rules.WithdrawnChange:
		return "ended before it began, and the change with it."
	}
	return "is complete."
}

// keepTold tells the executor how the approval stands whenever it moves. An
// executor that is gone needs no word.
func (c *process) keepTold(ctx workflow.Context) {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(calm, "executor", func(ctx workflow.Context) {
		for {
			moved := func() bool { return c.Known() && (c.s.Told == nil || *c.s.Told != c.approval()) }
			if workflow.Await(ctx, moved) != nil {
				return
			}
			now := c.approval()
			c.s.Told = &now
			c.send(ctx, now)
		}
	})
}

// approval is how things stand for the executor.
func (c *process) approval() rules.Approval {
	v := c.s.Version
	return rules.Approval{
		Number: c.s.Number, State: c.s.State, Review: v.State, Version: v.N, Plan: v.Snapshot.PlanOf(),
		Expires: v.Expires, Reason: c.s.Reason, Ticket: c.s.Ticket.Key,
	}
}

// answer tells the executor what came of its report.
func (c *process) answer(ctx workflow.Context, key string, reason rules.Reason) {
	a := c.approval()
	a.Request, a.Reason = key, reason
	c.Background(ctx, "answer", func(ctx workflow.Context) { c.send(ctx, a) })
}

func (c *process) send(ctx workflow.Context, a rules.Approval) {
	err := workflow.SignalExternalWorkflow(ctx, c.s.Executor, "", SignalApproval, a).Get(ctx, nil)
	if err != nil {
		c.Logger.Warn("the executor was not told", "executor", c.s.Executor, "error", err)
	}
}
