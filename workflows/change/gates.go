package change

import "go.temporal.io/sdk/workflow"

// The changes of commands that runs under way must not see. A gate is never
// removed before no run without it is left.
const (
	// gateSetBackAlways: a ticket moved by hand is set back during execution and
	// after a denial or expiry as well; before, only in review and while approved.
	gateSetBackAlways = "set-back-always"
)

func setsBackAlways(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, gateSetBackAlways, workflow.DefaultVersion, 1) == 1
}
