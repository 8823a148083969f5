package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

var none incident.Binding

func by(p compliance.PersonID) incident.Actor { return incident.Actor{Person: p} }

// paged is an incident whose first two steps were paged at noon and at 12:05.
func paged() incident.Standing {
	p, s := policy(), incident.Open(seven, incident.Sev1, noon)
	s = s.Enter(incident.NextPage(p, s, noon), noon).Settle(1, incident.Reached, "", noon)
	return s.Enter(incident.NextPage(p, s, m(5)), m(5)).Settle(2, incident.Reached, "", m(5))
}

func TestI8_TheFirstAcknowledgementWinsAndTheSecondJoins(t *testing.T) {
	p, s := policy(), paged()
	require.Equal(t, incident.AckRuling{Counts: true}, incident.JudgeAcknowledge(p, s, none, by("p-ann"), true, m(6)))
	s = s.Acknowledge(incident.Ack{Person: "p-ann", At: m(6)})
	require.Equal(t, incident.Acknowledged, s.State)

	second := incident.JudgeAcknowledge(p, s, none, by("p-bob"), true, m(6))
	require.Equal(t, incident.Joined, second.Reason)
	require.True(t, second.Counts)
	require.False(t, second.Renews)
	require.Equal(t, incident.Ack{Person: "p-ann", At: m(6)}, *second.First, "already acknowledged by p-ann at 12:06")
	s = s.Acknowledge(incident.Ack{Person: "p-bob", At: m(6)})
	require.Equal(t, compliance.PersonID("p-ann"), s.Owner())

	again := incident.JudgeAcknowledge(p, s, none, by("p-bob"), true, m(7))
	require.Equal(t, incident.AlreadyAcknowledged, again.Reason)
	require.False(t, again.Counts)
	require.Equal(t, m(6), again.First.At)
}

func TestI9_ResolveWinsAndIsNeverReopened(t *testing.T) {
	p, s := policy(), paged()
	require.Equal(t, incident.OK, incident.JudgeResolve(s, none, by("p-ann"), m(6)), "needs no acknowledgement")
	over := s.Resolve()
	require.Equal(t, incident.AckRuling{Reason: incident.AlreadyResolved}, incident.JudgeAcknowledge(p, over, none, by("p-bob"), true, m(6)))
	require.Equal(t, over, over.Acknowledge(incident.Ack{Person: "p-bob", At: m(6)}))
	require.Equal(t, incident.AlreadyResolved, incident.JudgeResolve(over, none, by("p-bob"), m(6)))
	require.Equal(t, incident.UnknownPerson, incident.JudgeResolve(s, none, incident.Actor{}, m(6)))
	closed := incident.Standing{State: incident.Closed}
	require.Equal(t, incident.AlreadyClosed, incident.JudgeAcknowledge(p, closed, none, by("p-bob"), true, m(6)).Reason)
	require.Equal(t, incident.AlreadyClosed, incident.JudgeResolve(closed, none, by("p-bob"), m(6)))
	held := incident.Hold(seven, incident.Sev3, noon, m(60))
	require.Equal(t, incident.NotPaging, incident.JudgeAcknowledge(p, held, none, by("p-bob"), true, m(6)).Reason)
	require.Equal(t, incident.OK, incident.JudgeResolve(held, none, by("p-bob"), m(6)))
}

func TestI10_WhoeverWasPagedIsToldToStandDown(t *testing.T) {
	s := paged()
	notices := []incident.Notice{{Person: "p-bob", Page: 2}, {Person: "p-ann", Page: 1}, {Person: "p-cid", Page: 1, Told: true}, {Person: "p-bob", Page: 1}}
	require.Empty(t, incident.StandDown(s, notices))
	acked := s.Acknowledge(incident.Ack{Person: "p-ann", At: m(5)})
	require.Equal(t, []compliance.PersonID{"p-bob"}, incident.StandDown(acked, notices))
	require.Equal(t, []compliance.PersonID{"p-ann", "p-bob"}, incident.StandDown(s.Resolve(), notices))
	require.Equal(t, incident.OK, incident.Wanted(s, 1))
	require.Equal(t, incident.OK, incident.Wanted(s, 2))
	require.Equal(t, incident.NoLongerWanted, incident.Wanted(s, 3))
	require.Equal(t, incident.NoLongerWanted, incident.Wanted(acked, 2))
}

func TestI11_AnUnlinkedAccountNeverCounts(t *testing.T) {
	p, s := policy(), paged()
	for reason, actor := range map[incident.Reason]incident.Actor{
		incident.UnknownPerson: {}, incident.Inactive: {Person: "p-ann", Reason: incident.Inactive},
	} {
		require.Equal(t, incident.AckRuling{Reason: reason}, incident.JudgeAcknowledge(p, s, none, actor, true, m(6)))
	}
	require.True(t, incident.JudgeAcknowledge(p, s, none, by("p-eve"), false, m(6)).Counts)
	p.OnlyPaged = true
	require.Equal(t, incident.NotPaged, incident.JudgeAcknowledge(p, s, none, by("p-eve"), false, m(6)).Reason)
	require.True(t, incident.JudgeAcknowledge(p, s, none, by("p-eve"), true, m(6)).Counts)
}

