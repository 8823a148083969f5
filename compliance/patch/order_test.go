package patch_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/patch"
)

func TestI24_WhatAnIncidentMayOrder(t *testing.T) {
	good := compliance.RollbackOrder{Key: "k", Subject: "incident/1", Approver: "p-dana", Asker: "p-bruno"}
	standing := patch.Standing{State: patch.Rolling, Touched: true, AskedBy: "p-jonas"}
	require.Equal(t, patch.OK, patch.JudgeOrder(standing, good))
	for name, c := range map[string]struct {
		change func(*patch.Standing, *compliance.RollbackOrder)
		want   patch.Reason
	}{
		"no key":               {func(_ *patch.Standing, o *compliance.RollbackOrder) { o.Key = "" }, patch.BadRequest},
		"nobody to answer":     {func(_ *patch.Standing, o *compliance.RollbackOrder) { o.Subject = "" }, patch.BadRequest},
		"nobody approved":      {func(_ *patch.Standing, o *compliance.RollbackOrder) { o.Approver = "" }, patch.NotAllowed},
		"by who asked":         {func(_ *patch.Standing, o *compliance.RollbackOrder) { o.Approver = "p-bruno" }, patch.SamePerson},
		"by who rolled it out": {func(_ *patch.Standing, o *compliance.RollbackOrder) { o.Approver = "p-jonas" }, patch.SamePerson},
		"not deployed":         {func(s *patch.Standing, _ *compliance.RollbackOrder) { s.Touched = false }, patch.NothingTouched},
		"back already":         {func(s *patch.Standing, _ *compliance.RollbackOrder) { s.State, s.Barred = patch.RolledBack, true }, patch.AlreadyBack},
		"never began":          {func(s *patch.Standing, _ *compliance.RollbackOrder) { s.State = patch.Rejected }, patch.AlreadyOver},
		"under way":            {func(s *patch.Standing, _ *compliance.RollbackOrder) { s.State = patch.Reverting }, patch.AlreadyDone},
		"one more try":         {func(s *patch.Standing, _ *compliance.RollbackOrder) { s.State = patch.Stranded }, patch.OK},
		"complete":             {func(s *patch.Standing, _ *compliance.RollbackOrder) { s.State = patch.Completed }, patch.OK},
		"stopped":              {func(s *patch.Standing, _ *compliance.RollbackOrder) { s.State, s.Stopped = patch.Held, true }, patch.OK},
		"barred by another": {func(s *patch.Standing, _ *compliance.RollbackOrder) {
			s.State, s.HeldFor, s.Barred = patch.Held, patch.PayloadBarred, true
		}, patch.OK},
	} {
		s, o := standing, good
		c.change(&s, &o)
		require.Equal(t, c.want, patch.JudgeOrder(s, o), name)
	}
}

// P8: no situation lets a barred payload into another ring, whatever else holds;
// lifting is what a person does, and Next never does it.
func TestP8_ABarIsNeverBypassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := situation(t)
		s.State = rapid.SampledFrom(patch.States()).Draw(t, "state")
		for i := range s.Rings {
			s.Rings[i] = drawStanding(t)
		}
		if rapid.Bool().Draw(t, "fresh") {
			s.Rings[2] = patch.RingStanding{State: patch.Waiting}
		}
		s.Stopped = rapid.Bool().Draw(t, "stopped")
		s.Bars = []patch.Bar{{Digest: another}, {Digest: payload, Lifted: &patch.Lift{By: "p-1"}}, {Digest: payload}}
		d := patch.Next(s, noon)
		require.NotContains(t, []patch.Move{patch.StartRing, patch.Proceed, patch.Prove, patch.Probe, patch.Retry, patch.Finish}, d.Move)
	})
}

// P1: the ring that starts is the first that has not begun, and every ring before
// it is proven: no order of rings but the plan's.
func TestP1_RingsStartInTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := situation(t)
		for i := range s.Rings {
			if rapid.Bool().Draw(t, "begun") {
				s.Rings[i] = drawStanding(t)
			} else {
				s.Rings[i] = rapid.SampledFrom([]patch.RingStanding{proven(), {State: patch.Waiting}}).Draw(t, "plain")
			}
		}
		d := patch.Next(s, noon)
		if d.Move != patch.StartRing {
			return
		}
		for i, r := range s.Rings {
			if i < d.Ring {
				require.Equal(t, patch.Proven, r.State)
			}
		}
		require.Equal(t, patch.Waiting, s.Rings[d.Ring].State)
	})
}

// P9: a freeze never lets a ring start and never changes what takes the way back.
func TestP9_AFreezeBlocksForwardNeverBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := situation(t)
		s.State = rapid.SampledFrom([]patch.State{patch.Rolling, patch.Held}).Draw(t, "state")
		for i := range s.Rings {
			s.Rings[i] = drawStanding(t)
		}
		for range rapid.IntRange(0, 2).Draw(t, "alarms") {
			s.Alarms = append(s.Alarms, patch.Alarm{Ring: rapid.IntRange(-1, 3).Draw(t, "ring")})
		}
		open := patch.Next(s, noon)
		s.Schedule.Freezes = []change.NamedInterval{freeze(rapid.IntRange(-9, 0).Draw(t, "from"), rapid.IntRange(1, 9).Draw(t, "to"))}
		frozen := patch.Next(s, noon)
		require.NotEqual(t, patch.StartRing, frozen.Move)
		if open.Move == patch.RollBack || frozen.Move == patch.RollBack {
			require.Equal(t, open, frozen)
		}
	})
}
