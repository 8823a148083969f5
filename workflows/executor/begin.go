package executor

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// answerWithin is how long a change may take to answer: it reads ticket, directory and
// calendars first.
const answerWithin = 15 * time.Minute

// Begin asks the change to begin, once more, and waits for its answer or until over.
// It is judged as a person's start would be: ticket unchanged, approvals and
// eligibility still good, its calendar open. The answer is in Start; whoever gets
// another than yes, or none, goes on with Rest. Owner begins the event keys.
func (c *Carrying) Begin(ctx workflow.Context, owner, note string, over func() bool) error {
	n := c.Start.N + 1
	c.granted = false
	c.Start = Request{N: n, Key: fmt.Sprintf("%s/start/%d", owner, n)}
	told, err := c.Report(ctx, c.Start.Key, change.Executing, note)
	if err != nil || !told {
		return err
	}
	_, err = workflow.AwaitWithTimeout(ctx, answerWithin, func() bool { return c.Start.Answered || over() })
	return err
}

// Begun reports whether the change said yes.
func (r Request) Begun() bool { return r.Answered && r.Reason == change.OK }

// Rest waits until it can be asked again: less and less often, and at once when it is
// the change's turn in the line of this place, when the approval is lost, because the
// change says more when it moved, and when it executes: its yes came late.
func (c *Carrying) Rest(ctx workflow.Context, system, environment string) error {
	c.hearOfTurn(ctx, system, environment)
	pause := min(time.Minute<<min(c.Start.N-1, 6), steps.LongestPause)
	_, err := workflow.AwaitWithTimeout(ctx, pause, func() bool { return !c.Approval.Given() || c.granted || c.Approval.State == change.Executing })
	return err
}

// Report tells the change what became of what it approved; the change takes a key
// once. False when there is no change to tell: one that is gone needs no word.
func (c *Carrying) Report(ctx workflow.Context, key string, result change.State, note string) (bool, error) {
	if c.Change == "" {
		return false, nil
	}
	r := change.Report{Key: key, Result: result, At: workflow.Now(ctx), Note: compliance.Cut(note, 400)}
	err := workflow.SignalExternalWorkflow(ctx, c.Change, "", changes.SignalReported, r).Get(ctx, nil)
	if temporal.IsCanceledError(err) {
		return false, err
	}
	if err != nil {
		workflow.GetLogger(ctx).Warn("the change was not told", "change", c.Change, "key", key, "error", err)
		return false, nil
	}
	return true, nil
}
