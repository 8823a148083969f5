package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/patch"
)

const (
	payload = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	another = "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
)

func plan() patch.Plan {
	ring := func(name string, critical bool, targets ...string) patch.Ring {
		return patch.Ring{
			Name: name, Targets: targets, Suites: []string{"smoke"}, WriteProbe: "save-a-flow", Soak: 10 * time.Hour,
			Duration: time.Hour, Attempts: 3, Critical: critical,
		}
	}
	return patch.Plan{
		Payload:      patch.Payload{Title: "Runtime", Version: "9.24.22", Digest: payload},
		Rings:        []patch.Ring{ring("staging", false, "s1"), ring("canary", false, "c1", "c2"), ring("production", true, "p1")},
		BackupMaxAge: 24 * time.Hour,
	}
}

// proven is a ring that passed everything, ten hours before noon.
func proven() patch.RingStanding {
	return patch.RingStanding{
		State: patch.Proven, Digest: payload, Outcome: patch.Pass, HealthySince: hours(-10), Probed: noon, Seen: noon,
	}
}

func goodBackup(target string) patch.Backup {
	return patch.Backup{Target: target, Taken: hours(-2), Digest: "d1", Probe: &patch.RestoreProbe{Of: "d1", Read: "d1", At: hours(-1)}}
}

// situation is a rollout whose last, critical ring may start at noon.
func situation(t require.TestingT) patch.Situation {
	p := plan()
	hash, err := p.Hash()
	require.NoError(t, err)
	return patch.Situation{
		State: patch.Rolling, Plan: p, PlanHash: hash, Rings: []patch.RingStanding{proven(), proven(), {State: patch.Waiting}},
		Approval: patch.Approval{Given: true, PlanHash: hash, Expires: hours(100)},
		Backups:  map[string]patch.Backup{"p1": goodBackup("p1")},
	}
}

func freeze(from, to int) change.NamedInterval {
	return change.NamedInterval{Name: "year end", Interval: compliance.Interval{Start: hours(from), End: hours(to)}}
}

