package patch_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/patch"
)

var (
	since    = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	lookBack = 90 * 24 * time.Hour
)

func portal(system string) patch.Installed {
	return patch.Installed{
		System: system, Class: "lowcode", Place: system, Since: since,
		Products: []patch.WantedProduct{{Vendor: "Siemens", Product: "Mendix"}, {Vendor: "Apache", Product: "Log4j2"}},
	}
}

func catalogue(answers ...patch.Answered) patch.Catalogued {
	return patch.Catalogued{Feed: "kev", Version: "2026.11.26", Answers: answers}
}

// taken puts advice on record as the process does.
func taken(known []patch.Advised, list []patch.AdvisedFacts) []patch.Advised {
	for _, f := range list {
		if f.Kind == patch.OpenRollout {
			f.Rollout = "patch/advisory/" + f.Name + "/" + f.Place
		}
		known = patch.Remember(known, f)
	}
	return known
}

// A real advisory opens a rollout with what its publisher says is fixed, once;
// the catalogue that lists it later informs that rollout and opens no other.
func TestAdviceOnARealAdvisory(t *testing.T) {
	data, err := os.ReadFile("testdata/csaf/icsa-24-193-08.json")
	require.NoError(t, err)
	a, err := patch.ParseAdvisory(data)
	require.NoError(t, err)
	installed := []patch.Installed{portal("portal"), {System: "yard", Class: "flows", Place: "yard", Since: since, Products: []patch.WantedProduct{{Product: "Node-RED"}}}}
	n := a.Notice("siemens", "sha256:00")

	left := patch.Advise(n, installed, nil, catalogue(), lookBack)
	require.Len(t, left, 1, "the yard has no such product")
	require.Equal(t, patch.LeaveAlone, left[0].Kind)
	require.Equal(t, patch.TooOld, left[0].Reason)
	require.Empty(t, patch.Advise(n, installed, taken(nil, left), catalogue(), lookBack), "said once")

	open := patch.Advise(n, installed, nil, catalogue(patch.Answered{CVE: "CVE-2024-39888", Answer: patch.No}), 10*365*24*time.Hour)
	require.Len(t, open, 1)
	require.Equal(t, patch.OpenRollout, open[0].Kind)
	require.Equal(t, "ICSA-24-193-08", open[0].Name)
	v := open[0].Vulnerabilities[0]
	require.Equal(t, "CVE-2024-39888", v.ID)
	require.Equal(t, patch.No, v.Exploited)
	require.NotEmpty(t, v.Fixed, "the version that mends it")
	require.Equal(t, []patch.Evidence{a.Evidence()}, v.Evidence)

	known := taken(nil, open)
	listed := patch.Exploited{CVE: v.ID, Vendor: "Siemens", Product: "Mendix", Added: date(2026, 11, 26)}
	c := catalogue(patch.Answered{CVE: v.ID, Answer: patch.Yes})
	c.Entries = []patch.Exploited{listed}
	news := patch.Advise(listed.Notice("kev", c.Version, ""), installed, known, c, lookBack)
	require.Len(t, news, 1)
	require.Equal(t, patch.InformRollout, news[0].Kind)
	require.Equal(t, open[0].Name, news[0].Name)
	require.Equal(t, patch.Yes, news[0].Vulnerabilities[0].Exploited)
	require.Len(t, news[0].Vulnerabilities[0].Evidence, 2)
	known = taken(known, news)
	require.Empty(t, patch.Refresh(known, c))

	// A catalogue that became old is told to what rests on it, and that it is well again.
	c.Standing = patch.FeedStale
	stale := patch.Refresh(known, c)
	require.Len(t, stale, 1)
	require.Equal(t, patch.FeedStale, stale[0].Vulnerabilities[0].Feed)
	known = taken(known, stale)
	require.Empty(t, patch.Refresh(known, c))
	c.Standing = patch.OK
	require.Len(t, patch.Refresh(known, c), 1)

	// What is over is told of only where it matters.
	known = taken(known, patch.Refresh(known, c))
	known[0].Over, known[0].State = true, patch.Completed
	n.Revision, n.Fixes = "2", append(slices.Clone(n.Fixes), patch.Fix{Vulnerability: v.ID, ProductID: n.Products[0].ID, Version: "99.1"})
	after := patch.Advise(n, installed, known, c, lookBack)
	require.Len(t, after, 1)
	require.Equal(t, patch.AfterRollout, after[0].Kind)
	require.Empty(t, patch.Advise(n, installed, taken(known, after), c, lookBack))
}

// An entry that was added on the day on which its feed is first read is new; one
// that is older than the look-back opens nothing, and the day it is renewed it does.
func TestLookBackBoundsWhatIsOpened(t *testing.T) {
	entry := func(added time.Time) patch.Notice {
		return patch.Exploited{CVE: "CVE-2026-1", Vendor: "Apache", Product: "Log4j2", Added: added}.Notice("kev", "1", "")
	}
	for name, c := range map[string]struct {
		n    patch.Notice
		kind patch.AdviceKind
	}{
		"the same day":                {entry(date(2026, 11, 26)), patch.OpenRollout},
		"89 days before":              {entry(since.AddDate(0, 0, -89)), patch.OpenRollout},
		"91 days before":              {entry(since.AddDate(0, 0, -91)), patch.LeaveAlone},
		"old and revised since":       {patch.Notice{ID: "A", Dated: since.AddDate(-2, 0, 0), Latest: since.Add(time.Hour), Products: entry(since).Products, Vulnerabilities: entry(since).Vulnerabilities}, patch.OpenRollout},
		"old and revised just before": {patch.Notice{ID: "A", Dated: since.AddDate(-2, 0, 0), Latest: since, Products: entry(since).Products, Vulnerabilities: entry(since).Vulnerabilities}, patch.LeaveAlone},
	} {
		got := patch.Advise(c.n, []patch.Installed{portal("portal")}, nil, catalogue(), lookBack)
		require.Len(t, got, 1, name)
		require.Equal(t, c.kind, got[0].Kind, name)
	}
}

