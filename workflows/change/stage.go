package change

import (
	"go.temporal.io/sdk/workflow"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
)

// stage shows the state in lists; called on stage changes only.
func (c *process) stage(ctx workflow.Context) {
	v := c.s.Version
	awaiting, due := c.awaiting()
	stage := string(c.s.State)
	if c.s.State == rules.Open {
		stage = string(v.State)
		if v.State == rules.Rejected && c.s.Reason != rules.DeniedByApprover {
			stage = StageNotSubmitted
		}
	}
	c.Stage(ctx, desk.Stage{
		Process: "change", Stage: stage, System: v.Snapshot.System, Environment: v.Snapshot.Environment,
		Awaiting: awaiting, Due: due, Title: v.Snapshot.Title, Status: status(c.s),
	})
}
