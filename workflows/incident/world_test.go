package incident_test

import (
	"context"
	"errors"
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
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/incident"
)

// The clock of these tests starts here: a Wednesday afternoon in Europe, when
// Goran, Jonas or Bruno of the Amsterdam rotation is on call.
var wednesday = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

var subject = incident.DeclaredID("a declaration")

// world runs the real process with the real rules, policy, directory and
// evidence log; pagers, chat and tracker are recorders. The engine's clock skips.
type world struct {
	t        *testing.T
	env      *testsuite.TestWorkflowEnvironment
	log      *evidence.Log
	journal  *evidencetest.Journal
	policy   string
	source   *policy.Source
	pager    *pager
	surface  *surface
	tracker  *tracker
	delivery int
	began    time.Time // of the present run
	// child stands for the incidents that an alert opens.
	child func(workflow.Context, incident.Input) error
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, log: evidencetest.New(t), policy: t.TempDir(), pager: &pager{}, surface: &surface{}, tracker: &tracker{}}
	w.journal = &evidencetest.Journal{Log: w.log}
	require.NoError(t, policy.WriteExample(w.policy))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: w.policy, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	w.source, w.began = source, wednesday
	w.engine(wednesday, subject)
	return w
}

// engine makes a fresh engine whose clock starts at the given instant.
func (w *world) engine(start time.Time, id string) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetStartTime(start)
	w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: compliance.QueueWorkflows})
	w.env.SetTestTimeout(2 * time.Minute)
	w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	w.pager.now = w.env.Now
	people := activities.People{Source: w.source}
	w.env.RegisterActivity(&activities.Tickets{Tracker: w.tracker, Blobs: w.log.Blobs(), People: people, Provider: "jira", Now: w.env.Now})
	w.env.RegisterActivity(&activities.Messages{Surface: w.surface, Rooms: w.surface, People: people})
	w.env.RegisterActivity(&activities.Pages{Channels: map[string]activities.Pager{
		"pagerduty": channel{w.pager, "pagerduty"}, "slack": channel{w.pager, "slack"}, "mail": channel{w.pager, "mail"},
	}, People: people})
	w.env.RegisterActivity(&activities.Rules{Source: w.source, Blobs: w.journal, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Evidence{Log: w.journal, Blobs: w.journal, Source: w.source, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Judgement{Log: w.journal, Blobs: w.log.Blobs(), Source: w.source})
	if w.child != nil {
		w.env.RegisterWorkflowWithOptions(w.child, workflow.RegisterOptions{Name: incident.Type})
	} else {
		w.env.RegisterWorkflow(incident.Incident)
	}
	w.env.RegisterWorkflow(incident.Alert)
	w.env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).Maybe()
}

// declared is a declaration of an incident on a system of the example policy.
func declared(system, severity string) incident.Input {
	in := compliance.Inbound{
		Delivery: "a declaration", Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: "hana"}, Subject: incident.NewSubject,
		Action: rules.ActionDeclare, Received: wednesday,
		Answers: []compliance.Answer{{Name: "title", Value: "Orders hang"}, {Name: "system", Value: system}, {Name: "severity", Value: severity}, {Name: "seen", Value: "No order since noon"}},
	}
	return incident.Input{Declared: &in}
}

// run plays the incident until until has passed; the steps were laid out with at.
func (w *world) run(in incident.Input) {
	w.env.ExecuteWorkflow(incident.Incident, in)
	require.True(w.t, w.env.IsWorkflowCompleted())
}

// at does something after this much time has passed for the process.
func (w *world) at(d time.Duration, f func()) { w.env.RegisterDelayedCallback(f, d) }

// act sends what a person does and hands the reply to then.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.delivery++
	w.send(fmt.Sprintf("delivery-%d", w.delivery), "", "cli", who, action, answers, then)
}

func (w *world) send(delivery, ref, provider, who, action string, answers map[string]string, then func(compliance.Reply)) {
	in := compliance.Inbound{
		Delivery: delivery, Surface: "cli", Actor: compliance.Account{Provider: provider, ID: who},
		Subject: subject, Action: action, Ref: ref, Received: w.env.Now(),
	}
	for _, k := range slices.Sorted(maps.Keys(answers)) {
		in.Answers = append(in.Answers, compliance.Answer{Name: k, Value: answers[k], Shown: "shown " + k})
	}
	w.inbound(in, then)
}

// inbound sends an act as it is.
func (w *world) inbound(in compliance.Inbound, then func(compliance.Reply)) {
	update, ok := incident.UpdateFor(in.Action)
	require.True(w.t, ok)
	w.env.UpdateWorkflow(update, in.Delivery, &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) { require.NoError(w.t, err, "the validator rejected %s by %s", in.Action, in.Actor.ID) },
		OnComplete: func(result any, err error) {
			if err != nil { // the run ended first
				return
			}
			if then != nil {
				then(result.(compliance.Reply))
			}
		},
	}, in)
}

func (w *world) standing() incident.Standing {
	v, err := w.env.QueryWorkflow(incident.QueryStanding)
	require.NoError(w.t, err)
	var s incident.Standing
	require.NoError(w.t, v.Get(&s))
	return s
}

// end lets the incident be resolved, reviewed and closed at this time.
func (w *world) end(d time.Duration) {
	w.linked()
	w.at(d, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, nil) })
	w.at(d+time.Minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
	w.at(d+time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, nil) })
}

