package feed_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/workflows/feed"
	"github.com/lowcodex/countersign/workflows/patch"
)

// opened lists the rollouts that were begun, by the document that asked.
func (w *world) opened() []string {
	var out []string
	for _, a := range w.begun {
		out = append(out, a.Advisory+" in "+a.System)
	}
	slices.Sort(out)
	return out
}

var first = []string{"CVE-2021-44228 in yard-flows", "ICSA-22-104-17 in yard-flows", "ICSA-24-165-01 in yard-flows", "ICSA-24-193-08 in yard-flows"}

// The first reading opens one rollout for each document that concerns the policy's
// products, records every contradictory entry once, and tells people of them once.
// A second reading, one without the state, and one of another worker add nothing
// (P13, P14, P17). Requirements 15, 16, 19.
func TestP17_ReadingTwiceIsReadingOnce(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.pass(0))
	require.Equal(t, first, w.opened())
	for _, a := range w.begun {
		require.Equal(t, "node-red", a.Class)
		require.Empty(t, a.Payload, "a person provides it")
		for _, v := range a.Vulnerabilities {
			require.NotEmpty(t, v.Evidence)
			require.Equal(t, map[bool]rules.Answer{true: rules.Yes, false: rules.No}[v.ID == "CVE-2021-44228"], v.Exploited, v.ID)
			require.Empty(t, v.Feed)
		}
	}
	want := map[string]int{
		kev + " quarantined": 15, kev + " feed": 2, publisher + " feed": 2, rules.AdvisedSubject + " advised": 4,
	}
	require.Equal(t, want, w.records())
	card, n := w.titled("15 set aside")
	require.Equal(t, 1, n)
	require.Equal(t, []compliance.PersonID{"p-emeka", "p-dana"}, card.Notify, "the system's owner and the sponsor")
	require.Contains(t, fmt.Sprint(card.Facts), "CVE-2021-34527")
	require.Contains(t, fmt.Sprint(card.Facts), "5 more: starter feed show "+kev)
	require.Len(t, w.Surface.Posts(), 1)

	require.NoError(t, w.pass(4*time.Hour))
	w.state = nil
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, want, w.records())
	require.Len(t, w.begun, 4)
	require.Len(t, w.Surface.Posts(), 1)
	require.Empty(t, w.news)
}

// What is on record and was not done, because the run ended in between, is done by
// the next one: the rollouts begin, and people are told.
func TestARunThatEndsAfterItsRecordsIsMadeUpFor(t *testing.T) {
	w := newWorld(t)
	w.Journal.Appended(func([]evidence.Event) { w.Env.CancelWorkflow() })
	require.Error(t, w.pass(0))
	records := w.records()
	require.NotEmpty(t, records)
	begun := len(w.begun)
	require.Less(t, begun, 4)
	w.Journal.Appended(nil)
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, first, w.opened())
	require.Equal(t, 15, w.records()[kev+" quarantined"])
	require.Equal(t, 4, w.records()[rules.AdvisedSubject+" advised"])
	_, n := w.titled("set aside")
	require.Equal(t, 1, n)
	require.Len(t, w.Surface.Posts(), 1)
}

// The catalogue that lists a vulnerability of an open rollout informs it, and opens
// no other; an entry about a product that is installed opens one (P15).
func TestP15_TheCatalogueInformsAndOpens(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.pass(0))
	w.now = w.now.Add(time.Hour)
	w.list("CVE-2024-39888", "Siemens", "Mendix Encryption", "2026-11-26")
	w.list("CVE-2026-0001", "Siemens", "Mendix Runtime", "2026-11-26")
	require.NoError(t, w.pass(4*time.Hour))
	require.Len(t, w.begun, 5)
	require.Equal(t, "CVE-2026-0001", w.begun[4].Advisory)
	id := patch.AdvisoryID("ICSA-24-193-08", "yard-flows")
	require.Len(t, w.news, 1)
	require.Len(t, w.news[id], 1)
	v := w.news[id][0].Vulnerabilities[0]
	require.Equal(t, rules.Yes, v.Exploited)
	require.Len(t, v.Evidence, 2)
	require.NoError(t, w.pass(4*time.Hour))
	require.Len(t, w.news[id], 1)
}

// A product that is added to the policy is looked for in what was there before, as
// far as the look-back goes.
func TestAProductThatIsAddedIsLookedFor(t *testing.T) {
	w := newWorld(t)
	w.products("{vendor: Apache, product: Log4j2}")
	require.NoError(t, w.pass(0))
	require.Equal(t, first[:1], w.opened())
	w.products("{vendor: Siemens, product: Mendix}, {vendor: Apache, product: Log4j2}")
	w.edit(func(s string) string { return strings.Replace(s, "look_back: 1825d", "look_back: 1000d", 1) })
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, []string{"CVE-2021-44228 in yard-flows", "ICSA-24-165-01 in yard-flows", "ICSA-24-193-08 in yard-flows"}, w.opened())
	require.Equal(t, 4, w.records()[rules.AdvisedSubject+" advised"], "what is too old is on record, too")
	w.products("{vendor: Nobody, product: Nothing}")
	require.NoError(t, w.pass(4*time.Hour))
	require.Len(t, w.begun, 3)
}

