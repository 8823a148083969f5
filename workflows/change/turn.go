package change

import (
	"go.temporal.io/sdk/workflow"

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

// outOfLine reports whether, at the end, the turn is given back.
func (c *process) outOfLine() bool { return c.s.Number == "" || !c.speaking && !c.unsaid() }
