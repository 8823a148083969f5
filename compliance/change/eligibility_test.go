package change_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

var noon = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

type ids = []compliance.PersonID

func person(id compliance.PersonID) compliance.Person { return compliance.Person{ID: id} }

func gone(id compliance.PersonID) compliance.Person {
	return compliance.Person{ID: id, ActiveTo: noon} // half-open: noon is too late
}

func group(name string, people ...compliance.Person) []change.Member {
	var members []change.Member
	for _, p := range people {
		members = append(members, change.Member{Person: p, Group: name})
	}
	return members
}

var duties = change.Duties{Requester: "p-req", Implementer: "p-imp", Acting: ids{"p-act"}}

func level(quorum string, groups ...string) change.Level {
	return change.Level{Name: "owners", Groups: groups, Quorum: quorum}
}

func resolve(t require.TestingT, l change.Level, members []change.Member, external *compliance.Person, want bool) change.ResolvedLevel {
	r, err := change.ResolveLevel(l, members, duties, external, want, noon)
	require.NoError(t, err)
	return r
}

func TestC5_EligibleAreGroupMembersWithoutADuty(t *testing.T) {
	members := slices.Concat(
		group("owners", person("p-zoe"), person("p-req"), person("p-imp"), person("p-act"), gone("p-old"), person("p-ann")),
		group("board", person("p-ann"), person("p-bob"), compliance.Person{ID: "p-new", ActiveFrom: noon.Add(1)}),
		group("elsewhere", person("p-out")),
	)
	r := resolve(t, level("2", "owners", "board"), members, nil, false)
	require.Equal(t, ids{"p-ann", "p-bob", "p-zoe"}, r.Eligible, "sorted, and once each")
	require.Equal(t, 2, r.Required)
	require.Equal(t, []change.Exclusion{
		{Person: "p-act", Reason: change.IsActing},
		{Person: "p-imp", Reason: change.IsImplementer},
		{Person: "p-new", Reason: change.Inactive},
		{Person: "p-old", Reason: change.Inactive},
		{Person: "p-req", Reason: change.IsRequester},
	}, r.Excluded)
	require.Empty(t, change.Unreachable([]change.ResolvedLevel{r}))
}

func TestC7_PeopleAreCountedNotMemberships(t *testing.T) {
	members := slices.Concat(group("a", person("p-1")), group("b", person("p-1")), group("c", person("p-1")))
	r := resolve(t, level("2", "a", "b", "c"), members, nil, false)
	require.Equal(t, ids{"p-1"}, r.Eligible)
	require.Equal(t, 2, r.Required)
	require.Len(t, change.Unreachable([]change.ResolvedLevel{r}), 1)

	share := resolve(t, level("50%", "a"), group("a", person("p-1"), person("p-2"), person("p-3"), person("p-req")), nil, false)
	require.Equal(t, 2, share.Required, "half of three, the requester not among them, rounded up")

	torn := append(group("a", person("p-1")), group("b", gone("p-1"))...)
	require.Empty(t, resolve(t, level("1", "a", "b"), torn, nil, false).Eligible, "not active in doubt")
}

func TestC5_WithoutKnownDutiesNobodyIsIndependent(t *testing.T) {
	for _, d := range []change.Duties{{}, {Requester: "p-req"}, {Implementer: "p-imp"}} {
		_, err := change.ResolveLevel(level("1", "a"), group("a", person("p-1")), d, nil, false, noon)
		require.ErrorContains(t, err, "known")
		resolved := resolve(t, level("1", "a"), group("a", person("p-1")), nil, false)
		require.Equal(t, change.NotEligible, change.EligibleNow(resolved, person("p-1"), group("a", person("p-1")), d, noon))
	}
	_, err := change.ResolveLevel(level("none", "a"), nil, duties, nil, false, noon)
	require.ErrorContains(t, err, `level "owners": quorum "none"`)
}