// A feed that cannot be read is a finding: recorded and told once when it begins,
// when what is in force became stale, and when it is over; what rests on it is told
// both times (P17, P18). Nothing a publisher does wrong replaces what is in force.
func TestP18_AFeedThatFailsIsOneFinding(t *testing.T) {
	for trouble, why := range map[advisoriestest.Trouble]rules.Reason{
		advisoriestest.Page: rules.FeedUnreachable, advisoriestest.Cut: rules.FeedUnreachable, advisoriestest.Loop: rules.FeedUnreachable, advisoriestest.Down: rules.FeedUnreachable,
	} {
		t.Run(string(trouble), func(t *testing.T) {
			w := newWorld(t)
			require.NoError(t, w.pass(0))
			digest := w.state.Feeds[0].Digest
			w.now = w.now.Add(time.Hour)
			w.list("CVE-2026-7777", "Nobody", "Nothing", "2026-11-26") // there is something newer than what is in force
			w.at.Publish("/csaf/icsa-24-193-08.json", w.at.Document("/csaf/icsa-24-193-08.json"), w.now)
			w.at.Set(trouble)
			require.NoError(t, w.pass(4*time.Hour))
			require.NoError(t, w.pass(4*time.Hour))
			require.Equal(t, []rules.Reason{why}, w.turns(kev))
			card, n := w.titled("Feed " + kev)
			require.Equal(t, 2, n, "one about what was set aside, one about the finding")
			require.Empty(t, w.news, "the last good document still counts")
			require.Empty(t, w.raised, "and nobody is paged")
			require.Equal(t, digest, w.state.Feeds[0].Digest)

			require.NoError(t, w.pass(24*time.Hour))
			require.NoError(t, w.pass(4*time.Hour))
			require.Equal(t, []rules.Reason{why, rules.FeedStale}, w.turns(kev))
			require.Len(t, w.news, 4, "every open rollout shows it")
			for _, news := range w.news {
				require.Len(t, news, 1)
				require.Equal(t, rules.FeedStale, news[0].Vulnerabilities[0].Feed)
			}
			require.Len(t, w.raised, 2, "somebody is paged about each feed")
			w.at.Set(advisoriestest.None)
			require.NoError(t, w.pass(4*time.Hour))
			require.NoError(t, w.pass(4*time.Hour))
			for id, told := range w.raised {
				require.Equal(t, []bool{true, false}, told, id)
			}
			require.Equal(t, []rules.Reason{why, rules.FeedStale, rules.OK}, w.turns(kev))
			require.Equal(t, w.turns(kev), w.turns(publisher))
			for _, news := range w.news {
				require.Len(t, news, 2)
				require.Equal(t, rules.OK, news[1].Vulnerabilities[0].Feed)
			}
			require.Len(t, w.Surface.Posts(), 3, "one card for each feed's stretch")
			w.now = w.now.Add(time.Hour)
			w.list("CVE-2026-7778", "Nobody", "Nothing", "2026-11-26")
			w.at.Publish("/csaf/icsa-24-193-08.json", w.at.Document("/csaf/icsa-24-193-08.json"), w.now)
			w.at.Set(trouble)
			require.NoError(t, w.pass(4*time.Hour))
			require.Len(t, w.Surface.Posts(), 5, "the next stretch is another")
			require.NotEmpty(t, card.Facts)
		})
	}
}

// An older release than the one in force, and one that is no catalogue, are refused
// and told of; the one in force stays (P18).
func TestP18_WhatIsWorseThanWhatIsInForceIsRefused(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.pass(0))
	held := w.state.Feeds[0]
	good := w.at.Document(advisoriestest.KEVPath)
	for _, c := range []struct {
		change func(map[string]any)
		want   rules.Reason
	}{
		{func(doc map[string]any) {
			doc["dateReleased"], doc["catalogVersion"] = "2025-08-25T10:00:00Z", "2025.08.24"
		}, rules.FeedOlder},
		{func(doc map[string]any) { doc["count"] = 41 }, rules.FeedRejected},
	} {
		w.at.Publish(advisoriestest.KEVPath, good, w.now)
		w.catalogue(c.change)
		require.NoError(t, w.pass(4*time.Hour))
		require.Equal(t, c.want, w.state.Feeds[0].Found)
		require.NotEmpty(t, w.state.Feeds[0].Detail)
		require.Equal(t, held.Digest, w.state.Feeds[0].Digest)
		w.at.Publish(advisoriestest.KEVPath, good, w.now)
		require.NoError(t, w.pass(time.Hour))
	}
	require.Equal(t, []rules.Reason{rules.FeedOlder, rules.OK, rules.FeedRejected, rules.OK}, w.turns(kev))

	// The same without the state: what the log names is still in force.
	w.state = nil
	w.catalogue(func(doc map[string]any) { doc["dateReleased"] = "2025-08-25T10:00:00Z" })
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, held.Digest, w.state.Feeds[0].Digest)
	require.Len(t, w.begun, 4)
}

