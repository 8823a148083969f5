package activities_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/advisories"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// press is the feeds capability before a publisher.
type press struct {
	t     *testing.T
	env   *testsuite.TestActivityEnvironment
	f     *activities.Feeds
	blobs *evidence.Blobs
	at    *advisoriestest.Server
	base  string
	now   time.Time
}

func newPress(t *testing.T) *press {
	t.Helper()
	p := &press{t: t, now: time.Now()}
	var err error
	p.at, err = advisoriestest.New()
	require.NoError(t, err)
	server := httptest.NewServer(p.at)
	t.Cleanup(func() {
		p.at.Close()
		server.Close()
	})
	p.base = server.URL
	p.blobs, err = evidence.OpenBlobs(t.TempDir())
	require.NoError(t, err)
	clock := func() time.Time { return p.now }
	p.f = &activities.Feeds{
		Source: advisories.New(advisories.Config{HTTP: httpcall.Config{Timeout: 2 * time.Second}, Now: clock}),
		Blobs:  p.blobs, Now: clock,
	}
	var s testsuite.WorkflowTestSuite
	p.env = s.NewTestActivityEnvironment()
	p.env.RegisterActivity(p.f)
	return p
}

func (p *press) try(in activities.ReadFeedInput) (activities.FeedReading, error) {
	p.t.Helper()
	var out activities.FeedReading
	value, err := p.env.ExecuteActivity(p.f.ReadFeed, in)
	if err == nil {
		require.NoError(p.t, value.Get(&out))
		raw, err := json.Marshal(out)
		require.NoError(p.t, err)
		require.Less(p.t, len(raw), 256<<10, "a reading is bounded")
	}
	return out, err
}

func (p *press) read(in activities.ReadFeedInput) activities.FeedReading {
	p.t.Helper()
	out, err := p.try(in)
	require.NoError(p.t, err)
	return out
}

func (p *press) kev(held activities.FeedHeld, w patch.Wanted) activities.ReadFeedInput {
	return activities.ReadFeedInput{
		Feed: compliance.Feed{ID: "kev", Kind: compliance.FeedKEV, Address: p.base + advisoriestest.KEVPath}, Held: held, Wanted: w,
	}
}

// catalogue is the published catalogue with some fields changed.
func (p *press) catalogue(change func(map[string]any)) []byte {
	p.t.Helper()
	var doc map[string]any
	require.NoError(p.t, json.Unmarshal(p.at.Document(advisoriestest.KEVPath), &doc))
	change(doc)
	raw, err := json.Marshal(doc)
	require.NoError(p.t, err)
	return raw
}

// P17: the catalogue is read from its own feed, contradictory entries are in
// quarantine, and what is wanted is answered within bounds.
func TestP17_CatalogueIsRead(t *testing.T) {
	p := newPress(t)
	c, err := patch.ParseKEV(p.at.Document(advisoriestest.KEVPath))
	require.NoError(t, err)
	listed, doubted := c.Entries[0], c.Quarantined[0]
	w := patch.Wanted{CVEs: []string{listed.CVE, doubted.CVE, "CVE-1999-99999"}, Products: []patch.WantedProduct{{Vendor: c.Entries[1].Vendor, Product: c.Entries[1].Product}}}
	got := p.read(p.kev(activities.FeedHeld{}, w))
	require.Equal(t, []activities.FeedAnswer{{CVE: listed.CVE, Answer: patch.Yes}, {CVE: doubted.CVE, Answer: patch.Unknown}, {CVE: "CVE-1999-99999", Answer: patch.No}}, got.Answers)
	require.Len(t, got.Quarantined, 15)
	require.Equal(t, patch.DueBeforeAdded, got.Quarantined[0].Reason)
	require.GreaterOrEqual(t, len(got.Entries), 2)
	require.Empty(t, got.Standing)
	require.Empty(t, got.Added, "at the first reading everything would be new")
	require.True(t, got.Changed)
	require.Equal(t, c.Released, got.Released)
	stored, err := p.blobs.Get(t.Context(), got.Held.Digest)
	require.NoError(t, err)
	require.Equal(t, p.at.Document(advisoriestest.KEVPath), stored)

	again := p.read(p.kev(got.Held, w))
	require.False(t, again.Changed)
	require.Equal(t, got.Answers, again.Answers, "an answer \"not modified\" says the same")
	require.True(t, again.Held.LastRead.Equal(got.Held.LastRead))
}

