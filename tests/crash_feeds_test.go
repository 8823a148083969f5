package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/feed"
	"github.com/lowcodex/countersign/workflows/patch"
)

// newsstand is the publisher of a crash world: it has nothing that concerns anybody
// until a story publishes something.
type newsstand struct {
	t        *testing.T
	at       *advisoriestest.Server
	url      string
	advisory string // a real one, whose names each story replaces
	released time.Time
}

// The feeds of the crash worlds.
const (
	// standAge is how old the first release is. Each story's are three minutes later,
	// and none may be of tomorrow. It is short, because what is listed counts from
	// midnight of its release's day: that of yesterday would be warned about after noon.
	standAge   = 3 * time.Hour
	standKEV   = "known-exploited"
	standIndex = "publisher"
	standPath  = "/csaf/story.json"
)

func startNewsstand(t *testing.T) *newsstand {
	at, err := advisoriestest.New()
	require.NoError(t, err)
	server := httptest.NewServer(at)
	t.Cleanup(func() {
		at.Close()
		server.Close()
	})
	s := &newsstand{t: t, at: at, url: server.URL, advisory: string(at.Document("/csaf/icsa-24-193-08.json")), released: time.Now().UTC().Truncate(time.Second).Add(-standAge)}
	for _, name := range []string{"icsa-22-104-17", "icsa-24-165-01", "icsa-24-193-08"} {
		at.Withdraw("/csaf/" + name + ".json")
	}
	s.release(func(entries []any) []any {
		return slices.DeleteFunc(entries, func(e any) bool { return field(e, "dueDate") < field(e, "dateAdded") })
	}, time.Second)
	return s
}

func field(entry any, name string) string {
	text, _ := entry.(map[string]any)[name].(string)
	return text
}

// policy has the stand read for what the yard's flows are said to have.
func (s *newsstand) policy(dir string) {
	feeds := "feeds:\n" +
		"  - {id: " + standKEV + ", kind: kev, address: '" + s.url + advisoriestest.KEVPath + "'}\n" +
		"  - {id: " + standIndex + ", kind: csaf-index, address: '" + s.url + advisoriestest.IndexPath + "'}\n"
	harness.Edit(s.t, dir, "rules/patch.yaml", "feeds:\n", feeds+"old_feeds:\n")
	cut(s.t, dir, "old_feeds:\n", "classes:\n")
	harness.Edit(s.t, dir, "rules/patch.yaml", "    sponsor: p-dana\n", "    sponsor: p-dana\n    products: [{vendor: Siemens, product: Mendix}]\n")
}

// release publishes the catalogue with other entries, so much later than the last
// release; earlier where that is negative.
func (s *newsstand) release(change func([]any) []any, later time.Duration) {
	var doc map[string]any
	require.NoError(s.t, json.Unmarshal(s.at.Document(advisoriestest.KEVPath), &doc))
	entries := change(doc["vulnerabilities"].([]any))
	s.released = s.released.Add(later)
	doc["vulnerabilities"], doc["count"] = entries, len(entries)
	doc["catalogVersion"], doc["dateReleased"] = s.released.Format("2006.01.02"), s.released.Format(time.RFC3339)
	raw, err := json.Marshal(doc)
	require.NoError(s.t, err)
	s.at.Publish(advisoriestest.KEVPath, raw, time.Now())
}

// listing is an entry of the catalogue, added on a day and due on another.
func listing(entries []any, cve, added, due string) map[string]any {
	e := map[string]any{}
	for k, v := range entries[0].(map[string]any) {
		e[k] = v
	}
	e["cveID"], e["vendorProject"], e["product"], e["dateAdded"], e["dueDate"] = cve, "Siemens", "Mendix", added, due
	return e
}

// feedsStory is one advisory, and what the catalogue says about it.
type feedsStory struct {
	acting
	advisory, cve, doubted string
	before                 map[string]int // records about each feed
}

func newFeedsStory(t *tale) *feedsStory {
	n := t.c.stories
	s := &feedsStory{acting: acting{tale: t}, advisory: fmt.Sprintf("STORY-%04d", n), cve: fmt.Sprintf("CVE-2026-%d", 10000+n), doubted: fmt.Sprintf("CVE-2025-%d", 10000+n), before: map[string]int{}}
	s.subject = func() string { return patch.AdvisoryID(s.advisory, "yard-flows") }
	s.mine = func(m slacktest.Message) bool { return strings.Contains(m.Shown(), s.advisory) }
	return s
}

func (s *feedsStory) numbers() map[string]int { return map[string]int{"PAT": 1} }