// A document of an index that cannot be believed is put aside by itself; one that
// cannot be fetched is owed, and read when it can be.
func TestDocumentsOfAnIndex(t *testing.T) {
	w := newWorld(t)
	path := "/csaf/icsa-24-193-08.json"
	good := w.at.Document(path)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(good, &doc))
	doc["vulnerabilities"] = []any{}
	raw, err := json.Marshal(doc)
	require.NoError(t, err)
	w.at.Publish(path, raw, thursday.Add(-time.Hour))
	w.at.Break("/csaf/icsa-24-165-01.json", true)
	require.NoError(t, w.pass(0))
	require.NotContains(t, w.opened(), first[2])
	require.NotContains(t, w.opened(), first[3])
	require.Len(t, w.state.Feeds[1].Owed, 2, "the rest waits with it")
	require.Equal(t, rules.FeedUnreachable, w.state.Feeds[1].Found)
	require.Contains(t, w.state.Feeds[1].Detail, "ICSA-24-165-01")

	w.at.Break("/csaf/icsa-24-165-01.json", false)
	require.NoError(t, w.pass(4*time.Hour))
	require.Contains(t, w.opened(), first[2])
	require.Equal(t, 1, w.records()[publisher+" quarantined"])
	_, n := w.titled("Feed " + publisher + ": 1 set aside")
	require.Equal(t, 1, n)
	require.Empty(t, w.state.Feeds[1].Owed)

	w.at.Publish(path, good, w.now)
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, first, w.opened())
}

// An index that lists more than one run reads is read on by the next at once, and
// each document once.
func TestALongIndexIsReadInPages(t *testing.T) {
	w := newWorld(t)
	good := string(w.at.Document("/csaf/icsa-24-193-08.json"))
	for i := range 120 {
		text := strings.ReplaceAll(good, "ICSA-24-193-08", fmt.Sprintf("ICSA-26-%03d", i))
		text = strings.ReplaceAll(text, "CVE-2024-39888", fmt.Sprintf("CVE-2026-%04d", 1000+i))
		w.at.Publish(fmt.Sprintf("/csaf/icsa-26-%03d.json", i), []byte(text), thursday.Add(-time.Hour))
	}
	require.NoError(t, w.pass(0))
	require.Len(t, w.begun, 124)
	asked := w.at.Requests()
	require.NoError(t, w.pass(4*time.Hour))
	require.Equal(t, asked+2, w.at.Requests(), "the catalogue and the index, and nothing else")
}

// A surface that is down holds up no reading; people are told when it is back. The
// log being down holds up everything, and nothing is done before it.
func TestOutagesAround(t *testing.T) {
	w := newWorld(t)
	w.Surface.Fail(func() error { return &compliance.Failure{Class: compliance.Unavailable, Op: "post"} })
	require.NoError(t, w.pass(0))
	require.Equal(t, first, w.opened())
	require.Len(t, w.state.Untold, 1)
	w.Surface.Fail(nil)
	require.NoError(t, w.pass(4*time.Hour))
	require.Empty(t, w.state.Untold)
	require.Len(t, w.Surface.Posts(), 1)

	w.list("CVE-2026-0001", "Siemens", "Mendix Runtime", "2026-11-26")
	w.Journal.Down(true)
	w.now = w.now.Add(4 * time.Hour)
	w.after = func() {
		w.Env.RegisterDelayedCallback(func() { require.Len(t, w.begun, 4); w.Journal.Down(false) }, 3*time.Hour)
	}
	require.NoError(t, w.pass(0))
	require.Len(t, w.begun, 5)
}

// Without a class that names products there is nothing to read feeds for.
func TestNothingInstalledReadsNothing(t *testing.T) {
	w := newWorld(t)
	w.edit(func(s string) string {
		lines := slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool { return strings.HasPrefix(l, "    products:") })
		return strings.Join(lines, "\n")
	})
	require.NoError(t, w.pass(0))
	require.Zero(t, w.at.Requests())
	require.Equal(t, feed.State{Schema: 1}, *w.state)
}

// However a run ends, after whichever of its steps, the next one makes up for it:
// the same records, rollouts and cards are there as if nothing had happened.
func TestEveryEndIsMadeUpFor(t *testing.T) {
	whole := newWorld(t)
	require.NoError(t, whole.pass(0))
	want, steps := whole.records(), whole.done
	require.Greater(t, steps, 8)
	for n := 1; n < steps; n++ {
		w := newWorld(t)
		w.end = n
		require.Error(t, w.pass(0), "ended after step %d", n)
		w.end = 0
		require.NoError(t, w.pass(time.Hour))
		require.NoError(t, w.pass(time.Hour))
		require.Equal(t, want, w.records(), "ended after step %d", n)
		require.Equal(t, first, w.opened(), "ended after step %d", n)
		require.Len(t, w.Surface.Posts(), 1, "ended after step %d", n)
	}
}
