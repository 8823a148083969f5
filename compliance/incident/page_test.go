package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/incident"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func m(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func rotationTarget(name string) incident.Target {
	return incident.Target{Kind: incident.TargetRotation, Name: name}
}

var (
	fallback = incident.Target{Kind: incident.TargetContact, Name: "control-room"}
	manager  = incident.Target{Kind: incident.TargetManager}
)

// policy has three steps of 5, 10 and 15 minutes, two rounds, a pause of 7 and
// a repeat of 20 minutes.
func policy() incident.Policy {
	return incident.Policy{
		Name: "billing", Rounds: 2, Pause: 7 * time.Minute, Again: 20 * time.Minute, Fallback: fallback,
		Steps: []incident.Step{
			{Name: "first", Targets: []incident.Target{rotationTarget("first")}, Delay: 5 * time.Minute},
			{Name: "second", Targets: []incident.Target{rotationTarget("second")}, Delay: 10 * time.Minute},
			{Name: "third", Targets: []incident.Target{incident.PersonTarget("p-lead")}, Delay: 15 * time.Minute},
		},
		Severities: []incident.SeverityRule{
			{Severity: incident.Sev1, AckFor: 10 * time.Minute, MaxSnooze: time.Hour, ReviewWithin: 72 * time.Hour},
			{Severity: incident.Sev2, AckFor: 30 * time.Minute, ReviewBusinessDays: 5},
		},
		Flap: 5 * time.Minute, Handover: 15 * time.Minute, LookBack: 24 * time.Hour,
	}
}

// trail is one page as a test tells it.
type trail struct {
	minute int
	phase  incident.Phase
	round  int
	step   int
	reason incident.Reason
}

// play follows the rules from the trigger at noon until a minute, settling each
// page at once as the reach of its step says.
func play(t *testing.T, p incident.Policy, s incident.Standing, until int, reach func(incident.Place) incident.Reach) ([]trail, incident.Standing) {
	var pages []trail
	now := noon
	for range 1000 {
		d := incident.NextPage(p, s, now)
		switch d.Do {
		case incident.Page:
			require.Zero(t, d.Late)
			require.NotEmpty(t, d.Targets)
			pages = append(pages, trail{int(now.Sub(noon).Minutes()), d.Phase, d.Round, d.Step, d.Reason})
			s = s.Enter(d, now)
			if r := reach(d.Place); r != incident.ReachPending {
				s = s.Settle(s.Page, r, incident.AllFailed, now)
			}
		case incident.Wait:
			require.True(t, d.At.After(now))
			if d.At.After(m(until)) {
				return pages, s
			}
			now = d.At
		default:
			return pages, s
		}
	}
	t.Fatal("the rules do not come to a wait")
	return nil, s
}

func everybody(incident.Place) incident.Reach { return incident.Reached }

func TestI3_I15_DelaysCountFromTheStepAndRoundsRepeatForEver(t *testing.T) {
	for _, r := range []incident.Reach{incident.Reached, incident.ReachMaybe} {
		pages, _ := play(t, policy(), incident.Open(seven, incident.Sev1, noon), 120, func(incident.Place) incident.Reach { return r })
		require.Equal(t, []trail{
			{0, "step", 1, 1, incident.FirstStep},
			{5, "step", 1, 2, incident.DelayOver},
			{15, "step", 1, 3, incident.DelayOver},
			{37, "step", 2, 1, incident.NextRound},
			{42, "step", 2, 2, incident.DelayOver},
			{52, "step", 2, 3, incident.DelayOver},
			{67, "exhausted", 2, 3, incident.Exhausted},
			{87, "exhausted", 2, 3, incident.StillUnacknowledged},
			{107, "exhausted", 2, 3, incident.StillUnacknowledged},
		}, pages)
	}
}