// P17: 26 hours after it was last confirmed a feed is stale, and says so on every reading.
func TestP17_StaleFeed(t *testing.T) {
	p := newPress(t)
	got := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	in := p.kev(got.Held, patch.Wanted{CVEs: []string{"CVE-1999-99999"}})
	in.HeldOnly = true
	p.now = p.now.Add(26 * time.Hour)
	require.Equal(t, patch.OK, p.read(in).Standing)
	p.now = p.now.Add(time.Second)
	stale := p.read(in)
	require.Equal(t, patch.FeedStale, stale.Standing)
	require.Equal(t, patch.No, stale.Answers[0].Answer, "it still answers")
	in.HeldOnly = false
	require.Equal(t, patch.OK, p.read(in).Standing, "confirmed")

	unread := p.kev(activities.FeedHeld{}, patch.Wanted{CVEs: []string{"CVE-1999-99999"}})
	unread.HeldOnly = true
	none := p.read(unread)
	require.Equal(t, patch.FeedUnread, none.Standing)
	require.Equal(t, patch.Unknown, none.Answers[0].Answer)
}

// P18: a document that cannot be believed is said so, and what was in force stays.
func TestP18_RejectedDocument(t *testing.T) {
	p := newPress(t)
	w := patch.Wanted{CVEs: []string{"CVE-1999-99999"}}
	first := p.read(p.kev(activities.FeedHeld{}, w))
	for name, c := range map[string]struct {
		body []byte
		says string
	}{
		"not the schema": {p.catalogue(func(d map[string]any) { delete(d, "catalogVersion") }), "catalogVersion"},
		"another thing":  {[]byte(`{"ok":true}`), "catalogue rejected"},
		"cut entries":    {p.catalogue(func(d map[string]any) { d["count"] = 1 }), "cut off or was edited"},
	} {
		t.Run(name, func(t *testing.T) {
			p.at.Publish(advisoriestest.KEVPath, c.body, time.Now().Add(time.Hour))
			got := p.read(p.kev(first.Held, w))
			require.Contains(t, got.Rejected, c.says)
			require.False(t, got.Changed)
			require.Equal(t, first.Held, got.Held, "it grows stale")
			require.Equal(t, first.Answers, got.Answers)
			require.Len(t, got.Quarantined, 15)
		})
	}
}

// An older release does not take the place of a newer one, as a cache or an attacker would have it.
func TestP18_OlderReleaseIsRejected(t *testing.T) {
	p := newPress(t)
	original := p.at.Document(advisoriestest.KEVPath)
	p.at.Publish(advisoriestest.KEVPath, p.catalogue(func(d map[string]any) { d["dateReleased"] = "2026-06-01T00:00:00.0000Z" }), time.Now())
	newer := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	p.at.Publish(advisoriestest.KEVPath, original, time.Now().Add(time.Hour))
	got := p.read(p.kev(newer.Held, patch.Wanted{}))
	require.Equal(t, patch.FeedOlder, got.Refused)
	require.Equal(t, newer.Held, got.Held)
	require.Equal(t, newer.Released, got.Released)
}

// P15: an entry that is new and wanted is named: its deadline may come nearer.
func TestP15_AddedEntriesAreNamed(t *testing.T) {
	p := newPress(t)
	c, err := patch.ParseKEV(p.at.Document(advisoriestest.KEVPath))
	require.NoError(t, err)
	gone := c.Entries[2]
	original := p.at.Document(advisoriestest.KEVPath)
	p.at.Publish(advisoriestest.KEVPath, p.catalogue(func(d map[string]any) {
		var kept []any
		for _, v := range d["vulnerabilities"].([]any) {
			if v.(map[string]any)["cveID"] != gone.CVE {
				kept = append(kept, v)
			}
		}
		d["vulnerabilities"], d["count"] = kept, len(kept)
	}), time.Now())
	first := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	p.at.Publish(advisoriestest.KEVPath, original, time.Now().Add(time.Hour))
	got := p.read(p.kev(first.Held, patch.Wanted{CVEs: []string{gone.CVE}}))
	require.Equal(t, []string{gone.CVE}, got.Added)
	require.Empty(t, p.read(p.kev(first.Held, patch.Wanted{CVEs: []string{"CVE-1999-99999"}})).Added)
}

// P18: a publisher that cannot be reached is an error, after which what is in force answers.
func TestP18_UnreachablePublisher(t *testing.T) {
	p := newPress(t)
	first := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	for _, trouble := range []advisoriestest.Trouble{advisoriestest.Page, advisoriestest.Cut, advisoriestest.Slow} {
		p.at.Set(trouble)
		in := p.kev(activities.FeedHeld{Digest: first.Held.Digest, LastRead: first.Held.LastRead}, patch.Wanted{})
		_, err := p.try(in)
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app, trouble)
		require.Equal(t, string(compliance.Unavailable), app.Type())
		require.False(t, app.NonRetryable())
		in.HeldOnly = true
		requests := p.at.Requests()
		require.Equal(t, first.Released, p.read(in).Released)
		require.Equal(t, requests, p.at.Requests(), "nobody is asked")
	}
}