// linked puts a change on record, which mends the cause.
func (w *world) linked() {
	_, err := w.log.Append(context.Background(), []evidence.Event{{
		Key: "change/example/1/run/received", Type: "change.received", Subject: "change/example/1", Series: "CHG", State: "open", At: wednesday,
	}})
	require.NoError(w.t, err)
}

// records are the types of the evidence left, in order.
func (w *world) records() []string {
	var types []string
	for _, e := range w.entries(subject) {
		types = append(types, strings.TrimPrefix(e.Record.Type, "incident."))
	}
	return types
}

func (w *world) entries(subject string) []evidence.Entry {
	entries, err := w.log.Records(context.Background(), subject)
	require.NoError(w.t, err)
	return entries
}

// rewrite edits a file of the policy the way an owner would.
func (w *world) rewrite(file, from, to string) {
	path := filepath.Join(w.policy, file)
	b, err := os.ReadFile(path)
	require.NoError(w.t, err)
	require.Contains(w.t, string(b), from)
	require.NoError(w.t, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600))
}

// sent is one call that a provider took.
type sent struct {
	At      time.Duration // since the start
	Channel string
	To      string
	Page    compliance.Page
}

// pager records the calls to every channel.
type pager struct {
	mu    sync.Mutex
	now   func() time.Time
	sent  []sent
	stood []sent
	why   []string
	fail  func(channel, to string) error
}

type channel struct {
	*pager
	name string
}

func (c channel) Send(_ context.Context, to compliance.Account, page compliance.Page, _ bool) (compliance.Paged, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		if err := c.fail(c.name, to.ID); err != nil {
			return compliance.Paged{}, err
		}
	}
	c.sent = append(c.sent, sent{c.now().Sub(wednesday), c.name, to.ID, page})
	return compliance.Paged{Ref: "ref of " + page.Key}, nil
}

func (c channel) StandDown(_ context.Context, to compliance.Account, at compliance.Paged, page compliance.Page, why string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stood = append(c.stood, sent{c.now().Sub(wednesday), c.name, to.ID, page})
	c.why = append(c.why, why)
	return nil
}

// calls are who was called, as "channel:account" in order.
func (p *pager) calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, s := range p.sent {
		out = append(out, s.Channel+":"+s.To)
	}
	return out
}

func (p *pager) times() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []time.Duration
	for _, s := range p.sent {
		out = append(out, s.At)
	}
	return out
}

// tracker records tickets.
type tracker struct {
	mu     sync.Mutex
	opened []compliance.NewTicket
	steps  []compliance.TicketStep
	fail   func(t compliance.NewTicket) error
	// ends says how a ticket of what is to be done ended, empty while it is open;
	// without it each is done as soon as somebody looks.
	ends func(key string) string
	gone bool // tickets cannot be seen any more
}

func (k *tracker) Read(context.Context, compliance.TicketRef) (compliance.Ticket, error) {
	return compliance.Ticket{}, errors.New("not a change")
}

func (k *tracker) ReadKind(_ context.Context, kind compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := compliance.Ticket{Ref: ref, Kind: kind, Link: "https://tracker.example/" + ref.Key}
	if kind != compliance.TicketAction {
		return t, nil
	}
	if k.gone {
		return t, &compliance.Failure{Class: compliance.Gone, Op: "read ticket"}
	}
	if t.Resolution = compliance.ResolvedDone; k.ends != nil {
		t.Resolution = k.ends(ref.Key)
	}
	return t, nil
}

func (k *tracker) Open(_ context.Context, t compliance.NewTicket, _ bool) (compliance.TicketRef, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		if err := k.fail(t); err != nil {
			return compliance.TicketRef{}, err
		}
	}
	for i, o := range k.opened {
		if o.Key == t.Key {
			return ref(t.Site, i), nil
		}
	}
	k.opened = append(k.opened, t)
	return ref(t.Site, len(k.opened)-1), nil
}

func ref(site string, i int) compliance.TicketRef {
	return compliance.TicketRef{Site: site, ID: fmt.Sprint(20000 + i), Key: fmt.Sprintf("OPS-%d", 100+i)}
}

func (k *tracker) Apply(_ context.Context, s compliance.TicketStep, _ map[compliance.PersonID]compliance.Person, _ bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.steps = append(k.steps, s)
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

// surface records cards and rooms.
type surface struct {
	mu      sync.Mutex
	posts   []string // channels
	cards   []compliance.Card
	notes   []compliance.Note
	rooms   []compliance.NewRoom
	invited []compliance.PersonID
	noRoom  error
}

func (f *surface) Open(_ context.Context, r compliance.NewRoom, _ map[compliance.PersonID]compliance.Person) (compliance.Room, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noRoom != nil {
		return compliance.Room{}, f.noRoom
	}
	f.rooms = append(f.rooms, r)
	return compliance.Room{Channel: "C-" + r.Name, Name: r.Name}, nil
}

func (f *surface) Invite(_ context.Context, _ compliance.Room, people map[compliance.PersonID]compliance.Person) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.invited = append(f.invited, slices.Sorted(maps.Keys(people))...)
	return nil
}

func (f *surface) Post(_ context.Context, channel string, c compliance.Card, _ map[compliance.PersonID]compliance.Person, _ bool) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posts = append(f.posts, channel)
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

// called reports whether a note called this person.
func (f *surface) called(who compliance.PersonID, text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.notes, func(n compliance.Note) bool {
		return slices.Contains(n.People, who) && strings.Contains(n.Text, text)
	})
}

func mockAny() any { return mock.Anything }
