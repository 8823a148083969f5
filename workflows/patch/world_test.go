package patch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/policy"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/incident"
	"github.com/lowcodex/countersign/workflows/patch"
)

// The clock of these tests starts here: a Wednesday, outside the window of the
// example's yard calendar (01:30 to 04:00, Chicago).
var wednesday = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

const (
	subject = "patch/0b9cf5a2-8a5b-4f0e-9d5c-2f1f6c3a9b11"
	token   = "sesame-0123456789"
)

// world runs the real process with the real rules, policy, directory, evidence
// log and platform adapter against stand-ins over HTTP; ticket tracker, surface
// and pager are recorders, and the change is played by a script. Time skips.
type world struct {
	t        *testing.T
	env      *testsuite.TestWorkflowEnvironment
	log      *evidence.Log
	journal  *evidencetest.Journal
	policy   string
	source   *policy.Source
	platform *platform
	runs     runs // of the other rollouts
	sites    map[string]*noderedtest.Server
	tracker  *tracker
	surface  *surface
	pager    *pager
	cut      atomic.Bool // staging does not answer
	script   script
	alerts   alerts
	reported []compliance.AlertEvent    // to an alert that runs outside of this environment
	onReport func(change.Report)        // what such a change does
	answers  []compliance.RollbackEnded // to an incident that ordered the way back
	asked    patch.Asked
	delivery int
	self     string // workflow id
}

// script is what the change does.
type script struct {
	never   bool            // nobody approves
	end     change.Approval // what the change says instead of an approval
	expires time.Duration   // of the approval; two weeks when left out
	plan    string
	answer  func(r change.Report) change.Reason
	reports []change.Report
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, log: evidencetest.New(t), policy: t.TempDir(), surface: &surface{}, tracker: &tracker{}, pager: &pager{}, runs: runs{}, sites: map[string]*noderedtest.Server{}, self: subject}
	w.journal = &evidencetest.Journal{Log: w.log}
	require.NoError(t, policy.WriteExample(w.policy))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: w.policy, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	w.source = source
	addresses := map[string]nodered.Address{}
	for _, name := range []string{"staging", "canary", "chicago", "gate", "dev", "scratch"} {
		s, err := noderedtest.New(noderedtest.Options{Token: token, Lag: time.Millisecond})
		require.NoError(t, err)
		if name != "scratch" {
			require.NoError(t, s.Save(yard("old")))
		}
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if name == "staging" && w.cut.Load() {
				panic(http.ErrAbortHandler) // the connection is cut
			}
			s.ServeHTTP(rw, r)
		}))
		t.Cleanup(server.Close)
		w.sites[name] = s
		addresses["YARD_"+strings.ToUpper(name)] = nodered.Address{URL: server.URL, Token: token}
	}
	client, err := nodered.New(nodered.Config{Addresses: addresses, Settle: time.Second, Pause: time.Millisecond, HTTP: httpcall.Config{Timeout: 5 * time.Second}})
	require.NoError(t, err)
	w.platform = &platform{Client: client}
	w.provide(yard("new"))
	w.engine(wednesday)
	return w
}

// yard is a flow set that answers GET /yard/status with its word.
func yard(word string) string {
	return flows(`{\"ok\":true,\"gate\":\"north\",\"word\":\"` + word + `\"}`)
}

func flows(body string) string {
	return `[{"id":"y","type":"tab","label":"yard"},
	 {"id":"y-in","type":"http in","z":"y","url":"/yard/status","method":"get","x":1,"y":1,"wires":[["y-set"]]},
	 {"id":"y-set","type":"change","z":"y","rules":[{"t":"set","p":"payload","pt":"msg","to":"` + body + `","tot":"json"}],"x":2,"y":1,"wires":[["y-out"]]},
	 {"id":"y-out","type":"http response","z":"y","x":3,"y":1,"wires":[]}]`
}

