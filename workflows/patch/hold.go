package patch

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// hold stops moving forward and asks a person. A backup that is only missing is
// taken and proved first, once.
func (p *process) hold(ctx workflow.Context, d rules.Decision) error {
	if aboutBackup(d.Reason) && p.tried != p.look() {
		return p.proveRing(ctx, d.Ring)
	}
	return p.Locked(ctx, func() error {
		if p.s.State != rules.Rolling {
			return nil
		}
		return p.heldFor(ctx, d, p.s.Detail)
	})
}

// heldFor records a halt and calls the people who can end it. It runs alone.
func (p *process) heldFor(ctx workflow.Context, d rules.Decision, detail string) error {
	facts := p.ringFacts(d.Ring, "", d.Reason)
	facts.Move = rules.Hold
	switch d.Reason {
	case rules.TargetsTaken:
		facts.Others, detail = p.s.Others, rules.TakenText(p.s.Others)
	case rules.ForensicsFirst:
		detail = p.assumed()
	}
	if len(facts.Others) == 0 && detail != "" {
		facts.Results = []rules.CheckResult{{Suite: d.Target, Detail: compliance.Cut(detail, 300), At: workflow.Now(ctx)}}
	}
	if err := p.record(ctx, p.step(d.Ring, "held"), rules.EventHeld, rules.Held, facts); err != nil {
		return err
	}
	p.s.State, p.s.Reason, p.s.HeldRing, p.s.HeldAt, p.s.Detail = rules.Held, d.Reason, d.Ring, d.Target, detail
	p.s.Awaited = 0
	p.s.Turn++
	p.call(fmt.Sprintf("held/%d", p.s.Turn), heldNote(p.s))
	p.stage(ctx)
	return nil
}

func aboutBackup(r rules.Reason) bool {
	switch r {
	case rules.NoBackup, rules.BackupStale, rules.BackupDated, rules.RestoreUnproved:
		return true
	}
	return false
}
