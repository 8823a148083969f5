package feed_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/integrations/advisories"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/feed"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/patch"
)

var thursday = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// The policy's feeds in these tests: the stand-in's catalogue and index.
const (
	kev       = "known-exploited"
	publisher = "publisher"
)

// world runs the process with the real rules, policy, directory, evidence log and
// reader of feeds against a publisher over HTTP. Cards are recorded, and rollouts
// only note what they are told. Each pass is a run of its own, on one clock.
type world struct {
	t       *testing.T
	now     time.Time
	log     *evidence.Log
	journal *evidencetest.Journal
	policy  string
	source  *policy.Source
	at      *advisoriestest.Server
	client  *advisories.Client
	surface *surface
	state   *feed.State // of the last run that completed
	env     *testsuite.TestWorkflowEnvironment
	after   func() // lays out what happens in the next pass
	done    int    // steps of the last pass that were completed
	end     int    // the step after which the next pass is ended; 0: none
	begun   []patch.Asked
	mu      sync.Mutex
	news    map[string][]patch.News
	raised  map[string][]bool // what each alert was told: that it is so, or over
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: thursday, log: evidencetest.New(t), policy: t.TempDir(), surface: &surface{shown: map[string]compliance.Card{}}, news: map[string][]patch.News{}, raised: map[string][]bool{}}
	w.journal = &evidencetest.Journal{Log: w.log}
	var err error
	w.at, err = advisoriestest.New()
	require.NoError(t, err)
	server := httptest.NewServer(w.at)
	t.Cleanup(func() {
		w.at.Close()
		server.Close()
	})
	w.client = advisories.New(advisories.Config{HTTP: httpcall.Config{Timeout: 2 * time.Second}, Now: func() time.Time { return w.env.Now().UTC() }})
	require.NoError(t, policy.WriteExample(w.policy))
	w.edit(func(s string) string {
		from, to := strings.Index(s, "feeds:\n"), strings.Index(s, "classes:\n")
		return s[:from] + "feeds:\n" +
			"  - {id: " + kev + ", kind: kev, address: '" + server.URL + advisoriestest.KEVPath + "', max_age: 26h}\n" +
			"  - {id: " + publisher + ", kind: csaf-index, address: '" + server.URL + advisoriestest.IndexPath + "'}\n" + s[to:]
	})
	w.products("{vendor: Siemens, product: Mendix}, {vendor: Apache, product: Log4j2}")
	w.edit(func(s string) string { return strings.Replace(s, "look_back: 90d", "look_back: 1825d", 1) })
	w.source, err = policy.OpenSource(policy.SourceConfig{Dir: w.policy, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	return w
}

// edit changes the policy's file about patching as its owner would.
func (w *world) edit(change func(string) string) {
	path := filepath.Join(w.policy, "rules", "patch.yaml")
	b, err := os.ReadFile(path)
	require.NoError(w.t, err)
	after := change(string(b))
	require.NotEqual(w.t, string(b), after)
	require.NoError(w.t, os.WriteFile(path, []byte(after), 0o600))
}

// products says what runs on the yard's targets.
func (w *world) products(list string) {
	w.edit(func(s string) string {
		lines := strings.Split(s, "\n")
		for i, l := range lines {
			if strings.HasPrefix(l, "    products:") {
				lines[i] = "    products: [" + list + "]"
				return strings.Join(lines, "\n")
			}
		}
		return strings.Replace(s, "    sponsor: p-dana\n", "    sponsor: p-dana\n    products: ["+list+"]\n", 1)
	})
}

// pass runs the process once, after this much time, and keeps its state as the
// schedule would. It returns the run's error.
func (w *world) pass(later time.Duration) error {
	w.now = w.now.Add(later)
	for in := (feed.Input{}); ; {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
		w.env = suite.NewTestWorkflowEnvironment()
		w.env.SetStartTime(w.now)
		w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: feed.ScheduleID, TaskQueue: compliance.QueueWorkflows})
		w.env.SetTestTimeout(3 * time.Minute)
		w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
		if w.state != nil {
			w.env.SetLastCompletionResult(*w.state)
		}
		blobs := w.log.Blobs()
		people := activities.People{Source: w.source}
		w.env.RegisterActivity(&activities.Rollouts{Source: w.source, Blobs: blobs, Now: w.env.Now})
		w.env.RegisterActivity(&activities.Evidence{Log: w.journal, Blobs: blobs, Source: w.source, Now: w.env.Now})
		w.env.RegisterActivity(&activities.Feeds{Source: w.client, Blobs: blobs, Now: w.env.Now})
		w.env.RegisterActivity(&activities.Messages{Surface: w.surface, People: people, Contents: blobs})
		w.env.RegisterWorkflowWithOptions(w.rollout, workflow.RegisterOptions{Name: patch.Type})
		w.env.RegisterWorkflowWithOptions(w.alert, workflow.RegisterOptions{Name: incident.AlertType})
		w.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, incident.SignalReported, mock.Anything).
			Return(func(_, id, _, _ string, arg any) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				if len(w.raised[id]) == 0 {
					return errors.New("unknown external workflow execution")
				}
				w.raised[id] = append(w.raised[id], arg.(compliance.AlertEvent).Firing)
				return nil
			}).Maybe()
		w.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, patch.SignalInformed, mock.Anything).
			Return(func(_, id, _, _ string, arg any) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.news[id] = append(w.news[id], arg.(patch.News))
				return nil
			}).Maybe()
		w.done = 0
		w.env.SetOnActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
			if w.done++; w.done == w.end {
				w.env.CancelWorkflow()
			}
		})
		if w.after != nil {
			w.after()
			w.after = nil
		}
		w.env.ExecuteWorkflow(feed.ReadFeeds, in)
		require.True(w.t, w.env.IsWorkflowCompleted())
		w.now = w.env.Now().UTC()
		err := w.env.GetWorkflowError()
		var again *workflow.ContinueAsNewError
		switch {
		case errors.As(err, &again):
			in = feed.Input{}
			require.NoError(w.t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &in))
			continue
		case err != nil:
			return err
		}
		var s feed.State
		require.NoError(w.t, w.env.GetWorkflowResult(&s))
		w.state = &s
		return nil
	}
}