func TestI4_AStepThatReachesNobodyMovesOnAtOnce(t *testing.T) {
	pages, s := play(t, policy(), incident.Open(seven, incident.Sev1, noon), 30, func(p incident.Place) incident.Reach {
		if p.Step == 2 {
			return incident.Reached
		}
		return incident.ReachNobody
	})
	require.Equal(t, []trail{
		{0, "step", 1, 1, incident.FirstStep},
		{0, "step", 1, 2, incident.NobodyReached},
		{10, "step", 1, 3, incident.DelayOver},
		{17, "step", 2, 1, incident.NextRound},
		{17, "step", 2, 2, incident.NobodyReached},
		{27, "step", 2, 3, incident.DelayOver},
		{27, "exhausted", 2, 3, incident.Exhausted},
		{28, "exhausted", 2, 3, incident.StillUnacknowledged},
		{29, "exhausted", 2, 3, incident.StillUnacknowledged},
		{30, "exhausted", 2, 3, incident.StillUnacknowledged},
	}, pages, "a last resort that reached nobody is tried again every minute")
	require.Equal(t, incident.AllFailed, s.Why)
}

func TestI4_NobodyInThePolicyIsAFindingAndPagesTheLastResort(t *testing.T) {
	nobody := func(incident.Place) incident.Reach { return incident.ReachNobody }
	pages, _ := play(t, policy(), incident.Open(seven, incident.Sev1, noon), 1, nobody)
	require.Equal(t, []trail{
		{0, "step", 1, 1, incident.FirstStep},
		{0, "step", 1, 2, incident.NobodyReached},
		{0, "step", 1, 3, incident.NobodyReached},
		{0, "last_resort", 1, 3, incident.NobodyInPolicy},
		{1, "step", 2, 1, incident.NextRound},
		{1, "step", 2, 2, incident.NobodyReached},
		{1, "step", 2, 3, incident.NobodyReached},
		{1, "last_resort", 2, 3, incident.NobodyInPolicy},
	}, pages)

	for name, p := range map[string]incident.Policy{"no steps": {Fallback: fallback}, "nothing at all": {}} {
		d := incident.NextPage(p, incident.Open(seven, incident.Sev1, noon), noon)
		require.Equal(t, incident.Page, d.Do, name)
		require.Equal(t, incident.NobodyInPolicy, d.Finding)
		require.NotEmpty(t, d.Targets)
	}
	d := incident.NextPage(incident.Policy{Fallback: fallback}, incident.Open(seven, incident.Sev1, noon), noon)
	require.Equal(t, []incident.Target{fallback}, d.Targets)
}

func TestI15_ExhaustionPagesLastStepFallbackAndManager(t *testing.T) {
	s := incident.Standing{
		ID: seven, State: incident.Triggered, Page: 6, First: 1, Entered: noon, Reach: incident.Reached, RoundReached: true,
		Place: incident.Place{Phase: incident.PhaseStep, Round: 2, Step: 3},
	}
	d := incident.NextPage(policy(), s, m(15))
	require.Equal(t, incident.Exhausted, d.Finding)
	require.Equal(t, []incident.Target{incident.PersonTarget("p-lead"), manager, fallback}, d.Targets)
	d = incident.NextPage(policy(), s.Enter(d, m(15)).Settle(7, incident.Reached, "", m(15)), m(35))
	require.Equal(t, incident.StillUnacknowledged, d.Reason)
	require.Empty(t, d.Finding, "one finding is enough")
}

// I31: an outage of three hours makes one late page and no burst.
func TestI31_LateStepsFireOnceInOrderWithTheirLateness(t *testing.T) {
	s := incident.Open(seven, incident.Sev1, noon)
	d := incident.NextPage(policy(), s, noon)
	s = s.Enter(d, noon).Settle(1, incident.Reached, "", noon)

	d = incident.NextPage(policy(), s, m(180))
	require.Equal(t, incident.Page, d.Do)
	require.Equal(t, incident.Place{Phase: incident.PhaseStep, Round: 1, Step: 2}, d.Place, "in order")
	require.Equal(t, m(5), d.At)
	require.Equal(t, 175*time.Minute, d.Late)
	s = s.Enter(d, m(180)).Settle(2, incident.Reached, "", m(180))
	require.Equal(t, incident.Decision{Do: incident.Wait, Reason: incident.StepWaits, At: m(190)}, incident.NextPage(policy(), s, m(180)))

	ack := incident.Open("aaaaaaaaaaaa", incident.Sev1, noon).Acknowledge(incident.Ack{Person: "p-ann", At: noon})
	d = incident.NextPage(policy(), ack, m(300))
	require.Equal(t, incident.AckExpired, d.Reason)
	require.Equal(t, 290*time.Minute, d.Late)
	require.Equal(t, incident.Wait, incident.NextPage(policy(), ack.Enter(d, m(300)), m(300)).Do)
}

