package certification_test

import (
	"context"
	"encoding/json"
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

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/certification"
)

// The clock of these tests starts here, a Tuesday.
var start = time.Date(2027, 1, 5, 10, 0, 0, 0, time.UTC)

const subject = "certification/acme/soc2"

// The artefact of these tests: p-bruno in Berlin owns it, p-alice is his
// manager, p-dana the sponsor, the change board decides on grace.
const acme = `apiVersion: countersign/v1
kind: artefacts
channel: vendors
fallback: p-farah
grace_approvers: [change-board]
classes:
  - name: soc2
    title: SOC 2 Type II report
vendors:
  - id: acme
    name: Acme
    owner: p-bruno
    sponsor: p-dana
    systems: [order-portal]
    contacts:
      - {name: Desk, email: desk@acme.example}
    artefacts:
      - id: soc2
        class: soc2
        title: SOC 2 report
        needed_by: "2027-06-30"
`

// world runs the real process with the real rules, policy, directory and
// evidence log; only the two vendors are recorders. The engine's clock skips.
type world struct {
	t        *testing.T
	env      *testsuite.TestWorkflowEnvironment
	log      *evidence.Log
	journal  *evidencetest.Journal
	policy   string
	source   *policy.Source
	tickets  *tickets
	surface  *surface
	delivery int
	asked    *rules.Asked
}

func newWorld(t *testing.T, artefacts string) *world {
	w := &world{t: t, log: evidencetest.New(t), policy: t.TempDir(), surface: &surface{}, tickets: &tickets{status: map[string]string{}}}
	w.journal = &evidencetest.Journal{Log: w.log}
	require.NoError(t, policy.WriteExample(w.policy))
	require.NoError(t, os.WriteFile(filepath.Join(w.policy, "rules/artefacts.yaml"), []byte(artefacts), 0o600))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: w.policy, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	w.source = source
	w.engine(start)
	return w
}

// engine makes a fresh engine whose clock starts at the given instant; the
// vendors, the rules and the evidence stay.
func (w *world) engine(at time.Time) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	w.env.SetStartTime(at)
	w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows})
	w.env.SetTestTimeout(3 * time.Minute)
	people := activities.People{Source: w.source}
	w.env.RegisterActivity(&activities.Tickets{Tracker: w.tickets, Blobs: w.log.Blobs(), People: people, Provider: "jira", Now: w.env.Now})
	w.env.RegisterActivity(&activities.Messages{Surface: w.surface, People: people})
	w.env.RegisterActivity(&activities.Evidence{Log: w.journal, Blobs: w.log.Blobs(), Source: w.source, Now: w.env.Now})
	w.env.RegisterActivity(&activities.Judgement{Log: w.journal, Blobs: w.log.Blobs(), Source: w.source})
	w.env.RegisterWorkflow(certification.Certification)
	w.env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).Maybe()
}

// until plays the tracker up to this much time after its start. A tracker does
// not end by itself: it is cancelled then.
func (w *world) until(d time.Duration) {
	w.at(d, w.env.CancelWorkflow)
	w.play(certification.Input{Vendor: "acme", Artefact: "soc2", Asked: w.asked})
}

// play runs a tracker, and the runs that it continues as, until it is cancelled.
func (w *world) play(in certification.Input) {
	w.env.ExecuteWorkflow(certification.Certification, in)
	require.True(w.t, w.env.IsWorkflowCompleted())
}

// at does something after this much time has passed for the tracker.
func (w *world) at(d time.Duration, f func()) { w.env.RegisterDelayedCallback(f, d) }

// on does something on a day, at noon UTC.
func (w *world) on(day string, f func()) {
	at, err := time.Parse(time.DateOnly, day)
	require.NoError(w.t, err)
	w.at(at.Add(12*time.Hour).Sub(start), f)
}

// act sends what a person does who has the present card before them.
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
	update, ok := certification.UpdateFor(action)
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

// must is an act that has to count.
func (w *world) must(who, action string, answers map[string]string) {
	w.act(who, action, answers, func(r compliance.Reply) {
		require.Equal(w.t, compliance.Recorded, r.Outcome, "%s by %s: %s", action, who, r.Text)
	})
}

func received(from, to string) map[string]string {
	return map[string]string{"from": from, "to": to, "document": "vault: report of " + to, "kind": rules.KindRenewal}
}

// supply brings a document into force on a day: received by the owner, accepted by his manager.
func (w *world) supply(day, from, to string) {
	w.on(day, func() { w.must("bruno", rules.ActionReceive, received(from, to)) })
	at, _ := time.Parse(time.DateOnly, day)
	base := at.Add(12 * time.Hour).Sub(start)
	w.at(base+time.Minute, func() { w.must("alice", rules.ActionReview, nil) })
	w.at(base+2*time.Minute, func() { w.must("alice", rules.ActionAccept, map[string]string{"read": "yes"}) })
}

func (w *world) standing() certification.Standing {
	v, err := w.env.QueryWorkflow(certification.QueryStanding)
	require.NoError(w.t, err)
	var s certification.Standing
	require.NoError(w.t, v.Get(&s))
	return s
}