// Whatever documents come in whatever order, each vulnerability is in exactly one
// rollout of each class that has the product, names of rollouts are used once, and
// a repeated reading follows up nothing.
func TestProperty_AVulnerabilityIsInOneRollout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		installed := []patch.Installed{portal("portal"), portal("shop")}
		installed[1].Products = installed[1].Products[:1]
		c := catalogue()
		var notices []patch.Notice
		want := map[string]bool{}
		for range rapid.IntRange(1, 8).Draw(t, "documents") {
			product := rapid.SampledFrom([]patch.Product{
				{ID: "m", Vendor: "Siemens", Name: "Mendix Runtime", Affected: true}, {ID: "l", Vendor: "Apache", Name: "Log4j2", Affected: true},
				{ID: "m", Vendor: "Siemens", Name: "Mendix Runtime"}, {ID: "w", Vendor: "Microsoft", Name: "Windows", Affected: true},
			}).Draw(t, "product")
			n := patch.Notice{
				Feed: "f", ID: fmt.Sprintf("DOC-%d", rapid.IntRange(1, 3).Draw(t, "id")), Revision: fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "revision")),
				Dated: since.Add(time.Hour), Latest: since.Add(time.Hour), Products: []patch.Product{product},
			}
			for _, cve := range rapid.SliceOfNDistinct(rapid.IntRange(1, 5), 1, 4, rapid.ID).Draw(t, "cves") {
				n.Vulnerabilities = append(n.Vulnerabilities, patch.Vulnerability{ID: fmt.Sprintf("CVE-2026-%d", cve), Evidence: []patch.Evidence{{Kind: patch.Published, At: n.Dated, Source: n.ID}}})
			}
			notices = append(notices, n)
			for _, i := range installed {
				for _, p := range i.Products {
					if product.Affected && p.Matches(product.Vendor, product.Name) {
						for _, v := range n.Vulnerabilities {
							want[i.System+" "+v.ID] = true
						}
					}
				}
			}
		}
		var known []patch.Advised
		opened, names := map[string]bool{}, map[string]bool{}
		read := func(n patch.Notice) {
			list := patch.Advise(n, installed, known, c, lookBack)
			for _, f := range list {
				if f.Kind != patch.OpenRollout {
					continue
				}
				if names[f.System+" "+f.Name] {
					t.Fatalf("%s is used twice in %s", f.Name, f.System)
				}
				names[f.System+" "+f.Name] = true
				for _, v := range f.Vulnerabilities {
					if opened[f.System+" "+v.ID] {
						t.Fatalf("%s is in two rollouts of %s", v.ID, f.System)
					}
					opened[f.System+" "+v.ID] = true
				}
			}
			known = taken(known, list)
			if again := patch.Advise(n, installed, known, c, lookBack); len(again) > 0 {
				t.Fatalf("read again, it follows up %+v", again)
			}
		}
		for _, n := range rapid.Permutation(notices).Draw(t, "order") {
			read(n)
		}
		require.Equal(t, want, opened)
		for i := range known { // a crash after which everything is read again opens nothing
			known[i].Number = "PAT-1"
		}
		for _, n := range notices {
			for _, f := range patch.Advise(n, installed, known, c, lookBack) {
				require.NotEqual(t, patch.OpenRollout, f.Kind)
			}
		}
	})
}

// Within a stretch of failures a feed's standing only gets worse, and every
// stretch ends once (P18).
func TestProperty_AFindingIsOneStretch(t *testing.T) {
	states := []patch.FeedState{
		{}, {Unreached: true}, {Refused: patch.FeedRejected}, {Refused: patch.FeedOlder}, {Standing: patch.FeedStale, Unreached: true}, {Standing: patch.FeedUnread, Unreached: true},
	}
	rapid.Check(t, func(t *rapid.T) {
		stood, told, lastTold := patch.OK, 0, patch.OK
		for _, s := range rapid.SliceOfN(rapid.SampledFrom(states), 1, 40).Draw(t, "readings") {
			found := s.Found()
			if patch.FeedTurn(stood, found) {
				require.NotEqual(t, lastTold, found, "nothing is said twice in a row")
				stood, lastTold = found, found
				if told++; found == patch.OK {
					told = 0
				}
				require.LessOrEqual(t, told, 2, "one stretch is said at most twice")
			}
			if found == patch.OK {
				require.Equal(t, patch.OK, stood)
			}
		}
	})
}

func TestFeedIntervalLeavesRoomForFailures(t *testing.T) {
	for age, want := range map[time.Duration]time.Duration{
		0: 4 * time.Hour, 26 * time.Hour: 4 * time.Hour, 8 * time.Hour: 2 * time.Hour, time.Hour: 15 * time.Minute, time.Minute: 5 * time.Minute,
	} {
		require.Equal(t, want, patch.FeedInterval(age), age)
	}
}

func TestRolloutNamesCanStandInIds(t *testing.T) {
	require.Equal(t, "ICSA-24-193-08", patch.RolloutName("ICSA-24-193-08"))
	for _, id := range []string{"a/b", "a b", "ü", "", "-a", "a~b"} {
		require.Regexp(t, "^advisory-[0-9a-f]{16}$", patch.RolloutName(id), id)
	}
}