// provide stores a payload and asks for its rollout.
func (w *world) provide(data string) {
	digest, err := w.log.Blobs().Put(context.Background(), []byte(data))
	require.NoError(w.t, err)
	w.asked = patch.Asked{
		System: "yard-flows", Actor: compliance.Account{Provider: "cli", ID: "jonas"},
		Payload: &patch.Stored{Title: "Yard flows", Version: "2.1", Blob: digest},
	}
}

func (w *world) engine(start time.Time) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	w.env.SetStartTime(start)
	w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: w.self, TaskQueue: compliance.QueueWorkflows})
	w.env.SetTestTimeout(3 * time.Minute)
	people := activities.People{Source: w.source}
	blobs := w.log.Blobs()
	w.env.RegisterActivity(&activities.Tickets{Tracker: w.tracker, Blobs: blobs, People: people, Provider: "jira", Now: w.env.Now})
	w.env.RegisterActivity(&activities.Messages{Surface: w.surface, People: people, Contents: blobs})
	w.env.RegisterActivity(&activities.Pages{Channels: map[string]activities.Pager{"slack": w.pager}, People: people})
	w.env.RegisterActivity(&activities.Rules{Source: w.source, Blobs: blobs, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Rollouts{Source: w.source, Blobs: blobs, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Evidence{Log: w.journal, Blobs: blobs, Source: w.source, Runs: w.runs, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Judgement{Log: w.journal, Blobs: blobs, Source: w.source, Runs: w.runs})
	w.env.RegisterActivity(&activities.Platforms{
		Kinds: map[string]activities.Platform{nodered.Kind: w.platform}, Blobs: blobs, Now: w.env.Now, Settle: 500 * time.Millisecond, Pause: time.Millisecond,
	})
	w.env.RegisterWorkflow(patch.Rollout)
	w.env.RegisterWorkflow(patch.Payload)
	w.env.RegisterWorkflowWithOptions(w.change, workflow.RegisterOptions{Name: changes.Type})
	w.env.RegisterWorkflowWithOptions(w.alert, workflow.RegisterOptions{Name: incident.AlertType})
	gone := serviceerror.NewNotFound("workflow not found")
	w.env.OnSignalExternalWorkflow(mock.Anything, mock.MatchedBy(incident.IsAlert), "", incident.SignalReported, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error {
			w.tracker.mu.Lock()
			defer w.tracker.mu.Unlock()
			if len(w.alerts.ids) == 0 {
				return gone
			}
			w.reported = append(w.reported, arg.(compliance.AlertEvent))
			return nil
		}).Maybe()
	w.env.OnSignalExternalWorkflow(mock.Anything, mock.MatchedBy(changes.IsSubject), "", changes.SignalReported, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error { w.heard(arg.(change.Report)); return nil }).Maybe()
	w.env.OnSignalExternalWorkflow(mock.Anything, incidentID, "", compliance.SignalRollbackEnded, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error { w.ended(arg.(compliance.RollbackEnded)); return nil }).Maybe()
	w.env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).Maybe()
}

// incidentID is an incident that orders the way back.
const incidentID = "incident/3f2a9c1b7d04"

// heard notes what a change is told that runs outside of this environment.
func (w *world) heard(r change.Report) {
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.script.reports = append(w.script.reports, r)
	if w.onReport != nil {
		w.onReport(r)
	}
}

func (w *world) ended(e compliance.RollbackEnded) {
	w.tracker.mu.Lock()
	defer w.tracker.mu.Unlock()
	w.answers = append(w.answers, e)
}

// alerts is what was reported to the rollout's alert.
type alerts struct {
	ids    []string
	events []compliance.AlertEvent
}

// alert plays the alert of a rollout: it notes what it is told until it is over.
func (w *world) alert(ctx workflow.Context, in incident.AlertInput) error {
	w.tracker.mu.Lock()
	w.alerts.ids = append(w.alerts.ids, workflow.GetInfo(ctx).WorkflowExecution.ID)
	w.tracker.mu.Unlock()
	ev := *in.Event
	for {
		w.alerts.events = append(w.alerts.events, ev)
		if !ev.Firing {
			return nil
		}
		ev = compliance.AlertEvent{}
		workflow.GetSignalChannel(ctx, incident.SignalReported).Receive(ctx, &ev)
	}
}

// change plays the change by its script: approved at once, unless it says otherwise.
//
//workflowcheck:ignore
func (w *world) change(ctx workflow.Context, in changes.Input) error {
	require.Equal(w.t, w.self, in.Executor)
	require.Equal(w.t, "standard", in.Chain)
	require.False(w.t, in.Submitter.IsZero(), "whoever asked for the rollout does not approve it (C5)")
	plan := w.script.plan
	if plan == "" {
		plan = change.PlanDigest(w.tracker.opened["plan"])
	}
	var r0 change.Report
	a := change.Approval{Number: "CHG-1", State: change.Open, Review: change.InReview, Version: 1, Plan: plan, Ticket: "OPS-12"}
	tell := func(a change.Approval) {
		require.NoError(w.t, workflow.SignalExternalWorkflow(ctx, in.Executor, "", changes.SignalApproval, a).Get(ctx, nil))
	}
	tell(a)
	if w.script.never {
		if workflow.GetSignalChannel(ctx, changes.SignalReported).Receive(ctx, &r0); r0.Key != "" {
			w.heard(r0)
		}
		return nil
	}
	if end := w.script.end; end.State != "" {
		tell(end)
		workflow.GetSignalChannel(ctx, changes.SignalReported).ReceiveWithTimeout(ctx, time.Hour, &r0)
		if r0.Key != "" {
			w.heard(r0)
		}
		return nil
	}
	if w.script.expires == 0 {
		w.script.expires = 14 * 24 * time.Hour
	}
	a.State, a.Review, a.Expires = change.WaitingWindow, change.Approved, workflow.Now(ctx).Add(w.script.expires)
	tell(a)
	for !a.State.Terminal() {
		var r change.Report
		if heard, _ := workflow.GetSignalChannel(ctx, changes.SignalReported).ReceiveWithTimeout(ctx, 60*24*time.Hour, &r); !heard {
			return nil
		}
		w.heard(r)
		answer := a
		answer.Request = r.Key
		if w.script.answer != nil {
			answer.Reason = w.script.answer(r)
		}
		if answer.Reason == change.OK {
			a.State = r.Result
			if r.Result == change.Verifying {
				a.State = change.Closed
			}
			answer.State = a.State
		}
		tell(answer)
	}
	return nil
}

// run plays the rollout; what people do was laid out with at.
func (w *world) run() { w.env.ExecuteWorkflow(patch.Rollout, patch.Input{Asked: w.asked}) }

// at does something after this much time has passed for the process.
func (w *world) at(d time.Duration, f func()) { w.env.RegisterDelayedCallback(f, d) }

func (w *world) standing() patch.Standing {
	v, err := w.env.QueryWorkflow(patch.QueryStanding)
	require.NoError(w.t, err)
	var s patch.Standing
	require.NoError(w.t, v.Get(&s))
	return s
}

// act sends what a person does and hands the reply to then.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.delivery++
	w.send(fmt.Sprintf("delivery-%d", w.delivery), w.standing().Ref, who, action, answers, then)
}

