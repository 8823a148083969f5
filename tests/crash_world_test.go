package tests

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/tests/harness"
)

const (
	// storyWithin bounds one story, crash included; generous, for busy machines.
	storyWithin = 2 * time.Minute
	// freshAfter is after how many stories every process is replaced: the
	// clients' own rate limits are made for people, not for one change after
	// the other.
	freshAfter = 4
)

// crashWorld is a world whose parts are processes of their own, as in a
// deployment: worker, evidence, gateway, engine. The vendors' stand-ins and the
// people are in the test's process and survive.
type crashWorld struct {
	t       *testing.T
	w       *harness.World
	engine  *harness.Keeper
	worker  *harness.Process
	records *harness.Process
	gateway *harness.Process
	relays  map[string]*harness.Relay
	// processes are the three above, each once.
	processes []*harness.Process
	reader    *evidence.Reader
	stories   int
	oldest    int                    // stories since the processes were replaced
	usual     map[plot]time.Duration // what a story takes without a crash
}

// newCrashWorld starts everything; together makes worker, evidence and gateway
// one process, as the sandbox and a small installation have it.
func newCrashWorld(t *testing.T, together bool) *crashWorld {
	server := harness.ServerOptions{File: filepath.Join(t.TempDir(), "engine.db")}
	pauses := []time.Duration{50, 100, 200, 500, 1000, 1000, 2000, 2000, 5000, 5000, 5000}
	for i := range pauses {
		pauses[i] *= time.Millisecond
	}
	c := &crashWorld{t: t, relays: map[string]*harness.Relay{}, usual: map[plot]time.Duration{}}
	c.w = harness.NewWorld(t, harness.WorldOptions{Server: server, Backoff: pauses, Forgetful: true})
	c.engine = c.w.Engine.Keep(t, server)
	relay := func(name, target string, of func(*http.Request) string) string {
		r, err := harness.NewRelay(t, target, of)
		require.NoError(t, err)
		c.relays[name] = r
		return r.URL
	}
	slack := strings.TrimSuffix(c.w.Site.SlackURL, "/api/")
	ofWorker := harness.Env{
		"SLACK_API_URL": relay(relaySlackWorker, slack, slackStep) + "/api/", "JIRA_URL": relay(relayJiraWorker, c.w.Site.JiraURL, jiraStep),
	}
	ofGateway := harness.Env{"SLACK_API_URL": relay(relaySlackGateway, slack, slackStep) + "/api/"}
	c.w.Site.Connect(relay(relayToGateway, c.w.Gateway, func(r *http.Request) string { return r.URL.Path }))
	start := func(extra harness.Env, roles ...string) *harness.Process {
		p, err := c.w.Supervise(extra, roles...)
		require.NoError(t, err)
		t.Cleanup(p.Kill) // after close: only when close was not reached
		c.processes = append(c.processes, p)
		return p
	}
	if together {
		c.worker = start(ofWorker, app.RoleAll)
		c.records, c.gateway = c.worker, c.worker
		return c
	}
	c.records = start(nil, app.RoleEvidence)
	c.worker = start(ofWorker, app.RoleWorkflows, app.RoleActivities)
	c.gateway = start(ofGateway, app.RoleGateway)
	return c
}

// close ends everything in order, before the test's cleanups.
func (c *crashWorld) close() {
	for _, p := range c.processes {
		p.Close()
	}
	c.engine.Close()
}

func slackStep(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/api/") }

var jiraIssue = regexp.MustCompile(`/issue/[^/]+`)

func jiraStep(r *http.Request) string {
	return r.Method + " " + jiraIssue.ReplaceAllString(strings.TrimPrefix(r.URL.Path, "/rest/api/2"), "/issue/…")
}

// afterError is what a person does who saw an error: wait until the service is
// there again, and a moment more.
func (c *crashWorld) afterError(ctx context.Context) error {
	if err := c.gateway.Ready(ctx); err != nil {
		return err
	}
	select {
	case <-time.After(100 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// eventually asks for what announces itself to nobody.
func (c *crashWorld) eventually(ctx context.Context, done func() (bool, error)) error {
	for {
		ok, err := done()
		if ok {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}

// ready waits for every process; after some stories each is replaced first.
func (c *crashWorld) ready(ctx context.Context) error {
	c.oldest++
	if c.oldest > freshAfter {
		c.oldest = 1
		c.worker.Kill()
		if c.gateway != c.worker {
			c.gateway.Kill()
		}
	}
	for _, p := range c.processes {
		if err := p.Ready(ctx); err != nil {
			return err
		}
		if err := p.Arm(ctx, nil, 0); err != nil {
			return err
		}
	}
	for _, r := range c.relays {
		r.Arm(nil, nil)
	}
	if c.reader == nil { // the log exists once its process has opened it
		c.reader = c.w.Reader()
	}
	return nil
}