// rollout stands for the rollout: it puts its beginning on record and goes on.
//
//workflowcheck:ignore
func (w *world) rollout(ctx workflow.Context, in patch.Input) error {
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	w.begun = append(w.begun, in.Asked)
	_, err := w.log.Append(context.Background(), []evidence.Event{{
		Key: id + "/received", Type: rules.EventReceived, Schema: 1, Subject: id, Series: patch.Series, State: string(rules.Assessing), At: workflow.Now(ctx),
	}})
	return err
}

// alert stands for the process of one alert: it notes that it was begun.
//
//workflowcheck:ignore
func (w *world) alert(ctx workflow.Context, in incident.AlertInput) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Equal(w.t, "yard-flows", in.Event.System)
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	w.raised[id] = append(w.raised[id], in.Event.Firing)
	return nil
}

// records counts the evidence by type and feed.
func (w *world) records() map[string]int {
	out := map[string]int{}
	for _, subject := range []string{rules.FeedSubject(kev), rules.FeedSubject(publisher), rules.AdvisedSubject} {
		for _, e := range w.entries(subject) {
			out[strings.TrimPrefix(subject, "feed/")+" "+strings.TrimPrefix(e.Record.Type, "patch.")]++
		}
	}
	return out
}

func (w *world) entries(subject string) []evidence.Entry {
	entries, err := w.log.Records(context.Background(), subject)
	require.NoError(w.t, err)
	return entries
}

// turns lists the standings of a feed that are on record.
func (w *world) turns(id string) []rules.Reason {
	var out []rules.Reason
	for _, e := range w.entries(rules.FeedSubject(id)) {
		var f rules.FeedFacts
		require.NoError(w.t, json.Unmarshal(e.Record.Facts, &f))
		if f.Turn > 0 {
			out = append(out, f.Reason)
		}
	}
	return out
}

// catalogue publishes the catalogue with some fields changed.
func (w *world) catalogue(change func(doc map[string]any)) {
	var doc map[string]any
	require.NoError(w.t, json.Unmarshal(w.at.Document(advisoriestest.KEVPath), &doc))
	change(doc)
	raw, err := json.Marshal(doc)
	require.NoError(w.t, err)
	w.at.Publish(advisoriestest.KEVPath, raw, w.now)
}

// list adds an entry to the catalogue, in a release of now.
func (w *world) list(cve, vendor, product, added string) {
	w.catalogue(func(doc map[string]any) {
		entries := doc["vulnerabilities"].([]any)
		entry := map[string]any{}
		for k, v := range entries[len(entries)-1].(map[string]any) {
			entry[k] = v
		}
		entry["cveID"], entry["vendorProject"], entry["product"], entry["dateAdded"], entry["dueDate"] = cve, vendor, product, added, "2027-01-31"
		doc["vulnerabilities"], doc["count"] = append(entries, entry), len(entries)+1
		doc["catalogVersion"], doc["dateReleased"] = w.now.Format("2006.01.02.1504"), w.now.Format(time.RFC3339)
	})
}

// surface keeps the cards by their keys, as they are shown now.
type surface struct {
	mu     sync.Mutex
	shown  map[string]compliance.Card
	posted int
	notes  []compliance.Note
	down   bool
}

func (f *surface) Post(_ context.Context, channel string, c compliance.Card, _ map[compliance.PersonID]compliance.Person, repeat bool) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down {
		return compliance.Posted{}, &compliance.Failure{Class: compliance.Unavailable, Op: "post"}
	}
	if _, there := f.shown[c.Key]; !there || !repeat {
		f.posted++
		f.shown[c.Key] = c
	}
	return compliance.Posted{Channel: channel, Ref: c.Key}, nil
}

func (f *surface) Update(_ context.Context, at compliance.Posted, c compliance.Card, _ map[compliance.PersonID]compliance.Person) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown[c.Key] = c
	return at, nil
}

func (f *surface) Note(_ context.Context, _ compliance.Posted, n compliance.Note, _ map[compliance.PersonID]compliance.Person, _ bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notes = append(f.notes, n)
	return nil
}

func (f *surface) set(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

// titled is the card whose title holds the text, as it is shown now.
func (f *surface) titled(text string) (compliance.Card, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found compliance.Card
	n := 0
	for _, c := range f.shown {
		if strings.Contains(c.Title, text) {
			found = c
			n++
		}
	}
	return found, n
}