func (w *world) send(delivery, ref, who, action string, answers map[string]string, then func(compliance.Reply)) {
	in := compliance.Inbound{
		Delivery: delivery, Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: who},
		Subject: w.self, Action: action, Ref: ref, Received: w.env.Now(),
	}
	for _, k := range slices.Sorted(maps.Keys(answers)) {
		in.Answers = append(in.Answers, compliance.Answer{Name: k, Value: answers[k], Shown: "shown " + k})
	}
	update, ok := patch.UpdateFor(action)
	require.True(w.t, ok)
	w.env.UpdateWorkflow(update, delivery, &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { require.NoError(w.t, err, "the validator rejected %s by %s", action, who) },
		OnComplete: func(result any, err error) {
			require.NoError(w.t, err)
			if then != nil {
				then(result.(compliance.Reply))
			}
		},
	}, in)
}

func stranger() compliance.Account { return compliance.Account{Provider: "cli", ID: "ingrid"} }

func owner(provider string) compliance.Account {
	return compliance.Account{Provider: provider, ID: "emeka"}
}

func because(why string) map[string]string { return map[string]string{rules.FieldReason: why} }

// records are the types of the evidence left about a subject, in order.
func (w *world) records(subject string) []string {
	var types []string
	for _, e := range w.entries(subject) {
		types = append(types, strings.TrimPrefix(e.Record.Type, "patch."))
	}
	return types
}

