package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/workflows/desk"
)

// whole is desk.Outlast for a step that must not be abandoned while it runs,
// because it changes a target: only the waits between its tries end when the way
// back is ordered.
func whole[R any](ctx workflow.Context, p *process, step func(ctx workflow.Context, repeat bool) (R, error)) (R, error) {
	return desk.Outlast(ctx, p.Desk, AtPlatform, func(repeat bool) (R, error) {
		calm, _ := workflow.NewDisconnectedContext(ctx)
		return step(calm, repeat)
	})
}
