package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// date is the beginning of a calendar date in UTC.
func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func days(n int) time.Time { return noon.AddDate(0, 0, n) }

func hours(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

func TestP13_TheClockStartsAtTheEarliestEvidence(t *testing.T) {
	published := patch.Evidence{Kind: patch.Published, At: days(-3), Source: "ADV-1 v1"}
	listed := patch.Evidence{Kind: patch.Listed, At: days(-5), Source: "KEV 2026.06.10"}
	detected := patch.Evidence{Kind: patch.Detected, At: days(-1), Source: "scan 7"}
	for name, c := range map[string]struct {
		list    []patch.Evidence
		counted []patch.EvidenceKind
		want    patch.Start
		unused  []patch.Unused
		reason  patch.Reason
	}{
		"the earliest of three": {list: []patch.Evidence{detected, listed, published}, want: patch.Start{days(-5), patch.Listed, "KEV 2026.06.10"}},
		"as the class says": {
			list: []patch.Evidence{detected, listed, published}, counted: []patch.EvidenceKind{patch.Published, patch.Detected},
			want: patch.Start{days(-3), patch.Published, "ADV-1 v1"}, unused: []patch.Unused{{listed, patch.NotCounted}},
		},
		"not from the future": {
			list: []patch.Evidence{{Kind: patch.Published, At: noon.Add(1), Source: "x"}, detected},
			want: patch.Start{days(-1), patch.Detected, "scan 7"}, unused: []patch.Unused{{patch.Evidence{Kind: patch.Published, At: noon.Add(1), Source: "x"}, patch.FutureEvidence}},
		},
		"not from before there were any": {
			list: []patch.Evidence{{Kind: patch.Published, At: time.Unix(0, 0)}, {Kind: patch.Listed}, detected},
			want: patch.Start{days(-1), patch.Detected, "scan 7"},
			unused: []patch.Unused{
				{patch.Evidence{Kind: patch.Published, At: time.Unix(0, 0)}, patch.ImplausibleDate}, {patch.Evidence{Kind: patch.Listed}, patch.ImplausibleDate},
			},
		},
		"at this very instant": {list: []patch.Evidence{{Kind: patch.Detected, At: noon, Source: "now"}}, want: patch.Start{noon, patch.Detected, "now"}},
		"nothing":              {reason: patch.NoEvidence},
		"nothing that counts": {
			list: []patch.Evidence{detected}, counted: []patch.EvidenceKind{patch.Listed},
			unused: []patch.Unused{{detected, patch.NotCounted}}, reason: patch.NoEvidence,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, unused, reason := patch.Earliest(c.list, c.counted, noon)
			require.Equal(t, c.want, got)
			require.Equal(t, c.unused, unused)
			require.Equal(t, c.reason, reason)
		})
	}
}

func drawEvidence(t *rapid.T) []patch.Evidence {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) patch.Evidence {
		return patch.Evidence{
			Kind: rapid.SampledFrom(patch.EvidenceKinds()).Draw(t, "kind"), At: days(rapid.IntRange(-30, 3).Draw(t, "day")),
			Source: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "source"),
		}
	}), 1, 8).Draw(t, "evidence")
}

func TestP13_TheStartDependsOnTheEvidenceNotOnItsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawEvidence(t)
		start, unused, reason := patch.Earliest(list, nil, noon)
		other, again, _ := patch.Earliest(rapid.Permutation(list).Draw(t, "order"), nil, noon)
		require.Equal(t, start, other)
		require.ElementsMatch(t, unused, again)
		for _, e := range list {
			if reason == patch.OK && !e.At.After(noon) {
				require.False(t, e.At.Before(start.At))
			}
		}
	})
}

