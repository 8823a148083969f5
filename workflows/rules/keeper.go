package rules

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/workflows/steps"
)

// pageAfter is how many signals one run takes before it goes on as a new one.
const pageAfter = 200

// KeepRules puts on record what processes see in the policy's files, one after the
// other, and keeps what is in force where all of them read it. It is no truth: the
// log is. A run that was ended from outside is begun by the next process that looks,
// and reads what is on record.
func KeepRules(ctx workflow.Context, in KeeperInput) error {
	var standing rules.Standing
	if in.Carried != nil {
		standing = *in.Carried // its memo was carried, too
	}
	seen, moved := workflow.GetSignalChannel(ctx, SignalSeen), workflow.GetSignalChannel(ctx, SignalMoved)
	for taken := 0; ; taken++ {
		if taken >= pageAfter && seen.Len() == 0 && moved.Len() == 0 {
			return workflow.NewContinueAsNewError(ctx, KeepRules, KeeperInput{Carried: &standing})
		}
		now, err := next(ctx, seen, moved)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // repeating cannot help: what comes next is not held up by it
			workflow.GetLogger(ctx).Error("what was seen of the policy is not on record", "error", err)
			continue
		}
		if now == standing {
			continue
		}
		// What came into force is on record before anybody acts by it.
		if err := workflow.UpsertMemo(ctx, map[string]any{MemoStanding: now}); err != nil {
			return err
		}
		// The first move finds nothing that was decided by another. A run that an
		// operator ended knows none, and tells of the present one at most again.
		if now.Version != standing.Version && now.Moves > 1 {
			if err := tellChanges(ctx, now); err != nil {
				return err
			}
		}
		standing = now
	}
}

// next takes one signal and says what is in force then. It waits for the log
// without end: until it answers, what was in force stays so.
func next(ctx workflow.Context, seen, moved workflow.ReceiveChannel) (rules.Standing, error) {
	var what *rules.Sighting
	workflow.NewSelector(ctx).
		AddReceive(seen, func(c workflow.ReceiveChannel, _ bool) {
			what = new(rules.Sighting)
			c.Receive(ctx, what)
		}).
		AddReceive(moved, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) }).
		AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {}).
		Select(ctx)
	if ctx.Err() != nil {
		return rules.Standing{}, ctx.Err()
	}
	return steps.Persist(ctx, func(bool) (rules.Standing, error) {
		if what == nil {
			return steps.RecallStanding(ctx)
		}
		return steps.RecordSighting(ctx, *what)
	}, steps.Waiting(ctx, "It"))
}

// ReadRules gives rules that are kept to a process that has no store of its own. It
// is no part of any decision.
func ReadRules(ctx workflow.Context, in steps.ReadRulesInput) (steps.RulesContent, error) {
	return steps.ReadRules(ctx, in)
}
