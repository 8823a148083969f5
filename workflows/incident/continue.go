package incident

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// resting reports whether the engine suggests a fresh history, nothing is under
// way that would keep this one, and nothing is due meanwhile.
func (p *process) resting(ctx workflow.Context) bool {
	if p.sending > 0 || p.owed > 0 || !p.Quiet() || !p.ShouldContinue(ctx) {
		return false
	}
	now := workflow.Now(ctx)
	if !p.rested.IsZero() && now.Sub(p.rested) < restAgain {
		return false
	}
	return p.next(ctx).Sub(now) > restFor || workflow.GetInfo(ctx).GetCurrentHistoryLength() > longHistory
}

const (
	// restFor is how long beginning a fresh run may take: nothing is paged meanwhile.
	restFor   = 45 * time.Second
	drainFor  = 30 * time.Second
	restAgain = 10 * time.Minute
	// longHistory is where something that is always due soon does not keep the
	// history any more; the engine ends a run at some 50,000 events.
	longHistory = 20_000
)

// continueAsNew hands everything to a fresh run; false when that has to wait.
func (p *process) continueAsNew(ctx, calm workflow.Context, stopMirrors func()) (bool, error) {
	p.quiet = true
	drained, err := p.DrainWithin(ctx, calm, drainFor, stopMirrors)
	if err != nil {
		return false, err
	}
	if !drained {
		p.quiet, p.rested = false, workflow.Now(calm)
		return false, nil
	}
	return true, workflow.NewContinueAsNewError(calm, Incident, Input{Carried: p.s.carried()})
}
