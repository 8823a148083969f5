package certification_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	cert "github.com/lowcodex/countersign/compliance/certification"
)

// Silence goes one role further than the rung did: the sponsor is not told of
// each silence months before the end, but of those near it.
func TestA3_SilenceGoesPastTheOwner(t *testing.T) {
	w := inForce(t)
	w.until("2027-01-15T09:00")
	require.Equal(t, []cert.Escalation{
		{Version: 1, Offset: 90, Role: cert.Manager, Planned: at("2026-10-09T09:00")},
		{Version: 1, Offset: 60, Role: cert.Manager, Planned: at("2026-11-06T09:00")},
		{Version: 1, Offset: 30, Role: cert.Sponsor, Planned: at("2026-12-08T09:00")},
	}, w.told, "a week after 14 days before is 7 days before, which tells the sponsor by itself")
	require.Equal(t, []int{90, 60, 30, 14, 7, 1, 0, -7, -14}, offsets(w.sent))
	w.once()
}

// A3: an acknowledgement ends its own rung and no other.
func TestA3_AcknowledgeStopsThatRungOnly(t *testing.T) {
	w := inForce(t)
	w.until("2026-10-02T10:00")
	old := w.track.Bind()
	w.must(owner(), cert.Act{Action: cert.ActionAcknowledge})
	_, r := w.act(manager(), cert.Act{Action: cert.ActionAcknowledge})
	require.Equal(t, cert.AlreadyAcked, r)
	w.until("2026-10-20T09:00")
	w.until("2026-10-30T09:00")
	require.Empty(t, w.told)
	require.Equal(t, []int{90, 60}, offsets(w.sent), "the next rung comes all the same")
	_, _, r = cert.Apply(w.track, cert.Act{Action: cert.ActionAcknowledge, Binding: old}, owner(), w.now, 0)
	require.Equal(t, cert.StaleRung, r)
	w.until("2026-11-07")
	require.Len(t, w.told, 1)
	require.Equal(t, 60, w.told[0].Offset)
}

func TestA3_ANearerRungTakesThePlaceOfAnEscalation(t *testing.T) {
	w := inForce(t)
	w.until("2026-10-02T09:00")
	w.now = at("2026-10-20")
	w.look()
	require.Len(t, w.told, 1, "late, and once")
	require.Equal(t, cert.Manager, w.told[0].Role)
	w.now = at("2026-12-30T09:00")
	w.look()
	require.Len(t, w.told, 1)
	require.Equal(t, []int{90, 1}, offsets(w.sent))
	w.track.Ladder.Patience = 0
	w.until("2026-12-31")
	require.Len(t, w.told, 1)
}

func TestA3_SomebodyIsAlwaysTold(t *testing.T) {
	all := []cert.Contact{
		{Role: cert.Owner, Person: "o"}, {Role: cert.Manager, Person: "m"}, {Role: cert.Sponsor, Person: "s"}, {Role: cert.Fallback, Person: "f"},
	}
	gone := func(roles ...cert.Role) []cert.Contact {
		out := append([]cert.Contact(nil), all...)
		for i := range out {
			for _, r := range roles {
				if out[i].Role == r {
					out[i].Reason = cert.Inactive
				}
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		audience []cert.Role
		contacts []cert.Contact
		people   []compliance.PersonID
		missed   int
	}{
		"owner":                    {[]cert.Role{cert.Owner}, all, []compliance.PersonID{"o"}, 0},
		"all":                      {cert.Roles(), all, []compliance.PersonID{"o", "m", "s", "f"}, 0},
		"owner gone":               {[]cert.Role{cert.Owner}, gone(cert.Owner), []compliance.PersonID{"m"}, 1},
		"owner and manager gone":   {[]cert.Role{cert.Owner}, gone(cert.Owner, cert.Manager), []compliance.PersonID{"s"}, 2},
		"only the fallback":        {[]cert.Role{cert.Owner, cert.Manager}, gone(cert.Owner, cert.Manager, cert.Sponsor), []compliance.PersonID{"f"}, 3},
		"sponsor gone":             {[]cert.Role{cert.Owner, cert.Sponsor}, gone(cert.Sponsor), []compliance.PersonID{"o", "f"}, 1},
		"nobody named":             {[]cert.Role{cert.Owner}, nil, nil, 4},
		"nobody active":            {[]cert.Role{cert.Owner}, gone(cert.Roles()...), nil, 4},
		"one person in two roles":  {[]cert.Role{cert.Owner, cert.Manager}, []cert.Contact{{Role: cert.Owner, Person: "x"}, {Role: cert.Manager, Person: "x"}}, []compliance.PersonID{"x"}, 0},
		"a role without a person":  {[]cert.Role{cert.Owner}, []cert.Contact{{Role: cert.Owner}, {Role: cert.Manager, Person: "m"}}, []compliance.PersonID{"m"}, 1},
		"an audience of no roles":  {nil, all, nil, 0},
		"owner gone, manager told": {[]cert.Role{cert.Owner, cert.Manager}, gone(cert.Owner), []compliance.PersonID{"m"}, 1},
	} {
		r := cert.Tell(c.audience, c.contacts)
		require.Equal(t, c.people, r.People, name)
		require.Len(t, r.Unreachable, c.missed, name)
		require.Equal(t, len(c.people) == 0, r.Reason == cert.NobodyToTell, name)
		for _, u := range r.Unreachable {
			require.NotEqual(t, cert.OK, u.Reason)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		out := rapid.SliceOfDistinct(rapid.SampledFrom(cert.Roles()), rapid.ID).Draw(t, "gone")
		audience := rapid.SliceOfNDistinct(rapid.SampledFrom([]cert.Role{cert.Owner, cert.Manager, cert.Sponsor}), 1, 3, rapid.ID).Draw(t, "audience")
		contacts := gone(out...)
		r := cert.Tell(audience, contacts)
		require.True(t, len(r.People) > 0 || contacts[3].Reason != cert.OK, "a fallback that can be reached is reached")
	})
}

func TestA3_AnEscalationKeepsItsKeyWhenRepeated(t *testing.T) {
	w := inForce(t)
	w.until("2026-10-02T09:00")
	now := w.now.Add(7 * 24 * time.Hour)
	first, err := cert.Next(w.track, now)
	require.NoError(t, err)
	second, err := cert.Next(w.track, now.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, first.Escalation, second.Escalation)
	require.Equal(t, "CER-7/v1/rung/90/told", first.Escalation.Key("CER-7"))
	applied := w.track.Escalated(*first.Escalation)
	require.Equal(t, applied, applied.Escalated(*first.Escalation))
}
