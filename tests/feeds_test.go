package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/feed"
	"github.com/lowcodex/countersign/workflows/patch"
)

// newsroom is a world whose policy reads a publisher of its own: a cut of the real
// catalogue with all of its contradictory entries, and real advisories about Mendix
// (CISA, CC0 1.0: integrations/advisories/advisoriestest/documents/README.md).
type newsroom struct {
	*harness.World
	at *advisoriestest.Server
}

func newNewsroom(t *testing.T, o harness.WorldOptions) *newsroom {
	t.Helper()
	at, err := advisoriestest.New()
	require.NoError(t, err)
	server := httptest.NewServer(at)
	t.Cleanup(func() {
		at.Close()
		server.Close()
	})
	o.Policy = func(dir string) {
		path := filepath.Join(dir, "rules", "patch.yaml")
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		s := string(b)
		from, to := strings.Index(s, "feeds:\n"), strings.Index(s, "classes:\n")
		s = s[:from] + "feeds:\n" +
			"  - {id: known-exploited, kind: kev, address: '" + server.URL + advisoriestest.KEVPath + "'}\n" +
			"  - {id: publisher, kind: csaf-index, address: '" + server.URL + advisoriestest.IndexPath + "'}\n" + s[to:]
		s = strings.Replace(s, "    sponsor: p-dana\n", "    sponsor: p-dana\n    products: [{vendor: Siemens, product: Mendix}]\n", 1)
		s = strings.Replace(s, "look_back: 90d", "look_back: 1825d", 1)
		require.NoError(t, os.WriteFile(path, []byte(s), 0o600))
	}
	return &newsroom{harness.NewWorld(t, o), at}
}