func TestC6_ExternalStandsInOnlyWhenAskedAgreedAndIndependent(t *testing.T) {
	one := group("owners", person("p-1"))
	ext := person("p-ext")
	for name, c := range map[string]struct {
		external compliance.PersonID // of the level
		person   *compliance.Person
		want     bool
		members  []change.Member
		stands   bool
		excluded change.Reason
	}{
		"asked for":             {"p-ext", &ext, true, one, true, ""},
		"not asked for":         {"p-ext", &ext, false, one, false, ""},
		"none agreed":           {"", &ext, true, one, false, ""},
		"another than agreed":   {"p-agreed", &ext, true, one, false, change.UnknownPerson},
		"not in the directory":  {"p-ext", nil, true, one, false, change.UnknownPerson},
		"not active":            {"p-ext", ptr(gone("p-ext")), true, one, false, change.Inactive},
		"is the requester":      {"p-req", ptr(person("p-req")), true, one, false, change.IsRequester},
		"is the implementer":    {"p-imp", ptr(person("p-imp")), true, one, false, change.IsImplementer},
		"acts for one of them":  {"p-act", ptr(person("p-act")), true, one, false, change.IsActing},
		"quorum is in reach":    {"p-ext", &ext, true, group("owners", person("p-1"), person("p-2")), false, ""},
		"a member anyway":       {"p-1", ptr(person("p-1")), true, one, false, ""},
		"an excluded requester": {"p-req", ptr(person("p-req")), true, append(group("owners", person("p-req")), one...), false, change.IsRequester},
	} {
		t.Run(name, func(t *testing.T) {
			l := level("2", "owners")
			l.External = c.external
			r := resolve(t, l, c.members, c.person, c.want)
			require.Equal(t, c.stands, r.UsesExternal)
			require.Equal(t, c.stands, slices.Contains(r.Eligible, c.external) && c.external != "p-1")
			require.Equal(t, 2, r.Required)
			if c.excluded == "" {
				require.Empty(t, r.Excluded)
			} else {
				require.Equal(t, []change.Exclusion{{Person: c.external, Reason: c.excluded}}, r.Excluded)
			}
			require.Equal(t, len(r.Eligible) < 2, len(change.Unreachable([]change.ResolvedLevel{r})) == 1)
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestC5_EligibleNowFollowsTheLiveDirectory(t *testing.T) {
	l := level("2", "owners")
	l.External = "p-ext"
	members := group("owners", person("p-1"), person("p-req"), person("p-act"))
	ext := person("p-ext")
	resolved := resolve(t, l, members, &ext, true)
	now := append(members, group("owners", person("p-new"))...)
	now = append(now, group("board", person("p-board"))...)
	for name, c := range map[string]struct {
		p    compliance.Person
		want change.Reason
	}{
		"member":              {person("p-1"), change.OK},
		"joined since":        {person("p-new"), change.OK},
		"left since":          {person("p-left"), change.NotEligible},
		"of another group":    {person("p-board"), change.NotEligible},
		"no longer active":    {gone("p-1"), change.Inactive},
		"requester":           {person("p-req"), change.IsRequester},
		"implementer":         {person("p-imp"), change.IsImplementer},
		"acting":              {person("p-act"), change.IsActing},
		"external":            {ext, change.OK},
		"external not active": {gone("p-ext"), change.Inactive},
		"nobody":              {compliance.Person{}, change.UnknownPerson},
	} {
		require.Equal(t, c.want, change.EligibleNow(resolved, c.p, now, duties, noon), name)
	}
	resolved.UsesExternal = false
	require.Equal(t, change.NotEligible, change.EligibleNow(resolved, ext, now, duties, noon), "an external who does not stand in")
}

func TestC5_ResolutionAndLiveCheckAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := ids{"p-0", "p-1", "p-2", "p-3", "p-4", "p-5"}
		d := change.Duties{
			Requester: rapid.SampledFrom(pool).Draw(t, "requester"), Implementer: rapid.SampledFrom(pool).Draw(t, "implementer"),
			Acting: rapid.SliceOfN(rapid.SampledFrom(pool), 0, 2).Draw(t, "acting"),
		}
		people := map[compliance.PersonID]compliance.Person{}
		for _, id := range append(pool, "p-ext") {
			people[id] = person(id)
			if rapid.Bool().Draw(t, "gone") {
				people[id] = gone(id)
			}
		}
		var members []change.Member
		for i := range rapid.IntRange(0, 12).Draw(t, "memberships") {
			id := rapid.SampledFrom(pool).Draw(t, fmt.Sprint("member", i))
			members = append(members, change.Member{Person: people[id], Group: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "group")})
		}
		l := level(rapid.SampledFrom([]string{"1", "2", "3", "50%", "100%"}).Draw(t, "quorum"), "a", "b")
		l.External = "p-ext"
		r, err := change.ResolveLevel(l, members, d, ptr(people["p-ext"]), rapid.Bool().Draw(t, "want"), noon)
		require.NoError(t, err)
		require.True(t, slices.IsSorted(r.Eligible))
		require.Len(t, slices.Compact(slices.Clone(r.Eligible)), len(r.Eligible))
		require.NotContains(t, r.Eligible, d.Requester, "never self-approval")
		require.NotContains(t, r.Eligible, d.Implementer)
		require.GreaterOrEqual(t, r.Required, 1)
		for id, p := range people {
			now := change.EligibleNow(r, p, members, d, noon)
			require.Equal(t, slices.Contains(r.Eligible, id), now == change.OK, "%s: %s", id, now)
			for _, e := range r.Excluded {
				require.NotContains(t, r.Eligible, e.Person)
				if e.Person == id {
					require.Equal(t, e.Reason, now)
				}
			}
		}
		shuffled := rapid.Permutation(members).Draw(t, "order")
		again, err := change.ResolveLevel(l, shuffled, d, ptr(people["p-ext"]), r.UsesExternal, noon)
		require.NoError(t, err)
		require.Equal(t, r.Eligible, again.Eligible, "the directory's order does not matter")
	})
}