func TestP1_TheNextRingStartsOnlyWhenEverythingHolds(t *testing.T) {
	require.Equal(t, patch.Decision{Move: patch.StartRing, Ring: 2}, patch.Next(situation(t), noon))
	for name, c := range map[string]struct {
		spoil func(*patch.Situation)
		want  patch.Decision
	}{
		"P4: tests failed":            {func(s *patch.Situation) { s.Rings[1].Outcome = patch.Fail }, patch.Decision{Move: patch.RollBack, Ring: 1, Reason: patch.TestsFailed}},
		"P5: an earlier ring's, too":  {func(s *patch.Situation) { s.Rings[0].Outcome = patch.Fail }, patch.Decision{Move: patch.RollBack, Ring: 0, Reason: patch.TestsFailed}},
		"P4: an error is retried":     {func(s *patch.Situation) { s.Rings[1].Outcome, s.Rings[1].Attempts = patch.Error, 2 }, patch.Decision{Move: patch.Retry, Ring: 1, Reason: patch.TestsErred}},
		"P4: and capped":              {func(s *patch.Situation) { s.Rings[1].Outcome, s.Rings[1].Attempts = patch.Error, 3 }, patch.Decision{Move: patch.Hold, Ring: 1, Reason: patch.TestsErred}},
		"P4: no data":                 {func(s *patch.Situation) { s.Rings[1].Outcome = patch.NoData }, patch.Decision{Move: patch.Hold, Ring: 1, Reason: patch.TestsNoData}},
		"P4: a word nobody knows":     {func(s *patch.Situation) { s.Rings[1].Outcome = "green" }, patch.Decision{Move: patch.Hold, Ring: 1, Reason: patch.TestsNoData}},
		"no outcome yet":              {func(s *patch.Situation) { s.Rings[1].Outcome = "" }, patch.Decision{Move: patch.Await, Ring: 1, Reason: patch.InProgress}},
		"P2: soak not elapsed":        {func(s *patch.Situation) { s.Rings[1].HealthySince = hours(-9) }, patch.Decision{Move: patch.Await, Ring: 1, Reason: patch.Soak, At: hours(1)}},
		"P2: soak not begun":          {func(s *patch.Situation) { s.Rings[1].HealthySince = time.Time{} }, patch.Decision{Move: patch.Await, Ring: 1, Reason: patch.InProgress}},
		"P2: tested, soak begins":     {func(s *patch.Situation) { s.Rings[1].State, s.Rings[1].HealthySince = patch.Testing, noon }, patch.Decision{Move: patch.Proceed, Ring: 1, At: hours(10)}},
		"P3: no probe at the end":     {func(s *patch.Situation) { s.Rings[1].State, s.Rings[1].Probed = patch.Soaking, hours(-1) }, patch.Decision{Move: patch.Probe, Ring: 1, Reason: patch.Soak}},
		"soak over":                   {func(s *patch.Situation) { s.Rings[1].State = patch.Soaking }, patch.Decision{Move: patch.Prove, Ring: 1}},
		"P6: an alarm":                {func(s *patch.Situation) { s.Alarms = []patch.Alarm{{Ring: 2}, {Ring: 9}, {Ring: 1}} }, patch.Decision{Move: patch.RollBack, Ring: 1, Reason: patch.HealthAlarm}},
		"P1: an open stop":            {func(s *patch.Situation) { s.Stopped = true }, patch.Decision{Move: patch.Hold, Reason: patch.Stopped}},
		"held by that stop":           {func(s *patch.Situation) { s.Stopped, s.State = true, patch.Held }, patch.Decision{Move: patch.Await, Reason: patch.Stopped}},
		"a failure beats a stop":      {func(s *patch.Situation) { s.Stopped, s.Rings[0].Outcome = true, patch.Fail }, patch.Decision{Move: patch.RollBack, Reason: patch.TestsFailed}},
		"P8: barred":                  {func(s *patch.Situation) { s.Bars = []patch.Bar{{Digest: payload}} }, patch.Decision{Move: patch.Hold, Reason: patch.PayloadBarred}},
		"P1: another digest":          {func(s *patch.Situation) { s.Rings[1].Digest = another }, patch.Decision{Move: patch.Hold, Ring: 1, Reason: patch.DigestDrift}},
		"P1: ring 1 drifted":          {func(s *patch.Situation) { s.Rings[0].Digest = another }, patch.Decision{Move: patch.Hold, Reason: patch.DigestDrift}},
		"nobody knows what is served": {func(s *patch.Situation) { s.Rings[1].Digest = "" }, patch.Decision{Move: patch.Hold, Ring: 1, Reason: patch.DigestDrift}},
		"P27: no approval":            {func(s *patch.Situation) { s.Approval.Given = false }, patch.Decision{Move: patch.Hold, Ring: 2, Reason: patch.ApprovalMissing}},
		"P27: of another plan":        {func(s *patch.Situation) { s.Approval.PlanHash = "x" }, patch.Decision{Move: patch.Hold, Ring: 2, Reason: patch.ApprovedAnother}},
		"P27: no hash at all":         {func(s *patch.Situation) { s.Approval.PlanHash, s.PlanHash = "", "" }, patch.Decision{Move: patch.Hold, Ring: 2, Reason: patch.ApprovedAnother}},
		"P1: approval aged out":       {func(s *patch.Situation) { s.Approval.Expires = noon }, patch.Decision{Move: patch.Hold, Ring: 2, Reason: patch.ApprovalExpired}},
		"P6: the wait for it ended":   {func(s *patch.Situation) { s.Approval.Expires, s.ApprovalBy = noon, noon }, patch.Decision{Move: patch.RollBack, Reason: patch.ApprovalTimeout}},
		"that deadline with approval": {func(s *patch.Situation) { s.ApprovalBy = noon }, patch.Decision{Move: patch.StartRing, Ring: 2}},
		"P14: forensics first":        {func(s *patch.Situation) { s.ForensicsOpen = true }, patch.Decision{Move: patch.Hold, Ring: 2, Reason: patch.ForensicsFirst}},
		"P23: no backup":              {func(s *patch.Situation) { s.Backups = nil }, patch.Decision{Move: patch.Hold, Ring: 2, Reason: patch.NoBackup, Target: "p1"}},
		"P9: frozen":                  {func(s *patch.Situation) { s.Schedule.Freezes = []change.NamedInterval{freeze(-1, 5)} }, patch.Decision{Move: patch.Await, Ring: 2, Reason: patch.Frozen, At: hours(5)}},
		"P1: no window": {func(s *patch.Situation) {
			s.Schedule = change.Schedule{Restricted: true, Windows: []change.NamedInterval{freeze(4, 9)}}
		}, patch.Decision{Move: patch.Await, Ring: 2, Reason: patch.WindowClosed, At: hours(4)}},
		"it does not fit": {func(s *patch.Situation) {
			s.Schedule.Freezes = []change.NamedInterval{{Name: "f", Interval: compliance.Interval{Start: noon.Add(time.Minute), End: hours(2)}}}
		}, patch.Decision{Move: patch.Await, Ring: 2, Reason: patch.DoesNotFit, At: hours(2)}},
		"never":                       {func(s *patch.Situation) { s.Schedule.Until = noon }, patch.Decision{Move: patch.Await, Ring: 2, Reason: patch.NoOpening}},
		"ring busy":                   {func(s *patch.Situation) { s.Rings[2].State = patch.Deploying }, patch.Decision{Move: patch.Await, Ring: 2, Reason: patch.InProgress}},
		"not rolling":                 {func(s *patch.Situation) { s.State = patch.Approving }, patch.Decision{Move: patch.Await, Reason: patch.NotRolling}},
		"the way back is being taken": {func(s *patch.Situation) { s.State, s.Rings[0].Outcome = patch.Reverting, patch.Fail }, patch.Decision{Move: patch.Await, Reason: patch.NotRolling}},
		"a ring was restored":         {func(s *patch.Situation) { s.Rings[0].State = patch.Restored }, patch.Decision{Move: patch.Hold, Reason: patch.NotRolling}},
		"rings are missing":           {func(s *patch.Situation) { s.Rings = s.Rings[:2] }, patch.Decision{Move: patch.Hold, Reason: patch.PlanRefused}},
		"all proven":                  {func(s *patch.Situation) { s.Rings[2] = proven() }, patch.Decision{Move: patch.Finish, Ring: 2, Reason: patch.AllProven}},
	} {
		t.Run(name, func(t *testing.T) {
			s := situation(t)
			c.spoil(&s)
			require.Equal(t, c.want, patch.Next(s, noon))
		})
	}
}

