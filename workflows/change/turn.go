package change

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/queue"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"

	line "github.com/lowcodex/countersign/workflows/queue"
)

// Where the policy limits how many changes are carried out at once, a change asks the
// line of its environment for a turn as soon as it could start, and gives it back at
// every end (C29). What it says follows from its state, so a word that was lost with a
// crash is said again.

// Lined is how a change stands in its line.
type Lined struct {
	Word queue.Word `json:"word"`           // what it said last
	Said bool       `json:"said,omitempty"` // and that the line has it
	// System and Environment name the line.
	System      string     `json:"system"`
	Environment string     `json:"environment"`
	Turn        queue.Turn `json:"turn"`
}

// granted reports whether nothing of the line keeps the change from starting.
func (s *State) granted() bool {
	return s.Version.Route.Schedule.Concurrency == 0 || s.Line != nil && s.Line.Turn.Granted
}

// before are the numbers of those that come first.
func (s *State) before() []string {
	if s.Line == nil {
		return nil
	}
	return s.Line.Turn.Before
}

// wish is what the change has to say to its line now; false when it is in none.
func (c *process) wish() (queue.Word, bool) {
	v := c.s.Version
	s := v.Route.Schedule
	w := queue.Word{
		Kind: queue.Join, Subject: c.Self, Number: c.s.Number, Approved: v.Approved.UTC(), Limit: s.Concurrency, Within: s.TurnWithin, Until: v.Opening.Until.UTC(),
	}
	switch {
	case s.Concurrency == 0:
		return queue.Word{}, false
	case c.s.State == rules.WaitingWindow && v.Ready:
		return w, true
	case c.s.State == rules.Executing || c.s.State == rules.Verifying:
		w.Kind = queue.Begin
		if c.s.Line != nil {
			w.Until = c.s.Line.Word.Until // it counts no more
		}
		return w, true
	}
	return queue.Word{}, false
}

// unsaid reports whether the line has to hear something.
func (c *process) unsaid() bool {
	w, in := c.wish()
	if !in || c.s.Line == nil {
		return in || c.s.Line != nil
	}
	return !c.s.Line.Said || c.s.Line.Word != w
}

// keepInLine says to the line what it has to hear, one word after the other.
func (c *process) keepInLine(ctx workflow.Context) {
	calm, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(calm, "line", func(ctx workflow.Context) {
		for workflow.Await(ctx, func() bool { return c.Known() && !c.speaking && c.unsaid() }) == nil {
			c.speaking = true
			c.Background(ctx, "word", func(ctx workflow.Context) {
				defer func() { c.speaking = false }()
				c.speak(ctx)
			})
		}
	})
}

// speak says one word. A line that is not there needs no farewell.
func (c *process) speak(ctx workflow.Context) {
	w, in := c.wish()
	if !in {
		left := *c.s.Line
		c.s.Line = nil
		leave := queue.Word{Kind: queue.Leave, Subject: c.Self}
		err := workflow.SignalExternalWorkflow(ctx, line.WorkflowID(left.System, left.Environment), "", line.SignalWord, leave).Get(ctx, nil)
		if err != nil {
			c.Logger.Info("there is no line to leave", "error", err)
		}
		c.Show()
		return
	}
	s := c.s.Version.Snapshot
	said := Lined{Word: w, System: s.System, Environment: s.Environment}
	if c.s.Line != nil && w.Kind == c.s.Line.Word.Kind {
		said.Turn = c.s.Line.Turn
	}
	c.s.Line = &said
	_, err := desk.Insist(ctx, c.Desk, AtLine, func(bool) (steps.Done, error) {
		return steps.Done{}, steps.SpeakToLine(ctx, steps.SpeakInput{UnderwayInput: steps.UnderwayInput{System: s.System, Environment: s.Environment}, Word: w})
	})
	if err != nil {
		c.Logger.Error("the line was not told", "word", w.Kind, "error", err)
	}
	if c.s.Line != nil && c.s.Line.Word == w {
		c.s.Line.Said = true // also where repeating cannot help: a start asks again
	}
	c.Show()
}

// AtLine is where a failure to reach the line is shown as coming from.
const AtLine = "line of its environment"

// askAgain has the line hear the wish once more: it may have been ended from outside.
func (c *process) askAgain() {
	if c.s.Line != nil {
		c.s.Line.Said = false
	}
}

// outOfLine waits, at the end, until the turn is given back.
func (c *process) outOfLine(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return c.s.Number == "" || !c.speaking && !c.unsaid() })
}

// receiveTurns takes what the line tells: the place, the turn, and that it passed.
func (c *process) receiveTurns(ctx workflow.Context) {
	desk.Receive(ctx, c.Desk, line.SignalTurn, func(t queue.Turn) {
		if c.s.Line == nil || c.s.State != rules.WaitingWindow {
			return // it left meanwhile, and the line is told so
		}
		was := c.s.Line.Turn
		c.s.Line.Turn = t
		c.Show()
		switch {
		case t.Granted && !was.Granted:
			c.callTurn(ctx, t)
		case t.Passed:
			c.Background(ctx, "turn", func(ctx workflow.Context) {
				if err := c.Locked(ctx, func() error { return c.turnPassed(ctx, was) }); err != nil {
					c.Logger.Error("a turn that passed is not on record", "error", err)
				}
			})
		}
	})
}

// callTurn calls the implementer, now and not before.
func (c *process) callTurn(ctx workflow.Context, t queue.Turn) {
	if c.s.Executor != "" {
		return // it asks again by itself
	}
	v := c.s.Version
	text := c.s.Number + " may be started now: it is its turn"
	if !t.Deadline.IsZero() {
		text += ", until " + spokenInstant(t.Deadline)
	}
	c.Call(fmt.Sprintf("%s/v%d/turn/%d", c.s.Number, v.N, workflow.Now(ctx).Unix()), text+".", v.Route.Implementer)
}

// turnPassed puts on record that the turn was not used.
func (c *process) turnPassed(ctx workflow.Context, was queue.Turn) error {
	if c.s.State != rules.WaitingWindow {
		return nil
	}
	err := c.move(ctx, rules.EventTurnPassed, rules.MovedFacts{Reason: rules.TurnPassed, Expires: c.s.Version.Expires, Detail: "it was to be used by " + spokenInstant(was.Deadline)})
	if err == nil {
		c.s.Logged(compliance.Fact{Text: "Its turn passed unused.", At: workflow.Now(ctx)})
		c.Show()
	}
	return err
}

// lineText says who is ahead, to somebody who may not start yet.
func lineText(s State) string {
	if s.Line == nil || len(s.Line.Turn.Before) == 0 {
		return "Its place in the line follows on the card."
	}
	t := s.Line.Turn
	text := "Ahead of it: " + strings.Join(t.Before, ", ")
	if t.More > 0 {
		text += fmt.Sprintf(" and %d more", t.More)
	}
	return text + "."
}

// lineFacts are the place in the line, and the end of a turn.
func lineFacts(s State) []compliance.Fact {
	limit := s.Version.Route.Schedule.Concurrency
	switch {
	case limit == 0:
		return nil
	case !s.granted():
		place := "not known yet"
		if s.Line != nil && s.Line.Turn.Place > 0 {
			place = fmt.Sprint(s.Line.Turn.Place)
		}
		return []compliance.Fact{{Label: "Place in the line", Text: fmt.Sprintf("%s; %d at once. %s", place, limit, lineText(s))}}
	case s.Line.Turn.Deadline.IsZero():
		return nil
	}
	return []compliance.Fact{{Label: "Its turn until", At: s.Line.Turn.Deadline}}
}