func (s *feedsStory) steps() []step {
	stand := s.c.stand
	old := func(step time.Duration) step { // the catalogue goes back in time, or on
		return stepOf("another release", func() { stand.release(func(e []any) []any { return e }, step) })
	}
	finding := func(text string) step {
		return step{text, func(ctx context.Context) error {
			return s.c.w.Site.Slack.WaitFor(ctx, func(snap slacktest.Snapshot) bool {
				cards := about(snap, "Feed "+standKEV)
				return len(cards) > 0 && slices.ContainsFunc(cards, func(m slacktest.Message) bool { return strings.Contains(m.Shown(), text) })
			})
		}}
	}
	return []step{
		{"quiet", s.quiet},
		stepOf("published", s.publish),
		{"read", s.read},
		{"a rollout waits", s.shows(harness.Says("Waits for a payload"))},
		finding(s.doubted),
		stepOf("listed", s.list),
		{"read again", s.read},
		{"informed", func(ctx context.Context) error {
			card, err := s.card(ctx, harness.Says("Waits for a payload"))
			if err != nil {
				return err
			}
			return s.c.w.Site.Slack.WaitFor(ctx, func(snap slacktest.Snapshot) bool {
				return slices.ContainsFunc(snap.Messages, func(m slacktest.Message) bool {
					return m.ThreadTS == card.TS && strings.Contains(m.Shown(), "New facts brought the deadline nearer")
				})
			})
		}},
		old(-2 * time.Minute),
		{"read what is older", s.read},
		finding(rules.FeedOlder.Text()),
		old(3 * time.Minute),
		{"read what is newer", s.read},
		finding("It is read again"),
	}
}

func stepOf(name string, do func()) step {
	return step{name, func(context.Context) error { do(); return nil }}
}

// publish has an advisory of today out, and a catalogue with an entry that
// contradicts itself.
func (s *feedsStory) publish() {
	today := time.Now().UTC()
	text := strings.NewReplacer("ICSA-24-193-08", s.advisory, "CVE-2024-39888", s.cve, "2024-07-09T00:00:00.000000Z", today.Format(time.RFC3339)).Replace(s.c.stand.advisory)
	s.c.stand.at.Publish(standPath, []byte(text), today)
	s.c.stand.release(func(entries []any) []any {
		return append(entries, listing(entries, s.doubted, today.Format(time.DateOnly), today.AddDate(0, 0, -3).Format(time.DateOnly)))
	}, time.Minute)
}

func (s *feedsStory) list() {
	today := time.Now().UTC()
	s.c.stand.release(func(entries []any) []any {
		return append(entries, listing(entries, s.cve, s.c.stand.released.Format(time.DateOnly), today.AddDate(0, 0, 21).Format(time.DateOnly)))
	}, time.Minute)
}

// quiet waits until no run is under way, as one is after a worker's start.
func (s *feedsStory) quiet(ctx context.Context) error {
	if err := s.read(ctx); err != nil {
		return err
	}
	for _, id := range []string{standKEV, standIndex} {
		records, err := s.c.reader.Records(ctx, rules.FeedSubject(id))
		if err != nil {
			return err
		}
		s.before[id] = len(records)
	}
	return nil
}

func (s *feedsStory) read(ctx context.Context) error { return s.c.readFeeds(ctx) }

// readFeeds has the schedule read the feeds, as the command does, until a run that
// began afterwards is over and none is under way.
func (c *crashWorld) readFeeds(ctx context.Context) error {
	began := time.Now()
	handle := c.w.Client.ScheduleClient().GetHandle(ctx, feed.ScheduleID)
	asked := 0
	return c.eventually(ctx, func() (bool, error) {
		d, err := handle.Describe(ctx)
		if err != nil || len(d.Info.RunningWorkflows) > 0 {
			return false, err
		}
		for _, a := range d.Info.RecentActions {
			if a.ActualTime.Before(began) || a.StartWorkflowResult == nil {
				continue
			}
			run, err := c.w.Client.DescribeWorkflowExecution(ctx, a.StartWorkflowResult.WorkflowID, "")
			if err != nil {
				return false, err
			}
			if run.WorkflowExecutionInfo.Status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED {
				return true, nil
			}
			return false, errors.New("the run " + run.WorkflowExecutionInfo.Status.String())
		}
		if asked++; asked%50 != 1 {
			return false, errors.New("no run has begun")
		}
		return false, handle.Trigger(ctx, client.ScheduleTriggerOptions{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP})
	})
}

// about are the cards whose title begins so, the oldest first.
func about(snap slacktest.Snapshot, title string) []slacktest.Message {
	var out []slacktest.Message
	for _, m := range snap.Messages {
		if m.ThreadTS == "" && !m.Deleted && m.EventType() == "countersign_card" && strings.Contains(m.Shown(), title) {
			out = append(out, m)
		}
	}
	return out
}
