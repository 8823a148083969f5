package feed_test

import (
	"context"
	"encoding/json"
	"errors"
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
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/advisories"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/tests/processtest"
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
	*processtest.World
	now    time.Time
	at     *advisoriestest.Server
	state  *feed.State // of the last run that completed
	after  func()      // lays out what happens in the next pass
	done   int         // steps of the last pass that were completed
	end    int         // the step after which the next pass is ended; 0: none
	begun  []patch.Asked
	mu     sync.Mutex
	news   map[string][]patch.News
	raised map[string][]bool // what each alert was told: that it is so, or over
}

func newWorld(t *testing.T) *world {
	w := &world{now: thursday, news: map[string][]patch.News{}, raised: map[string][]bool{}}
	var err error
	w.at, err = advisoriestest.New()
	require.NoError(t, err)
	server := httptest.NewServer(w.at)
	t.Cleanup(func() {
		w.at.Close()
		server.Close()
	})
	w.World = processtest.New(t, func(of *processtest.World) {
		w.World = of
		w.edit(func(s string) string {
			from, to := strings.Index(s, "feeds:\n"), strings.Index(s, "classes:\n")
			return s[:from] + "feeds:\n" +
				"  - {id: " + kev + ", kind: kev, address: '" + server.URL + advisoriestest.KEVPath + "', max_age: 26h}\n" +
				"  - {id: " + publisher + ", kind: csaf-index, address: '" + server.URL + advisoriestest.IndexPath + "'}\n" + s[to:]
		})
		w.products("{vendor: Siemens, product: Mendix}, {vendor: Apache, product: Log4j2}")
		w.edit(func(s string) string { return strings.Replace(s, "look_back: 90d", "look_back: 1825d", 1) })
	})
	return w
}

// edit changes the policy's file about patching as its owner would.
func (w *world) edit(change func(string) string) {
	path := filepath.Join(w.Policy, "rules", "patch.yaml")
	b, err := os.ReadFile(path)
	require.NoError(w.T, err)
	after := change(string(b))
	require.NotEqual(w.T, string(b), after)
	require.NoError(w.T, os.WriteFile(path, []byte(after), 0o600))
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
		w.Engine(w.now, feed.ScheduleID)
		clock := w.Env // a step of an earlier pass that was ended may still read its own
		reader := advisories.New(advisories.Config{HTTP: httpcall.Config{Timeout: 2 * time.Second}, Now: func() time.Time { return clock.Now().UTC() }})
		if w.state != nil {
			w.Env.SetLastCompletionResult(*w.state)
		}
		blobs := w.Log.Blobs()
		w.Env.RegisterActivity(&activities.Rollouts{Source: w.Source, Blobs: blobs, Now: w.Env.Now})
		w.Env.RegisterActivity(&activities.Evidence{Log: w.Journal, Blobs: blobs, Source: w.Source, Now: w.Env.Now})
		w.Env.RegisterActivity(&activities.Feeds{Source: reader, Blobs: blobs, Now: w.Env.Now})
		w.Env.RegisterActivity(&activities.Messages{Surface: w.Surface, People: w.People(), Contents: blobs})
		w.Env.RegisterWorkflowWithOptions(w.rollout, workflow.RegisterOptions{Name: patch.Type})
		w.Env.RegisterWorkflowWithOptions(w.alert, workflow.RegisterOptions{Name: incident.AlertType})
		w.Env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, incident.SignalReported, mock.Anything).
			Return(func(_, id, _, _ string, arg any) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				if len(w.raised[id]) == 0 {
					return errors.New("unknown external workflow execution")
				}
				w.raised[id] = append(w.raised[id], arg.(compliance.AlertEvent).Firing)
				return nil
			}).Maybe()
		w.Env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, patch.SignalInformed, mock.Anything).
			Return(func(_, id, _, _ string, arg any) error {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.news[id] = append(w.news[id], arg.(patch.News))
				return nil
			}).Maybe()
		w.done = 0
		w.Env.SetOnActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
			if w.done++; w.done == w.end {
				w.Env.CancelWorkflow()
			}
		})
		if w.after != nil {
			w.after()
			w.after = nil
		}
		w.Env.ExecuteWorkflow(feed.ReadFeeds, in)
		require.True(w.T, w.Env.IsWorkflowCompleted())
		w.now = w.Env.Now().UTC()
		err := w.Env.GetWorkflowError()
		var again *workflow.ContinueAsNewError
		switch {
		case errors.As(err, &again):
			in = feed.Input{}
			require.NoError(w.T, converter.GetDefaultDataConverter().FromPayloads(again.Input, &in))
			continue
		case err != nil:
			return err
		}
		var s feed.State
		require.NoError(w.T, w.Env.GetWorkflowResult(&s))
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
	_, err := w.Log.Append(context.Background(), []evidence.Event{{
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
	require.Equal(w.T, "yard-flows", in.Event.System)
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	w.raised[id] = append(w.raised[id], in.Event.Firing)
	return nil
}

// records counts the evidence by type and feed.
func (w *world) records() map[string]int {
	out := map[string]int{}
	for _, subject := range []string{rules.FeedSubject(kev), rules.FeedSubject(publisher), rules.AdvisedSubject} {
		for _, e := range w.Entries(subject) {
			out[strings.TrimPrefix(subject, "feed/")+" "+strings.TrimPrefix(e.Record.Type, "patch.")]++
		}
	}
	return out
}

// turns lists the standings of a feed that are on record.
func (w *world) turns(id string) []rules.Reason {
	var out []rules.Reason
	for _, e := range w.Entries(rules.FeedSubject(id)) {
		var f rules.FeedFacts
		require.NoError(w.T, json.Unmarshal(e.Record.Facts, &f))
		if f.Turn > 0 {
			out = append(out, f.Reason)
		}
	}
	return out
}

// catalogue publishes the catalogue with some fields changed.
func (w *world) catalogue(change func(doc map[string]any)) {
	var doc map[string]any
	require.NoError(w.T, json.Unmarshal(w.at.Document(advisoriestest.KEVPath), &doc))
	change(doc)
	raw, err := json.Marshal(doc)
	require.NoError(w.T, err)
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

// shown are the cards by their keys, as they are shown now.
func (w *world) shown() map[string]compliance.Card {
	out := map[string]compliance.Card{}
	for _, c := range w.Surface.Cards() {
		out[c.Key] = c
	}
	return out
}

// titled is the card whose title holds the text, as it is shown now.
func (w *world) titled(text string) (compliance.Card, int) {
	var found compliance.Card
	n := 0
	for _, c := range w.shown() {
		if strings.Contains(c.Title, text) {
			found = c
			n++
		}
	}
	return found, n
}
