package change_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/change"
)

// The clock of these tests starts here: a Saturday, inside the release window
// of the example calendar (08:00 for six hours, Amsterdam).
var saturday = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// jonas is the reporter of the ticket, and its creator.
var jonas = compliance.Account{Provider: "jira", ID: "acc-jonas"}

const subject = "change/example/10042"

// world runs the real process with the real rules, policy, directory and
// evidence log; only the two vendors are recorders. The engine's clock skips.
type world struct {
	t        *testing.T
	env      *testsuite.TestWorkflowEnvironment
	log      *evidence.Log
	journal  *evidencetest.Journal
	policy   string
	source   *policy.Source
	tracker  *tracker
	surface  *surface
	contents activities.Contents
	trackers vendors
	delivery int
	stages   []string // as lists showed them
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, log: evidencetest.New(t), policy: t.TempDir(), surface: &surface{}}
	w.journal = &evidencetest.Journal{Log: w.log}
	require.NoError(t, policy.WriteExample(w.policy))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: w.policy, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	w.tracker = &tracker{ticket: compliance.Ticket{
		Ref:    compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"},
		Status: "submitted", Revision: "1", Requester: jonas, Creator: jonas,
		Fields: map[string]string{
			"title": "Raise the invoice limit", "system": "order-portal", "environment": "production", "risk": "medium",
			"plan": "1. Import the package\n2. Restart", "test_plan": "Run the regression suite",
			"rollback": "Import the former package", "rollback_owner": "jira:acc-goran", "rollback_tested_on": "2026-11-01",
			"implementer": "jira:acc-goran", "duration": "30m",
		},
	}}
	w.source = source
	w.contents = w.log.Blobs()
	w.engine(saturday)
	return w
}

// engine makes a fresh engine whose clock starts at the given instant; the
// vendors, the rules and the evidence stay.
func (w *world) engine(start time.Time) {
	source := w.source
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	w.env.SetStartTime(start)
	w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows})
	w.env.SetTestTimeout(3 * time.Minute)
	people := activities.People{Source: source}
	w.env.RegisterActivity(&activities.Tickets{Tracker: w.tracker, Blobs: w.log.Blobs(), People: people, Provider: "jira", Now: w.env.Now})
	w.env.RegisterActivity(&activities.Messages{Surface: w.surface, People: people, Contents: w.contents})
	w.env.RegisterActivity(&activities.Rules{Source: source, Blobs: w.log.Blobs(), Trackers: &w.trackers, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Evidence{Log: w.journal, Blobs: w.log.Blobs(), Source: source, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Judgement{Log: w.journal, Blobs: w.log.Blobs(), Source: source, Trackers: &w.trackers})
	w.env.RegisterWorkflow(change.Change)
	w.env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		attributes := args.Get(0).(temporal.SearchAttributes)
		if stage, set := attributes.GetKeyword(temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage)); set {
			w.stages = append(w.stages, stage)
		}
	}).Return(nil).Maybe()
}

// run plays the change; the steps were laid out with at.
func (w *world) run() {
	w.env.ExecuteWorkflow(change.Change, change.Input{Ticket: compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"}})
}

// at does something after this much time has passed for the process.
func (w *world) at(d time.Duration, f func()) { w.env.RegisterDelayedCallback(f, d) }

// act sends what a person does and hands the reply to then.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.delivery++
	w.send(fmt.Sprintf("delivery-%d", w.delivery), w.standing().Ref, who, action, answers, then)
}

func (w *world) send(delivery, ref, who, action string, answers map[string]string, then func(compliance.Reply)) {
	in := compliance.Inbound{
		Delivery: delivery, Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: who},
		Subject: subject, Action: action, Ref: ref, Received: w.env.Now(),
	}
	for _, k := range slices.Sorted(maps.Keys(answers)) {
		in.Answers = append(in.Answers, compliance.Answer{Name: k, Value: answers[k], Shown: "shown " + k})
	}
	update, ok := change.UpdateFor(action)
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

// approve is an approval with all three attestations.
func (w *world) approve(who string, then func(compliance.Reply)) {
	w.act(who, rules.ActionApprove, attested(), then)
}

func attested() map[string]string {
	m := map[string]string{}
	for _, a := range rules.Attestations() {
		m[a.Name] = "yes"
	}
	return m
}

func (w *world) standing() change.Standing {
	v, err := w.env.QueryWorkflow(change.QueryStanding)
	require.NoError(w.t, err)
	var s change.Standing
	require.NoError(w.t, v.Get(&s))
	return s
}

// edit changes the ticket and tells the process, as a webhook would.
func (w *world) edit(entered bool, fields map[string]string) {
	w.tracker.mu.Lock()
	maps.Copy(w.tracker.ticket.Fields, fields)
	if entered {
		w.tracker.ticket.Status = "submitted"
	}
	w.tracker.mu.Unlock()
	w.hint(entered)
}

func (w *world) hint(entered bool) { w.touched("acc-jonas", entered, "") }

// touched tells the process who did what to the ticket, as a webhook would.
func (w *world) touched(by string, entered bool, movedTo string) {
	w.delivery++
	w.env.SignalWorkflow(change.SignalTicketChanged, compliance.TicketEvent{
		Delivery: fmt.Sprintf("hook-%d", w.delivery), Site: "example", TicketID: "10042", Key: "OPS-12",
		Actor: compliance.Account{Provider: "jira", ID: by}, Entered: entered, MovedTo: movedTo, Received: w.env.Now(),
	})
}

// move moves the ticket by somebody's hand.
func (w *world) move(by, to string) {
	w.tracker.set(func() { w.tracker.ticket.Status = to })
	w.touched(by, false, to)
}

// records are the types of the evidence left, in order.
func (w *world) records() []string {
	entries, err := w.log.Records(context.Background(), subject)
	require.NoError(w.t, err)
	var types []string
	for _, e := range entries {
		types = append(types, strings.TrimPrefix(e.Record.Type, "change."))
	}
	return types
}

// rewritePolicy edits a file of the policy the way an owner would.
func (w *world) rewritePolicy(file, from, to string) {
	path := filepath.Join(w.policy, file)
	b, err := os.ReadFile(path)
	require.NoError(w.t, err)
	require.Contains(w.t, string(b), from)
	require.NoError(w.t, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600))
}