// starter runs a command line and decodes what it prints.
func (p *newsroom) starter(into any, args ...string) {
	p.T.Helper()
	var out, errs bytes.Buffer
	code := commands.Run(context.Background(), append(args, "--output", "json", "--timeout", "120s"), strings.NewReader(""), &out, &errs, p.Env().Environ())
	require.Equal(p.T, commands.ExitOK, code, "starter %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
	require.NoError(p.T, json.Unmarshal(out.Bytes(), into), out.String())
}

// readNow has the feeds read, and gives how they stand by their ids.
func (p *newsroom) readNow() map[string]feed.Held {
	p.T.Helper()
	var list []feed.Held
	p.starter(&list, "feed", "read-now")
	out := map[string]feed.Held{}
	for _, h := range list {
		out[h.Feed.ID] = h
	}
	return out
}

// facts are those of the records of a type about a subject.
func facts[F any](t *testing.T, w *harness.World, subject, kind string) []F {
	t.Helper()
	entries, err := w.Reader().Records(context.Background(), subject)
	require.NoError(t, err)
	var out []F
	for _, e := range entries {
		if e.Record.Type == kind {
			var f F
			require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
			out = append(out, f)
		}
	}
	return out
}

// note waits until somebody was told this in a thread of a card.
func (p *newsroom) note(text string) {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	err := p.Site.Slack.WaitFor(ctx, func(s slacktest.Snapshot) bool {
		for _, m := range s.Messages {
			if m.ThreadTS != "" && strings.Contains(m.Shown(), text) {
				return true
			}
		}
		return false
	})
	require.NoError(p.T, err, "nobody was told %q", text)
}

// From the publisher to the people: advisories about a product that is installed
// open rollouts, whose clocks run from their publication and warn at once where the
// deadline is past; the catalogue's contradictory entries are put aside and told of;
// and when it lists a vulnerability of an open rollout, its deadline comes nearer.
// All of it is done once, however often it is read, and verifies.
// Requirements 15, 16, 19, 26.
func TestFeeds_FromThePublisherToTheFirstWarning(t *testing.T) {
	t.Parallel()
	p := newNewsroom(t, harness.WorldOptions{})
	p.Run(app.RoleAll)

	card := p.Card("Advisory ICSA-24-193-08", harness.Says("Waits for a payload"))
	require.Contains(t, card.Shown(), "fixed in")
	p.Card("Advisory ICSA-24-165-01", harness.Says("Waits for a payload"))
	p.Card("Advisory ICSA-22-104-17", harness.Says("Waits for a payload"))
	p.Card("Feed known-exploited: 15 set aside", harness.Says("CVE-2021-34527"))
	p.note("CVE-2024-39888 on yard-gate")

	subject := patch.AdvisoryID("ICSA-24-193-08", "yard-flows")
	clocks := facts[rules.ClockFacts](t, p.World, subject, rules.EventClock)
	require.Len(t, clocks, 4, "one for each target")
	for _, c := range clocks {
		require.Equal(t, time.Date(2024, 7, 9, 0, 0, 0, 0, time.UTC), c.Clock.Start.At.UTC(), "published")
		require.Equal(t, rules.OK, c.Clock.Feed)
	}
	warned := facts[rules.WarnedFacts](t, p.World, subject, rules.EventWarned)
	require.NotEmpty(t, warned)
	require.GreaterOrEqual(t, warned[0].Warning.Point, rules.AtDeadline, "its three days are long over")
	require.NotEmpty(t, warned[0].Told)

	p.RecordHistory(p.lastRun(), "feed-first-reading")

	// It is read again: nothing newer, nothing twice.
	held := p.readNow()
	require.Equal(t, rules.OK, held["known-exploited"].Found)
	require.Len(t, held["known-exploited"].Quarantined, 15)
	again := p.readNow()
	require.True(t, again["known-exploited"].LastRead.After(held["known-exploited"].LastRead))
	require.Len(t, facts[rules.AdvisedFacts](t, p.World, rules.AdvisedSubject, rules.EventAdvised), 3)
	require.Len(t, facts[rules.FeedFacts](t, p.World, rules.FeedSubject("known-exploited"), rules.EventQuarantined), 15)

	// The catalogue lists one of them.
	p.list("CVE-2024-39888")
	p.readNow()
	p.note("New facts brought the deadline nearer")
	p.RecordHistory(p.lastRun(), "feed-rollout-informed")
	var shown struct {
		Quarantined []rules.Quarantined
		Rollouts    []rules.Advised
	}
	p.readNow()
	p.starter(&shown, "feed", "show", "known-exploited")
	require.Len(t, shown.Quarantined, 15)
	require.Len(t, shown.Rollouts, 3)
	for _, r := range shown.Rollouts {
		require.Regexp(t, `^PAT-\d+$`, r.Number)
		require.Equal(t, rules.Assessing, r.State)
	}
	require.Empty(t, p.Verify().Findings)
	p.RecordHistory(p.lastRun(), "feed-read-again")
}

// list publishes a release of the catalogue, of now, that lists one more vulnerability.
func (p *newsroom) list(cve string) {
	p.T.Helper()
	var doc map[string]any
	require.NoError(p.T, json.Unmarshal(p.at.Document(advisoriestest.KEVPath), &doc))
	entries := doc["vulnerabilities"].([]any)
	raw, err := json.Marshal(entries[len(entries)-1])
	require.NoError(p.T, err)
	var entry map[string]any
	require.NoError(p.T, json.Unmarshal(raw, &entry))
	now := time.Now().UTC()
	entry["cveID"], entry["vendorProject"], entry["product"] = cve, "Siemens", "Mendix"
	entry["dateAdded"], entry["dueDate"] = now.Format(time.DateOnly), now.AddDate(0, 0, 21).Format(time.DateOnly)
	doc["vulnerabilities"], doc["count"] = append(entries, entry), len(entries)+1
	doc["catalogVersion"], doc["dateReleased"] = now.Format("2006.01.02"), now.Format(time.RFC3339)
	raw, err = json.Marshal(doc)
	require.NoError(p.T, err)
	p.at.Publish(advisoriestest.KEVPath, raw, now)
}

// lastRun is the id of the run that the schedule began last.
func (p *newsroom) lastRun() string {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	d, err := p.Client.ScheduleClient().GetHandle(ctx, feed.ScheduleID).Describe(ctx)
	require.NoError(p.T, err)
	actions := d.Info.RecentActions
	require.NotEmpty(p.T, actions)
	return actions[len(actions)-1].StartWorkflowResult.WorkflowID
}

// compact is a document without white space.
func compact(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, data))
	return b.String()
}