func TestI10_NewsOfAnEarlierPageDoesNotMoveTheEscalation(t *testing.T) {
	p, s := policy(), incident.Open(seven, incident.Sev1, noon)
	s = s.Enter(incident.NextPage(p, s, noon), noon)
	s = s.Enter(incident.NextPage(p, s, m(5)), m(5))
	late := s.Settle(1, incident.ReachNobody, incident.AllFailed, m(6))
	require.Equal(t, s, late)
	reached := s.Settle(1, incident.Reached, "", m(6))
	require.Equal(t, incident.ReachPending, reached.Reach)
	require.True(t, reached.RoundReached, "somebody was reached in this round")
	require.Equal(t, s, s.Settle(3, incident.Reached, "", m(6)), "a page that was never entered")
	require.Equal(t, s, s.Settle(0, incident.Reached, "", m(6)))
}

func TestI22_AHeldIncidentPagesWhenTheHoldEnds(t *testing.T) {
	s := incident.Hold(seven, incident.Sev3, noon, m(60))
	require.Equal(t, incident.Decision{Do: incident.Wait, Reason: incident.Held, At: m(60)}, incident.NextPage(policy(), s, noon))
	d := incident.NextPage(policy(), s, m(61))
	require.Equal(t, incident.HoldOver, d.Reason)
	require.Equal(t, time.Minute, d.Late)
	require.Equal(t, incident.Triggered, s.Enter(d, m(61)).State)
	require.Equal(t, incident.Page, incident.NextPage(policy(), s.Release(m(10)), m(10)).Do, "severity rose")
	require.Equal(t, s, s.Release(m(70)))
	require.Equal(t, incident.Page, incident.NextPage(policy(), incident.Hold(seven, incident.Sev3, noon, time.Time{}), noon).Do, "a hold without an end holds nothing")
}

func TestI24_AFailedRollbackPagesTheNextLevelAcknowledgedOrNot(t *testing.T) {
	p := policy()
	for _, acked := range []bool{false, true} {
		s := incident.Open(seven, incident.Sev2, noon)
		s = s.Enter(incident.NextPage(p, s, noon), noon).Settle(1, incident.Reached, "", noon)
		if acked {
			s = s.Acknowledge(incident.Ack{Person: "p-ann", At: m(1)})
		}
		s = s.Push(m(2))
		d := incident.NextPage(p, s, m(2))
		require.Equal(t, incident.Page, d.Do)
		require.Equal(t, incident.RollbackHasFailed, d.Reason)
		require.Equal(t, 2, d.Step)
		s = s.Enter(d, m(2))
		require.Equal(t, incident.OK, incident.Wanted(s, 2))
		after := incident.NextPage(p, s, m(2))
		require.Equal(t, incident.Wait, after.Do)
		if acked {
			require.Equal(t, incident.AckStands, after.Reason)
			require.Equal(t, incident.NoLongerWanted, incident.Wanted(s, 1))
			s = s.Acknowledge(incident.Ack{Person: "p-bob", At: m(2)})
			require.Equal(t, incident.NoLongerWanted, incident.Wanted(s, 2), "somebody answered it")
		}
		again := incident.NextPage(p, s.Push(m(3)).Enter(incident.NextPage(p, s.Push(m(3)), m(3)), m(3)).Push(m(4)), m(4))
		require.Equal(t, incident.PhaseExhausted, again.Phase, "above the last step")
	}
	require.Zero(t, incident.Open(seven, incident.Sev2, noon).Resolve().Push(m(2)).Pushed)
}

