package tests

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
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
	// taps are where the calls of one side to another pass, or are told of.
	taps  map[string]tap
	fleet *harness.Fleet
	stand *newsstand
	// processes are the three above, each once.
	processes []*harness.Process
	reader    *evidence.Reader
	stories   int
	oldest    int                    // stories since the processes were replaced
	usual     map[plot]time.Duration // what a story takes without a crash
	numbered  map[string]int         // numbers taken, by series
	// mends is the number of a change that reviews of incidents name, breaks that of
	// an incident for which changes go past their approvals, and which explains findings.
	mends, breaks string
}

// tap is a *harness.Tap or a *harness.Relay.
type tap interface {
	Arm(at *harness.Moment, act func(ctx context.Context))
	Counts() map[string]int
}

// newCrashWorld starts everything; together makes worker, evidence and gateway
// one process, as the sandbox and a small installation have it. extra is added to
// the processes' configuration.
func newCrashWorld(t *testing.T, together bool, extra harness.Env) *crashWorld {
	server := harness.ServerOptions{File: filepath.Join(t.TempDir(), "engine.db")}
	pauses := []time.Duration{50, 100, 200, 500, 1000, 1000, 2000, 2000, 5000, 5000, 5000}
	for i := range pauses {
		pauses[i] *= time.Millisecond
	}
	c := &crashWorld{t: t, taps: map[string]tap{}, usual: map[plot]time.Duration{}, numbered: map[string]int{}, fleet: harness.StartFleet(t, false), stand: startNewsstand(t)}
	c.w = harness.NewWorld(t, harness.WorldOptions{
		Server: server, Backoff: pauses, Forgetful: true, Policy: func(dir string) { crashPolicy(t)(dir); c.stand.policy(dir) }, Artefacts: crashArtefacts, Env: c.fleet.Environment(),
	})
	c.engine = c.w.Engine.Keep(t, server)
	ofWorker, ofGateway := c.connect()
	maps.Copy(ofWorker, extra)
	maps.Copy(ofGateway, extra)
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
	c.records = start(extra, app.RoleEvidence)
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
	for _, r := range c.taps {
		r.Arm(nil, nil)
	}
	if c.reader == nil { // the log exists once its process has opened it
		c.reader = c.w.Reader()
	}
	return nil
}

// prepared makes what a plot needs to be there before it begins.
func (c *crashWorld) prepared(ctx context.Context, which plot) error {
	if which == feedsPlot { // what is read when the worker starts is none of the story's
		if err := c.ready(ctx); err != nil {
			return err
		}
		return c.readFeeds(ctx)
	}
	if (which == emergencyPlot || which == observationPlot) && c.breaks == "" {
		if err := c.breaking(ctx); err != nil {
			return err
		}
	}
	if which == observationPlot { // nor is the first look, that a worker has made
		return c.lookNow(ctx)
	}
	if which != incidentPlot || c.mends != "" {
		return nil
	}
	if err := c.ready(ctx); err != nil {
		return err
	}
	s := newChangeStory(&tale{c: c, title: "Limit retries", plot: straight})
	for _, step := range s.steps()[:2] { // submitted, and its card is there
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	c.numbered["CHG"]++
	records, err := c.reader.Records(ctx, s.subject())
	if err != nil || len(records) == 0 {
		return errors.Join(err, errors.New("the change that mends has no record"))
	}
	c.mends = records[0].Record.Number
	return nil
}