// What is in force and cannot be read any more is fetched whole again.
func TestLostDocumentIsFetchedAgain(t *testing.T) {
	p := newPress(t)
	first := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{}))
	held := first.Held
	held.Digest = "sha256:" + strings.Repeat("0", 64)
	got := p.read(p.kev(held, patch.Wanted{}))
	require.Equal(t, first.Held.Digest, got.Held.Digest)
	require.True(t, got.Changed)
	in := p.kev(held, patch.Wanted{})
	in.HeldOnly = true
	_, err := p.try(in)
	require.ErrorContains(t, err, "what is in force cannot be read")
}

// An index lists what is new, and each of it is read as a feed of its own.
func TestIndexAndAdvisories(t *testing.T) {
	p := newPress(t)
	in := activities.ReadFeedInput{Feed: compliance.Feed{ID: "csaf", Kind: compliance.FeedCSAFIndex, Address: p.base + advisoriestest.IndexPath}}
	list := p.read(in)
	require.Len(t, list.Documents, 3)
	for _, d := range list.Documents {
		got := p.read(activities.ReadFeedInput{Feed: d})
		require.Equal(t, d.ID, got.Advisory.ID)
		require.NotEmpty(t, got.Advisory.CVEs)
		require.NotEmpty(t, got.Advisory.Fixes)
		other := p.read(activities.ReadFeedInput{Feed: d, Held: got.Held, Wanted: patch.Wanted{Products: []patch.WantedProduct{{Product: "Nobody's product"}}}})
		require.Nil(t, other.Advisory, "it concerns nothing that is wanted")
		ours := p.read(activities.ReadFeedInput{Feed: d, Held: got.Held, Wanted: patch.Wanted{Products: []patch.WantedProduct{{Vendor: "Siemens", Product: "Mendix"}}}})
		require.NotNil(t, ours.Advisory)
	}
	in.Held, in.After = list.Held, list.ListedUntil
	require.Empty(t, p.read(in).Documents)

	p.at.Publish("/csaf/new.json", bytes.Clone(p.at.Document("/csaf/icsa-24-193-08.json")), time.Now())
	list = p.read(in)
	require.Len(t, list.Documents, 1)
	require.Equal(t, "NEW", list.Documents[0].ID)
}

// An address that gives another advisory than before is a mistake, not a revision.
func TestAnotherAdvisoryIsRejected(t *testing.T) {
	p := newPress(t)
	feed := compliance.Feed{ID: "a", Kind: compliance.FeedCSAF, Address: p.base + "/csaf/icsa-24-193-08.json"}
	first := p.read(activities.ReadFeedInput{Feed: feed})
	p.at.Publish("/csaf/icsa-24-193-08.json", p.at.Document("/csaf/icsa-24-165-01.json"), time.Now())
	got := p.read(activities.ReadFeedInput{Feed: feed, Held: first.Held})
	require.Contains(t, got.Rejected, "correct the feed's address")
	require.Equal(t, first.Advisory, got.Advisory)
}

// However large the catalogue and the wish, a reading stays small and says what it left out.
func TestReadingIsBounded(t *testing.T) {
	p := newPress(t)
	var wanted []string
	p.at.Publish(advisoriestest.KEVPath, p.catalogue(func(d map[string]any) {
		var all []any
		model := d["vulnerabilities"].([]any)
		for i := range 3000 {
			e := map[string]any{}
			for k, v := range model[len(model)-1].(map[string]any) {
				e[k] = v
			}
			e["cveID"] = fmt.Sprintf("CVE-2021-%05d", i+10000)
			e["requiredAction"] = strings.Repeat("Apply the mitigations. ", 100)
			e["dateAdded"], e["dueDate"] = "2021-11-03", "2021-11-17"
			if i < 200 {
				e["dueDate"] = "2021-11-01"
			}
			wanted = append(wanted, e["cveID"].(string))
			all = append(all, e)
		}
		d["vulnerabilities"], d["count"] = all, len(all)
	}), time.Now())
	got := p.read(p.kev(activities.FeedHeld{}, patch.Wanted{CVEs: wanted}))
	require.Len(t, got.Entries, 100)
	require.Len(t, got.Quarantined, 51)
	require.Contains(t, got.Quarantined[50].Detail, "150 more entries")
	require.Len(t, got.Answers, 500)
	require.Equal(t, map[string]int{"entries": 2700, "quarantined": 150, "answers": 2500}, got.LeftOut)
}