func (w *world) conditions() []rules.Condition {
	v, err := w.env.QueryWorkflow(certification.QueryConditions, certification.Asking{At: w.env.Now()})
	require.NoError(w.t, err)
	var a certification.Answer
	require.NoError(w.t, v.Get(&a))
	require.Empty(w.t, a.Unsettled)
	return a.Conditions
}

// entries are the records left, in order.
func (w *world) entries() []evidence.Entry {
	entries, err := w.log.Records(context.Background(), subject)
	require.NoError(w.t, err)
	return entries
}

// records are the types of the evidence left, in order.
func (w *world) records() []string {
	var types []string
	for _, e := range w.entries() {
		types = append(types, strings.TrimPrefix(e.Record.Type, "certification."))
	}
	return types
}

// count is how many records of a type there are.
func (w *world) count(kind string) int {
	n := 0
	for _, k := range w.records() {
		if k == kind {
			n++
		}
	}
	return n
}

// facts are those of every record of a type.
func facts[F any](w *world, kind string) []F {
	var out []F
	for _, e := range w.entries() {
		if e.Record.Type != "certification."+kind {
			continue
		}
		var f F
		require.NoError(w.t, json.Unmarshal(e.Record.Facts, &f))
		out = append(out, f)
	}
	return out
}

// offsets are the rungs sent.
func (w *world) offsets() []int {
	var out []int
	for _, f := range facts[rules.ReminderFacts](w, "reminded") {
		out = append(out, f.Reminder.Offset)
	}
	return out
}

// rewritePolicy edits a file of the policy the way an owner would.
func (w *world) rewritePolicy(file, from, to string) {
	path := filepath.Join(w.policy, file)
	b, err := os.ReadFile(path)
	require.NoError(w.t, err)
	require.Contains(w.t, string(b), from)
	require.NoError(w.t, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600))
}

// tickets records the renewals' tasks.
type tickets struct {
	mu     sync.Mutex
	opened []compliance.NewTicket
	steps  []compliance.TicketStep
	status map[string]string // by ticket id
	fail   func(compliance.TicketStep) error
}

func (k *tickets) Read(context.Context, compliance.TicketRef) (compliance.Ticket, error) {
	return compliance.Ticket{}, &compliance.Failure{Class: compliance.Gone, Op: "read ticket"}
}

func (k *tickets) ReadKind(_ context.Context, kind compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return compliance.Ticket{Ref: ref, Kind: kind, Status: k.status[ref.ID], Link: "https://tickets.example/" + ref.Key, Assignee: compliance.Account{Provider: "jira", ID: "acc-bruno"}}, nil
}

func (k *tickets) Open(_ context.Context, t compliance.NewTicket, _ bool) (compliance.TicketRef, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := len(k.opened) + 1
	for i, o := range k.opened {
		if o.Key == t.Key {
			n = i + 1
		}
	}
	if n > len(k.opened) {
		k.opened = append(k.opened, t)
	}
	return compliance.TicketRef{Site: t.Site, ID: fmt.Sprint(n), Key: fmt.Sprintf("OPS-%d", n)}, nil
}

func (k *tickets) Apply(_ context.Context, s compliance.TicketStep, _ map[compliance.PersonID]compliance.Person, _ bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		if err := k.fail(s); err != nil {
			return err
		}
	}
	k.steps = append(k.steps, s)
	if s.Status != "" {
		k.status[s.Ref.ID] = s.Status
	}
	return nil
}

// statuses are those set on a ticket, in order.
func (k *tickets) statuses(id string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, s := range k.steps {
		if s.Status != "" && s.Ref.ID == id {
			out = append(out, s.Status)
		}
	}
	return out
}

// surface records the cards and the notes in their threads.
type surface struct {
	mu    sync.Mutex
	posts []string // keys of the cards posted
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
	if !slices.Contains(f.posts, c.Key) {
		f.posts = append(f.posts, c.Key)
	}
	f.cards = append(f.cards, c)
	return compliance.Posted{Channel: channel, Ref: c.Key}, nil
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
	if slices.ContainsFunc(f.notes, func(o compliance.Note) bool { return o.Key == n.Key }) {
		return nil
	}
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

// buttons are the names of the actions on the last card.
func (f *surface) buttons() []string {
	var out []string
	for _, a := range f.last().Actions {
		out = append(out, a.Name)
	}
	return out
}

// told is the note with this key.
func (f *surface) told(t *testing.T, key string) compliance.Note {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.notes {
		if n.Key == key {
			return n
		}
	}
	require.Fail(t, "nobody was told "+key)
	return compliance.Note{}
}

// says reports what a card shows, as text.
func says(c compliance.Card) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%s", c.Title, c.Status)
	for _, f := range append(slices.Clone(c.Facts), c.Log...) {
		fmt.Fprintf(&b, "|%s %s %v", f.Label, f.Text, f.People)
	}
	return b.String()
}