func drawStanding(t *rapid.T) patch.RingStanding {
	s := proven()
	s.State = rapid.SampledFrom(patch.RingStates()).Draw(t, "state")
	s.Outcome = rapid.SampledFrom([]patch.CheckOutcome{patch.Pass, patch.Pass, patch.Fail, patch.Error, patch.NoData, "", "odd"}).Draw(t, "outcome")
	s.Digest = rapid.SampledFrom([]string{payload, payload, payload, another, ""}).Draw(t, "digest")
	s.Attempts = rapid.IntRange(0, 4).Draw(t, "attempts")
	s.HealthySince = hours(rapid.IntRange(-15, 1).Draw(t, "healthy"))
	s.Probed = hours(rapid.IntRange(-5, 0).Draw(t, "probed"))
	return s
}

// P1, P4: whatever the situation, no ring starts and no rollout finishes unless
// every earlier ring passed, soaked, was probed and serves the payload; and
// inside a freeze none starts (P9), while a failure still takes the way back.
func TestP4_NothingIsPromotedOnAnythingButAPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := situation(t)
		s.State = rapid.SampledFrom([]patch.State{patch.Rolling, patch.Rolling, patch.Rolling, patch.Held, patch.Reverting}).Draw(t, "rollout")
		for i := range s.Rings {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				s.Rings[i] = drawStanding(t)
			case 1:
				s.Rings[i] = patch.RingStanding{State: patch.Waiting}
			default:
				s.Rings[i] = proven()
			}
		}
		s.Stopped = rapid.IntRange(0, 5).Draw(t, "stop") == 0
		if rapid.IntRange(0, 3).Draw(t, "freeze") == 0 {
			s.Schedule.Freezes = []change.NamedInterval{freeze(-1, 1)}
		}
		d := patch.Next(s, noon)
		until := d.Ring
		switch d.Move {
		case patch.Finish:
			until = len(s.Rings)
		case patch.StartRing:
			require.Equal(t, patch.Waiting, s.Rings[d.Ring].State)
			require.Empty(t, s.Schedule.Freezes)
		case patch.Prove:
			require.Equal(t, patch.Pass, s.Rings[d.Ring].Outcome)
			require.False(t, s.Rings[d.Ring].HealthySince.Add(10*time.Hour).After(s.Rings[d.Ring].Probed))
			return
		default:
			until = 0
		}
		if until > 0 || d.Move == patch.StartRing {
			require.Equal(t, patch.Rolling, s.State)
			require.False(t, s.Stopped)
		}
		for _, r := range s.Rings[:until] {
			require.Equal(t, patch.Proven, r.State)
			require.Equal(t, patch.Pass, r.Outcome)
			require.Equal(t, payload, r.Digest)
			require.False(t, r.HealthySince.Add(10*time.Hour).After(noon))
		}
		// P9: a freeze never changes what takes the way back.
		frozen := s
		frozen.Schedule.Freezes = []change.NamedInterval{freeze(-9, 9)}
		require.Equal(t, d.Move == patch.RollBack, patch.Next(frozen, noon).Move == patch.RollBack)
	})
}