// P14: calendar days, weekends and clock changes included; a date alone counts
// from its beginning in UTC.
func TestP14_DeadlinesAreCalendarDays(t *testing.T) {
	friday := date(2026, time.March, 27) // Europe changes its clocks on the 29th
	require.Equal(t, date(2026, time.March, 30), patch.Due(friday, patch.Outcome{Days: 3}))
	require.Equal(t, date(2026, time.May, 26), patch.Due(friday, patch.Outcome{Days: 60}))
	require.True(t, patch.Due(friday, patch.Outcome{}).IsZero(), "with the next upgrade is no instant")
	berlin := time.FixedZone("", 2*3600)
	require.Equal(t, days(3), patch.Due(noon.In(berlin), patch.Outcome{Days: 3}))
}

func clockFor(t require.TestingT, in patch.Inputs, start time.Time) patch.Clock {
	return patch.NewClock("CVE-2026-1", "crm", patch.Start{At: start, Kind: patch.Published, Source: "ADV-1"}, defaultTable(t).Decide(in), patch.OK)
}

var (
	calm   = patch.Inputs{patch.No, patch.No, patch.No, patch.Partial}
	mild   = patch.Inputs{patch.No, patch.Yes, patch.No, patch.Partial}
	listed = patch.Inputs{patch.Yes, patch.No, patch.No, patch.Partial}
	worst  = patch.Inputs{patch.Yes, patch.Yes, patch.Yes, patch.Total}
)

func TestP15_OnlyNearerHappensByItself(t *testing.T) {
	table := defaultTable(t)
	for name, c := range map[string]struct {
		from, to patch.Inputs
		start    int // day of the evidence now
		due      int // day in force afterwards; 0: none
		proposed int
		forensic bool
		reason   patch.Reason
	}{
		"added to the catalogue":     {from: mild, to: listed, due: 14, proposed: 14, reason: patch.DueNearer},
		"exposed and forensics":      {from: listed, to: worst, due: 3, proposed: 3, forensic: true, reason: patch.DueNearer},
		"from an upgrade to a date":  {from: calm, to: mild, due: 60, proposed: 60, reason: patch.DueNearer},
		"no change":                  {from: mild, to: mild, due: 60, proposed: 60, reason: patch.Unchanged},
		"taken from the catalogue":   {from: listed, to: mild, due: 14, proposed: 60, reason: patch.LaterNeedsWord},
		"no date any more":           {from: mild, to: calm, due: 60, reason: patch.LaterNeedsWord},
		"less bad, with forensics":   {from: worst, to: listed, due: 3, proposed: 14, forensic: true, reason: patch.LaterNeedsWord},
		"earlier evidence":           {from: mild, to: mild, start: -10, due: 50, proposed: 50, reason: patch.DueNearer},
		"later evidence":             {from: mild, to: mild, start: 10, due: 60, proposed: 60, reason: patch.Unchanged},
		"later evidence, but nearer": {from: mild, to: listed, start: 10, due: 14, proposed: 14, reason: patch.DueNearer},
		"earlier, and milder":        {from: listed, to: mild, start: -10, due: 4, proposed: 50, reason: patch.LaterNeedsWord},
	} {
		t.Run(name, func(t *testing.T) {
			clock := clockFor(t, c.from, noon)
			start := patch.Start{At: days(c.start), Kind: patch.Published, Source: "ADV-0"}
			got, proposal, reason := patch.Recompute(clock, start, table.Decide(c.to), patch.FeedStale)
			require.Equal(t, c.reason, reason)
			want, proposed := time.Time{}, time.Time{}
			if c.due != 0 {
				want = days(c.due)
			}
			if c.proposed != 0 {
				proposed = days(c.proposed)
			}
			require.Equal(t, want, got.Due)
			require.Equal(t, proposed, proposal.Due)
			require.Equal(t, c.forensic, got.Ruling.Forensic)
			require.Equal(t, patch.FeedStale, got.Feed, "P17: shown with every decision")
		})
	}
}

func tighter(a, b time.Time) bool { return a.Equal(b) || (!a.IsZero() && (b.IsZero() || a.Before(b))) }