func TestI30_ADrillPagesLikeAnIncidentAndEndsWithItsAcknowledgement(t *testing.T) {
	s := incident.Exercise("INC-9", incident.Sev1, noon)
	pages, s := play(t, policy(), s, 20, everybody)
	require.Len(t, pages, 3)
	require.Equal(t, incident.Drill, s.State)
	require.Equal(t, incident.NotPaging, incident.JudgeResolve(s, incident.Binding{}, incident.Actor{Person: "p-ann"}, m(20)))
	s = s.Acknowledge(incident.Ack{Person: "p-ann", At: m(20)})
	require.Equal(t, incident.Closed, s.State)
	require.Equal(t, incident.Rest, incident.NextPage(policy(), s, m(21)).Do)
}

func TestI4_CheckRefusesAPolicyThatCouldBeSilent(t *testing.T) {
	require.Empty(t, policy().Check())
	for place, spoil := range map[string]func(*incident.Policy){
		"steps":                  func(p *incident.Policy) { p.Steps = nil },
		"steps[2].targets":       func(p *incident.Policy) { p.Steps[1].Targets = nil },
		"steps[1].targets[1]":    func(p *incident.Policy) { p.Steps[0].Targets[0].Kind = "carrier-pigeon" },
		"steps[3].delay":         func(p *incident.Policy) { p.Steps[2].Delay = 0 },
		"rounds":                 func(p *incident.Policy) { p.Rounds = 0 },
		"fallback":               func(p *incident.Policy) { p.Fallback = rotationTarget("first") },
		"severities[1].ack_for":  func(p *incident.Policy) { p.Severities[0].AckFor = 0 },
		"severities[2].severity": func(p *incident.Policy) { p.Severities[1].Severity = incident.Sev1 },
	} {
		p := policy()
		spoil(&p)
		problems := p.Check()
		require.Len(t, problems, 1, place)
		require.Equal(t, place, problems[0].Place)
		require.NotEmpty(t, problems[0].Text)
	}
	p := policy()
	p.Fallback = incident.Target{}
	require.Len(t, p.Check(), 1)
}

// Delays, terms and due dates are elapsed time: the night in which the clocks
// change makes none of them an hour longer or shorter (I29).
func TestI29_DurationsAreElapsedTime(t *testing.T) {
	for zone, night := range map[string]time.Time{
		"Europe/Berlin":       time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), // 02:30, half an hour before it is 02:00 again
		"America/Chicago":     time.Date(2026, 3, 8, 7, 30, 0, 0, time.UTC),   // 01:30, half an hour before it is 03:00
		"Australia/Lord_Howe": time.Date(2026, 4, 4, 14, 30, 0, 0, time.UTC),
	} {
		loc, err := time.LoadLocation(zone)
		require.NoError(t, err)
		p := incident.Policy{
			Steps:      []incident.Step{{Name: "a", Targets: []incident.Target{incident.PersonTarget("p-ann")}, Delay: time.Hour}, {Name: "b", Targets: []incident.Target{incident.PersonTarget("p-bob")}, Delay: time.Hour}},
			Severities: []incident.SeverityRule{{Severity: incident.Sev1, AckFor: 2 * time.Hour, ReviewWithin: 72 * time.Hour, ActionsWithin: 48 * time.Hour}},
			Fallback:   incident.PersonTarget("p-eve"), Rounds: 1,
		}
		at := night.In(loc) // whatever zone an instant is written in
		s := incident.Open("3f2a9c1b7d04", incident.Sev1, at)
		s = s.Enter(incident.NextPage(p, s, at), at)
		s = s.Settle(1, incident.Reached, incident.OK, at)
		require.Equal(t, night.Add(time.Hour), incident.NextPage(p, s, at.Add(time.Minute)).At, zone)
		s = s.Acknowledge(incident.Ack{Person: "p-ann", At: at})
		require.Equal(t, night.Add(2*time.Hour), incident.AckExpires(p, s), zone)
		require.Equal(t, night.Add(72*time.Hour), incident.ReviewDue(p, incident.Sev1, at, nil), zone)
		require.Equal(t, night.Add(48*time.Hour), p.ActionsDue(incident.Sev1, at), zone)
	}
}