func TestP4_OutcomesCombineToTheWorst(t *testing.T) {
	result := func(suite string, o patch.CheckOutcome) patch.CheckResult {
		return patch.CheckResult{Suite: suite, Outcome: o}
	}
	ab := []string{"a", "b"}
	for _, c := range []struct {
		results []patch.CheckResult
		want    patch.CheckOutcome
	}{
		{[]patch.CheckResult{result("a", patch.Pass), result("b", patch.Pass)}, patch.Pass},
		{[]patch.CheckResult{result("a", patch.Pass)}, patch.NoData},
		{nil, patch.NoData},
		{[]patch.CheckResult{result("a", patch.Pass), result("b", patch.NoData)}, patch.NoData},
		{[]patch.CheckResult{result("a", patch.Error), result("b", patch.NoData)}, patch.Error},
		{[]patch.CheckResult{result("a", patch.Error), result("b", patch.Fail)}, patch.Fail},
		{[]patch.CheckResult{result("a", patch.Pass), result("b", "ok")}, patch.NoData},
		{[]patch.CheckResult{result("a", patch.Pass), result("b", patch.Pass), result("c", patch.Fail)}, patch.Fail},
	} {
		require.Equal(t, c.want, patch.Combine(ab, c.results), "%v", c.results)
	}
	require.Equal(t, patch.NoData, patch.Combine(nil, nil), "no suite is no pass")
}

// P2: the soak is what passed between the first pass on this content and now,
// with nothing in between that ends it; checked against a plain replay.
func TestP2_TheSoakIsContinuous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s patch.RingStanding
		var healthy time.Time
		last, at := "", noon
		for range rapid.IntRange(1, 20).Draw(t, "observations") {
			at = at.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "gap")) * time.Minute)
			o := patch.Observation{
				Deployed: rapid.IntRange(0, 7).Draw(t, "deployed") == 0, At: at,
				Digest:  rapid.SampledFrom([]string{payload, payload, payload, another}).Draw(t, "digest"),
				Outcome: rapid.SampledFrom([]patch.CheckOutcome{patch.Pass, patch.Pass, patch.Fail, patch.Error, patch.NoData}).Draw(t, "outcome"),
				Probe:   rapid.Bool().Draw(t, "probe"),
			}
			s = s.Observe(o)
			switch {
			case o.Deployed:
				healthy = time.Time{}
			case o.Outcome == patch.Fail:
				healthy = time.Time{}
			case o.Outcome == patch.Pass && (healthy.IsZero() || o.Digest != last):
				healthy = at
			case o.Digest != last:
				healthy = time.Time{}
			}
			last = o.Digest
			require.Equal(t, healthy, s.HealthySince)
			require.False(t, s.Probed.After(s.Seen))
			require.True(t, s.Probed.IsZero() || !s.Probed.Before(s.HealthySince), "an old probe covers no new content")
			require.Equal(t, s, s.Observe(patch.Observation{Outcome: patch.Pass, Digest: payload, At: s.Seen.Add(-1)}), "late news changes nothing")
			ends, ok := s.SoakEnds(5 * time.Hour)
			require.Equal(t, !healthy.IsZero(), ok)
			if ok {
				require.Equal(t, healthy.Add(5*time.Hour), ends)
			}
			require.Empty(t, s.Again().Outcome)
		}
	})
}