// renameSystem renames a system wherever the rules name it; a rule about a system
// that is not there would make the whole edit one that is not taken.
func (w *world) renameSystem(from, to string) {
	files, err := filepath.Glob(filepath.Join(w.policy, "rules", "*.yaml"))
	require.NoError(w.t, err)
	for _, path := range files {
		b, err := os.ReadFile(path)
		require.NoError(w.t, err)
		require.NoError(w.t, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600))
	}
}

// tracker records what is written to the ticket.
type tracker struct {
	mu     sync.Mutex
	ticket compliance.Ticket
	steps  []compliance.TicketStep
	fail   func(op string) error
	seen   func() // after the ticket was read and before the reader is told
	gone   bool
	looked []string // keys of the steps that were looked for before they were written
}

func (k *tracker) Read(context.Context, compliance.TicketRef) (compliance.Ticket, error) {
	t, err := k.read()
	if k.seen != nil {
		k.seen()
	}
	return t, err
}

func (k *tracker) ReadKind(ctx context.Context, _ compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error) {
	return k.Read(ctx, ref)
}

func (k *tracker) read() (compliance.Ticket, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone {
		return compliance.Ticket{}, &compliance.Failure{Class: compliance.Gone, Op: "read ticket"}
	}
	if k.fail != nil {
		if err := k.fail("read"); err != nil {
			return compliance.Ticket{}, err
		}
	}
	t := k.ticket
	t.Fields = maps.Clone(k.ticket.Fields)
	return t, nil
}

func (k *tracker) Open(context.Context, compliance.NewTicket, bool) (compliance.TicketRef, error) {
	return k.ticket.Ref, nil
}

func (k *tracker) Apply(_ context.Context, s compliance.TicketStep, _ map[compliance.PersonID]compliance.Person, repeat bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if repeat {
		k.looked = append(k.looked, s.Key)
	}
	if k.fail != nil {
		if err := k.fail("apply"); err != nil {
			return err
		}
	}
	k.steps = append(k.steps, s)
	if s.Status != "" {
		k.ticket.Status = s.Status
	}
	return nil
}

func (k *tracker) statuses() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, s := range k.steps {
		if s.Status != "" {
			out = append(out, s.Status)
		}
	}
	return out
}

// surface records the cards shown.
type surface struct {
	mu    sync.Mutex
	posts int
	cards []compliance.Card
	notes []compliance.Note
	fail  func() error
}

func (f *surface) Post(_ context.Context, channel string, c compliance.Card, _ map[compliance.PersonID]compliance.Person, _ bool) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(); err != nil {
			return compliance.Posted{}, err
		}
	}
	f.posts++
	f.cards = append(f.cards, c)
	return compliance.Posted{Channel: channel, Ref: "1"}, nil
}

func (f *surface) Update(_ context.Context, at compliance.Posted, c compliance.Card, _ map[compliance.PersonID]compliance.Person) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cards = append(f.cards, c)
	return at, nil
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

// set changes the recorder while nobody else uses it.
func (k *tracker) set(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f()
}

func (f *surface) set(g func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g()
}

// vendors answers for the certifications of the vendors.
type vendors struct {
	mu         sync.Mutex
	conditions []certification.Condition
	err        error
	asked      int
}

func (v *vendors) set(conditions []certification.Condition, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.conditions, v.err = conditions, err
}

func (v *vendors) Conditions(_ context.Context, id string, _ time.Time) ([]certification.Condition, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked++
	if v.err != nil || id != certification.SubjectID("mendix", "soc2-type2") {
		return nil, v.err
	}
	return v.conditions, nil
}

func (v *vendors) Serving(context.Context, string) ([]string, error) { return nil, nil }

func (v *vendors) Running(context.Context, string) ([]string, error) { return nil, nil }