func (w *world) entries(subject string) []evidence.Entry {
	entries, err := w.log.Records(context.Background(), subject)
	require.NoError(w.t, err)
	return entries
}

// facts are those of every record of a type.
func facts[F any](w *world, kind string) []F {
	var out []F
	for _, e := range w.entries(w.self) {
		if e.Record.Type == kind {
			var f F
			require.NoError(w.t, json.Unmarshal(e.Record.Facts, &f))
			out = append(out, f)
		}
	}
	return out
}

// serves is what the target of that name answers on its status path.
func (w *world) serves(name string) string {
	recorder := httptest.NewRecorder()
	w.sites[name].ServeHTTP(recorder, httptest.NewRequest("GET", "/yard/status", nil))
	var body struct{ Word string }
	_ = json.Unmarshal(recorder.Body.Bytes(), &body) // a page has no word
	return body.Word
}

// rewritePolicy edits a file of the policy the way an owner would.
func (w *world) rewritePolicy(file, from, to string) {
	path := filepath.Join(w.policy, file)
	b, err := os.ReadFile(path)
	require.NoError(w.t, err)
	require.Contains(w.t, string(b), from)
	require.NoError(w.t, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600))
}

// What a hook makes of a suite.
var (
	errFails       = errors.New("a case fails")
	errSaysNothing = errors.New("nothing was measured")
)

// down is what an adapter says of a target that is down.
func down(op string) error {
	return &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "connection refused"}
}

// platform is the real adapter, at whose steps a test may do something.
type platform struct {
	*nodered.Client
	mu   sync.Mutex
	hook func(op string, t compliance.Target) error
	ops  []string
	// unseen is a target that takes a deployment and goes on serving what it served.
	unseen string
}

func (p *platform) at(op string, t compliance.Target) error {
	p.mu.Lock()
	p.ops = append(p.ops, op+" "+t.ID)
	hook := p.hook
	p.mu.Unlock()
	if hook != nil {
		return hook(op, t)
	}
	return nil
}

func (p *platform) Deploy(ctx context.Context, t compliance.Target, pack compliance.Package, key string, expect compliance.PlatformVersion) (compliance.Op, error) {
	if err := p.at("deploy", t); err != nil {
		return compliance.Op{}, err
	}
	if t.ID == p.unseen {
		return compliance.Op{Content: pack.Artifact.Content, State: compliance.OpSucceeded}, nil
	}
	return p.Client.Deploy(ctx, t, pack, key, expect)
}

func (p *platform) Rollback(ctx context.Context, t compliance.Target, pack compliance.Package, key string) (compliance.Op, error) {
	if err := p.at("restore", t); err != nil {
		return compliance.Op{}, err
	}
	return p.Client.Rollback(ctx, t, pack, key)
}

func (p *platform) RunSuite(ctx context.Context, t compliance.Target, s compliance.Suite, beat func()) ([]compliance.CaseResult, error) {
	switch err := p.at("suite", t); {
	case errors.Is(err, errFails):
		return []compliance.CaseResult{{Name: s.Cases[0].Name, Outcome: compliance.CheckFail, Detail: "status 500 instead of 200", Status: 500}}, nil
	case errors.Is(err, errSaysNothing):
		return []compliance.CaseResult{{Name: s.Cases[0].Name, Outcome: compliance.CheckNoData}}, nil
	case err != nil:
		return nil, err
	}
	return p.Client.RunSuite(ctx, t, s, beat)
}

