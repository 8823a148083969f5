package certification

import (
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/steps"
)

// takeUp goes on where an earlier run stood that an operator ended. Its
// reminders and its card exist, and must pass neither for this run's nor for new
// ones: this run's keys are its own. The renewal's ticket goes on, found by its
// key. Where people have been asked for something, a card of this run says
// where it stands.
func (c *process) takeUp(out steps.AdvancedTracker) {
	t := out.Tracker
	c.s.Life, c.Again = "/"+c.First[:min(8, len(c.First))], true
	c.s.Task, c.s.TaskDone = out.Tasks.Count, !out.Tasks.Open
	if gap, ok := rules.FindGap(t.Before, t.Current.Coverage); ok {
		c.s.Gap = &gap
	}
	if t.Progress.Begun || t.Next != nil || t.Current.Version > 1 {
		c.s.Shown = t.Current.Version
		c.Show()
	}
}