func TestI12_AStaleButtonDoesNothing(t *testing.T) {
	p, s := policy(), paged()
	first := incident.NewBinding(s, noon)
	first.Page, first.Step = 1, 1
	require.Equal(t, incident.OK, incident.JudgeAcknowledge(p, s, first, by("p-ann"), true, m(6)).Reason, "I6: whoever was paged first stays paged")
	end := noon.Add(incident.ButtonFor)
	require.Equal(t, incident.OK, incident.JudgeAcknowledge(p, s, first, by("p-ann"), true, end.Add(-1)).Reason)
	require.Equal(t, incident.StaleButton, incident.JudgeAcknowledge(p, s, first, by("p-ann"), true, end).Reason)
	require.Equal(t, incident.StaleButton, incident.JudgeResolve(s, first, by("p-ann"), end))

	other := first
	other.Incident = "aaaaaaaaaaaa"
	require.Equal(t, incident.BadRequest, incident.JudgeAcknowledge(p, s, other, by("p-ann"), true, m(6)).Reason)
	never := first
	never.Page = 3
	require.Equal(t, incident.BadRequest, incident.JudgeAcknowledge(p, s, never, by("p-ann"), true, m(6)).Reason)

	acked := s.Acknowledge(incident.Ack{Person: "p-ann", At: m(6)})
	again := acked.Enter(incident.NextPage(p, acked, m(16)), m(16))
	require.Equal(t, incident.StaleButton, incident.JudgeAcknowledge(p, again, first, by("p-bob"), true, m(17)).Reason, "the button of an escalation that is over")
	require.True(t, incident.JudgeAcknowledge(p, again, incident.NewBinding(again, m(16)), by("p-bob"), true, m(17)).Counts)
	require.True(t, incident.JudgeAcknowledge(p, again, incident.CardBinding(seven, noon), by("p-bob"), true, m(17)).Counts)
}

func TestI14_AnAcknowledgementAgesOutPerSeverity(t *testing.T) {
	for sev, after := range map[incident.Severity]int{incident.Sev1: 10, incident.Sev2: 30, incident.Sev4: 30, "unheard-of": 30} {
		s := incident.Open(seven, sev, noon).Acknowledge(incident.Ack{Person: "p-ann", At: noon})
		require.Equal(t, incident.Decision{Do: incident.Wait, Reason: incident.AckStands, At: m(after)}, incident.NextPage(policy(), s, noon), sev)
		d := incident.NextPage(policy(), s, m(after))
		require.Equal(t, incident.AckExpired, d.Reason)
		require.Equal(t, incident.Place{Phase: incident.PhaseStep, Round: 1, Step: 1}, d.Place, "starts again at step 1")
		require.Equal(t, []incident.Target{rotationTarget("first"), incident.PersonTarget("p-ann")}, d.Targets, "the acker and whoever is on call")
		s = s.Enter(d, m(after))
		require.Equal(t, incident.Triggered, s.State)
		require.Empty(t, s.Owner())
		require.Equal(t, s.Page, s.First)
	}
}

func TestI14_UpdatesRenewAndSilenceIsBounded(t *testing.T) {
	p := policy()
	s := incident.Open(seven, incident.Sev1, noon).Acknowledge(incident.Ack{Person: "p-ann", At: noon})
	require.Equal(t, incident.OK, incident.JudgeUpdate(s, by("p-ann")))
	require.Equal(t, incident.NotResponder, incident.JudgeUpdate(s, by("p-bob")))
	require.Equal(t, incident.NotAcknowledged, incident.JudgeUpdate(s.Resolve(), by("p-ann")))
	require.Equal(t, incident.UnknownPerson, incident.JudgeUpdate(s, incident.Actor{}))
	require.Equal(t, m(15), incident.AckExpires(p, s.Update(m(5), time.Time{})))
	require.Equal(t, m(15), incident.AckExpires(p, s.Acknowledge(incident.Ack{Person: "p-bob", At: m(5)})), "somebody joined")
	require.Equal(t, m(35), incident.AckExpires(p, s.Update(m(5), incident.QuietUntil(p, incident.Sev1, 30*time.Minute, m(5)))))
	require.Equal(t, m(15), incident.AckExpires(p, s.Update(m(5), m(6))), "an announced silence never shortens the term")
	require.Equal(t, m(65), incident.QuietUntil(p, incident.Sev1, 8*time.Hour, m(5)), "bounded")
	require.Equal(t, m(65), incident.AckExpires(p, s.Update(m(5), m(5000))), "and bounded again")
	require.Zero(t, incident.QuietUntil(p, incident.Sev2, time.Hour, m(5)), "none is allowed at this severity")
	require.Zero(t, incident.QuietUntil(p, incident.Sev1, -time.Hour, m(5)))

	late := incident.JudgeAcknowledge(p, s, none, by("p-bob"), true, m(10))
	require.Equal(t, incident.AckRuling{Counts: true, Renews: true}, late, "aged out before its timer fired")
	s = s.Renew(incident.Ack{Person: "p-bob", At: m(10)})
	require.Equal(t, compliance.PersonID("p-bob"), s.Owner())
	require.Len(t, s.Acks, 1)
}