func (p *platform) TryRestore(ctx context.Context, scratch compliance.Target, pack compliance.Package, key string, beat func()) (string, error) {
	if err := p.at("prove", scratch); err != nil {
		return "", err
	}
	return p.Client.TryRestore(ctx, scratch, pack, key, beat)
}

func (p *platform) Probe(ctx context.Context, t compliance.Target, key string, beat func()) (compliance.ProbeRun, error) {
	if err := p.at("probe", t); err != nil {
		return compliance.ProbeRun{}, err
	}
	defer func() { _ = p.at("probed", t) }()
	return p.Client.Probe(ctx, t, key, beat)
}

// did lists the steps of one kind, in order.
func (p *platform) did(op string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, o := range p.ops {
		if target, ok := strings.CutPrefix(o, op+" "); ok {
			out = append(out, target)
		}
	}
	return out
}

// tracker records the ticket that is opened and what is written to it.
type tracker struct {
	mu     sync.Mutex
	opened map[string]string
	steps  []compliance.TicketStep
	fail   error // what opening ends with; the ticket is there all the same
}

func (k *tracker) Read(context.Context, compliance.TicketRef) (compliance.Ticket, error) {
	return compliance.Ticket{Ref: compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"}, Link: "https://tracker.example/OPS-12"}, nil
}

func (k *tracker) ReadKind(ctx context.Context, _ compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error) {
	return k.Read(ctx, ref)
}

func (k *tracker) Open(_ context.Context, t compliance.NewTicket, _ bool) (compliance.TicketRef, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.opened = t.Fields
	if k.fail != nil {
		return compliance.TicketRef{}, k.fail
	}
	return compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"}, nil
}

func (k *tracker) Apply(_ context.Context, s compliance.TicketStep, _ map[compliance.PersonID]compliance.Person, _ bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.steps = append(k.steps, s)
	return nil
}

func (k *tracker) comments() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []string
	for _, s := range k.steps {
		for _, f := range s.Comment {
			all = append(all, f.Text)
		}
	}
	return strings.Join(all, "\n")
}

// surface records the cards shown and the notes in their threads.
type surface struct {
	mu    sync.Mutex
	fail  error // what showing a card ends with
	cards []compliance.Card
	notes []compliance.Note
}

func (f *surface) Post(_ context.Context, channel string, c compliance.Card, _ map[compliance.PersonID]compliance.Person, _ bool) (compliance.Posted, error) {
	return f.Update(context.Background(), compliance.Posted{Channel: channel, Ref: "1"}, c, nil)
}

func (f *surface) Update(_ context.Context, at compliance.Posted, c compliance.Card, _ map[compliance.PersonID]compliance.Person) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return compliance.Posted{}, f.fail
	}
	f.cards = append(f.cards, c)
	return at, nil
}

func (f *surface) set(fail error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

func (f *surface) Note(_ context.Context, _ compliance.Posted, n compliance.Note, _ map[compliance.PersonID]compliance.Person, _ bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notes = append(f.notes, n)
	return nil
}

func (f *surface) last() compliance.Card {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.cards) == 0 {
		return compliance.Card{}
	}
	return f.cards[len(f.cards)-1]
}

func (f *surface) said() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, n := range f.notes {
		all = append(all, n.Text)
	}
	return strings.Join(all, "\n")
}

// pager records who was paged.
type pager struct {
	mu    sync.Mutex
	pages []compliance.Page
}

func (p *pager) Send(_ context.Context, _ compliance.Account, page compliance.Page, _ bool) (compliance.Paged, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages = append(p.pages, page)
	return compliance.Paged{Channel: "slack", Ref: "1"}, nil
}

func (p *pager) StandDown(context.Context, compliance.Account, compliance.Paged, compliance.Page, string) error {
	return nil
}
