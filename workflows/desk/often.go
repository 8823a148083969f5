package desk

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
)

// actor is an account; acts that may not wait are counted apart.
type actor struct {
	who       compliance.Account
	immediate bool
}

func (d *Desk) actor(in compliance.Inbound) actor {
	return actor{who: in.Actor, immediate: d.process.Immediate(in.Action)}
}

// often reports whether an account has acted as often in the last minute as is
// taken up. It changes nothing, so that a validator may ask.
func (d *Desk) often(ctx workflow.Context, in compliance.Inbound) bool {
	since, n := workflow.Now(ctx).Add(-time.Minute), 0
	for _, at := range d.taken[d.actor(in)] {
		if at.After(since) {
			n++
		}
	}
	return n >= compliance.ActsPerMinute
}

// takenUp counts an act that is in the history now.
func (d *Desk) takenUp(ctx workflow.Context, in compliance.Inbound) {
	who := d.actor(in)
	times := append(d.taken[who], workflow.Now(ctx))
	d.taken[who] = times[max(0, len(times)-compliance.ActsPerMinute):]
}

// tooOften declines an update before it is in the history.
func tooOften() error {
	return temporal.NewApplicationError(
		fmt.Sprintf("more than %d acts of one account within a minute; wait a minute, then repeat it", compliance.ActsPerMinute), compliance.TooManyActs)
}