// P15, P13: whatever is learned in whatever order, without an approval the
// deadline is never later, forensics never dropped, the start never later.
func TestP15_TheDeadlineIsNeverLaterWithoutAnApproval(t *testing.T) {
	table := defaultTable(t)
	rapid.Check(t, func(t *rapid.T) {
		clock := clockFor(t, drawInputs(t), days(rapid.IntRange(-20, 20).Draw(t, "start")))
		for range rapid.IntRange(1, 10).Draw(t, "news") {
			start := patch.Start{At: days(rapid.IntRange(-40, 40).Draw(t, "evidence"))}
			r := table.Decide(drawInputs(t))
			next, proposal, reason := patch.Recompute(clock, start, r, patch.OK)
			require.True(t, tighter(next.Due, clock.Due), "%s → %s", clock.Due, next.Due)
			require.True(t, next.Ruling.Forensic || !clock.Ruling.Forensic)
			require.False(t, next.Start.At.After(clock.Start.At))
			require.Equal(t, patch.Due(proposal.Start.At, r.Outcome), proposal.Due, "the proposal is what the rules say")
			require.True(t, tighter(next.Due, proposal.Due), "what is in force is never milder than the rules")
			if reason != patch.LaterNeedsWord {
				require.Equal(t, proposal.Due, next.Due)
			}
			again, _, twice := patch.Recompute(next, start, r, patch.OK)
			require.Equal(t, next.Due, again.Due, "a repeat changes nothing")
			require.NotEqual(t, patch.DueNearer, twice)
			clock = next
		}
	})
}

func TestP15_LaterNeedsAnotherPerson(t *testing.T) {
	clock := clockFor(t, listed, noon)
	_, proposal, _ := patch.Recompute(clock, clock.Start, defaultTable(t).Decide(mild), patch.OK)
	good := patch.Grant{AskedBy: "p-1", Approver: "p-2", Reason: "removed from the catalogue", At: noon}
	got, reason := patch.Approve(clock, proposal, proposal.Due, good)
	require.Equal(t, patch.OK, reason)
	require.Equal(t, days(60), got.Due)
	require.Equal(t, days(14), got.Granted.From)
	require.Equal(t, compliance.PersonID("p-2"), got.Granted.Approver)

	kept, _, reason := patch.Recompute(got, clock.Start, defaultTable(t).Decide(mild), patch.OK)
	require.Equal(t, patch.Unchanged, reason)
	require.Equal(t, got, kept, "an approval outlives a recomputation")

	for name, c := range map[string]struct {
		change func(*patch.Grant)
		shown  time.Time
		want   patch.Reason
	}{
		"oneself":        {func(g *patch.Grant) { g.Approver = g.AskedBy }, proposal.Due, patch.SamePerson},
		"nobody asked":   {func(g *patch.Grant) { g.AskedBy = "" }, proposal.Due, patch.SamePerson},
		"nobody":         {func(g *patch.Grant) { g.Approver = "" }, proposal.Due, patch.SamePerson},
		"no reason":      {func(g *patch.Grant) { g.Reason = " . " }, proposal.Due, patch.MissingAnswer},
		"another date":   {func(*patch.Grant) {}, days(61), patch.ProposalChanged},
		"nothing to say": {func(*patch.Grant) {}, clock.Due, patch.NotLater},
	} {
		g, p := good, proposal
		c.change(&g)
		if name == "nothing to say" {
			p = clock
		}
		got, reason := patch.Approve(clock, p, c.shown, g)
		require.Equal(t, c.want, reason, name)
		require.Equal(t, clock, got, name)
	}
	// P13: a start moves later only as a recorded correction.
	corrected := clockFor(t, listed, days(5))
	moved, reason := patch.Approve(clock, corrected, corrected.Due, good)
	require.Equal(t, patch.OK, reason)
	require.Equal(t, days(5), moved.Start.At)
}
