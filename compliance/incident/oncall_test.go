package incident_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

func shift(from, to int, p compliance.PersonID, cause incident.Reason) incident.Shift {
	return incident.Shift{Interval: compliance.Interval{Start: m(from), End: m(to)}, Person: p, Cause: cause, Version: "v1"}
}

func TestI5_WhoIsOnCallAndWhy(t *testing.T) {
	override := shift(20, 40, "p-eve", incident.ByOverride)
	override.Instead = "p-ann"
	shifts := []incident.Shift{shift(0, 20, "p-ann", incident.ByRotation), override, shift(40, 60, "p-bob", incident.ByRotation)}
	type people = []compliance.PersonID
	for name, c := range map[string]struct {
		at       int
		inactive people
		fallback compliance.PersonID
		want     incident.Duty
	}{
		"by rotation":               {0, nil, "p-fay", incident.Duty{Person: "p-ann", Cause: incident.ByRotation, Version: "v1", Until: m(20)}},
		"half-open":                 {20, nil, "p-fay", incident.Duty{Person: "p-eve", Cause: incident.ByOverride, Version: "v1", Until: m(40)}},
		"the override has gone":     {30, people{"p-eve"}, "p-fay", incident.Duty{Person: "p-ann", Cause: incident.ByRotation, Version: "v1", Until: m(40), Passed: people{"p-eve"}}},
		"both have gone":            {30, people{"p-eve", "p-ann"}, "p-fay", incident.Duty{Person: "p-fay", Cause: incident.ByFallback, Version: "v1", Passed: people{"p-eve", "p-ann"}}},
		"no shift":                  {60, nil, "p-fay", incident.Duty{Person: "p-fay", Cause: incident.ByFallback, Gap: incident.NoShift}},
		"no shift and no fallback":  {60, nil, "", incident.Duty{Cause: incident.NobodyThere, Gap: incident.NoShift}},
		"everybody has gone":        {50, people{"p-bob", "p-fay"}, "p-fay", incident.Duty{Cause: incident.AllInactive, Version: "v1", Passed: people{"p-bob", "p-fay"}}},
		"I7: deleted, no fallback":  {50, people{"p-bob"}, "", incident.Duty{Cause: incident.AllInactive, Version: "v1", Passed: people{"p-bob"}}},
		"before everything started": {-1, nil, "p-fay", incident.Duty{Person: "p-fay", Cause: incident.ByFallback, Gap: incident.NoShift}},
	} {
		active := func(p compliance.PersonID) bool { return !slices.Contains(c.inactive, p) }
		require.Equal(t, c.want, incident.OnCall(shifts, c.fallback, active, m(c.at)), name)
	}
}

func TestI5_OverlappingShiftsGiveOnePrimaryWhateverTheirOrder(t *testing.T) {
	shifts := []incident.Shift{
		shift(0, 60, "p-ann", incident.ByRotation), shift(10, 60, "p-bob", incident.ByRotation),
		shift(0, 60, "p-eve", incident.ByOverride), shift(0, 60, "p-dan", incident.ByOverride),
	}
	everyone := func(compliance.PersonID) bool { return true }
	require.Equal(t, compliance.PersonID("p-dan"), incident.OnCall(shifts, "", everyone, m(30)).Person)
	slices.Reverse(shifts)
	require.Equal(t, compliance.PersonID("p-dan"), incident.OnCall(shifts, "", everyone, m(30)).Person)
	require.Equal(t, compliance.PersonID("p-bob"), incident.OnCall(shifts[2:], "", everyone, m(30)).Person)
}

func TestI6_ANewcomerIsPagedTooOrAskedToAccept(t *testing.T) {
	p, s := policy(), paged()
	notices := []incident.Notice{{Person: "p-ann", Page: 1}}
	require.Equal(t, incident.ShiftChange{Reason: incident.HandoverPages, Page: "p-bob"}, incident.JudgeShiftChange(p, s, notices, "p-ann", "p-bob", m(6)))
	noneToDo := incident.ShiftChange{Reason: incident.HandoverNone}
	require.Equal(t, noneToDo, incident.JudgeShiftChange(p, s, notices, "p-bob", "p-ann", m(6)), "already paged")
	require.Equal(t, noneToDo, incident.JudgeShiftChange(p, s, notices, "p-ann", "", m(6)), "nobody came on call: the old one stays paged")
	require.Equal(t, noneToDo, incident.JudgeShiftChange(p, s.Resolve(), notices, "p-ann", "p-bob", m(6)))

	s = s.Acknowledge(incident.Ack{Person: "p-ann", At: m(6)})
	require.Equal(t, noneToDo, incident.JudgeShiftChange(p, s, notices, "p-cid", "p-bob", m(7)), "its owner's shift has not ended")
	asks := incident.JudgeShiftChange(p, s, notices, "p-ann", "p-bob", m(7))
	require.Equal(t, incident.HandoverAsks, asks.Reason)
	h := *asks.Offer
	require.Equal(t, incident.Handover{From: "p-ann", To: "p-bob", Asked: m(7), Until: m(22)}, h)
	require.Equal(t, compliance.PersonID("p-ann"), s.Owner(), "ownership never moves by clock")

	reason, at := incident.NextHandover(s, h, m(7))
	require.Equal(t, incident.HandoverWaits, reason)
	require.Equal(t, m(22), at)
	reason, _ = incident.NextHandover(s, h, m(22))
	require.Equal(t, incident.HandoverOverdue, reason)
	told := h
	told.Escalated = m(22)
	reason, _ = incident.NextHandover(s, told, m(90))
	require.Equal(t, incident.HandoverNone, reason, "once")
	reason, _ = incident.NextHandover(s.Resolve(), h, m(90))
	require.Equal(t, incident.HandoverNone, reason)

	require.Equal(t, incident.NotAsked, incident.JudgeAccept(s, h, by("p-cid")))
	require.Equal(t, incident.UnknownPerson, incident.JudgeAccept(s, h, by("")))
	require.Equal(t, incident.AlreadyResolved, incident.JudgeAccept(s.Resolve(), h, by("p-bob")))
	require.Equal(t, incident.OK, incident.JudgeAccept(s, told, by("p-bob")), "late is good, too")
	s = s.HandTo("p-bob", m(23))
	require.Equal(t, compliance.PersonID("p-bob"), s.Owner())
	require.Equal(t, m(33), incident.AckExpires(p, s), "a fresh term")
	require.Equal(t, incident.NotAsked, incident.JudgeAccept(s, h, by("p-bob")))
	h.Accepted = m(23)
	require.Equal(t, incident.HandoverDone, incident.JudgeAccept(s, h, by("p-bob")))
	reason, _ = incident.NextHandover(s, h, m(24))
	require.Equal(t, incident.HandoverDone, reason)
}
