package desk_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// monday is when the tests begin.
var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const bellID = "bell/front door"

// bellState is the smallest state a process can have.
type bellState struct {
	desk.Papers
	Rung  []string `json:"rung,omitempty"`
	Fresh bool     `json:"fresh,omitempty"` // continue as new at the next act
	Early bool     `json:"early,omitempty"`
}

// bell is the smallest process a desk can serve: people ring it, which is put on
// record first; the alarm alone does not wait for that. It ends when it is rung
// "over".
type bell struct {
	*desk.Desk
	s *bellState
}

// ringBell is its workflow.
func ringBell(ctx workflow.Context, in bellState) error {
	s := in
	carried := len(in.Delivered) > 0
	s.Papers.Early = in.Early
	b := &bell{s: &s}
	b.Desk = desk.New(ctx, b, &s.Papers, carried)
	if err := workflow.SetQueryHandler(ctx, "rung", func() (bellState, error) { return s, nil }); err != nil {
		return err
	}
	if err := b.Listen(ctx, "ring"); err != nil {
		return err
	}
	b.ReceiveActs(ctx, "acted")
	stop := b.Mirror(ctx)
	if s.Number == "" && !s.Early {
		got, err := b.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{{
			Key: b.Owner() + "/received", Type: "change.received", Subject: b.Self, Series: "CHG", State: "open", At: workflow.Now(ctx).UTC(),
		}}})
		if err != nil {
			return err
		}
		s.Number = got.Last().Number
	}
	over := func() bool { return slices.Contains(s.Rung, "over") }
	if err := workflow.Await(ctx, func() bool { return over() || s.Fresh }); err != nil {
		return err
	}
	if over() {
		return b.Settle(ctx)
	}
	if _, err := b.Drain(ctx, ctx, stop); err != nil {
		return err
	}
	next := s
	next.Papers, next.Fresh = s.Carried(), false
	return workflow.NewContinueAsNewError(ctx, "bell", next)
}

func (b *bell) Known() bool                  { return b.s.Number != "" || b.s.Early }
func (b *bell) Knows(action string) bool     { return action != "kick" }
func (b *bell) Immediate(action string) bool { return action == "alarm" }

func (b *bell) Judge(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	ev := evidence.Event{Key: b.Owner() + "/act/" + in.Delivery, Type: "change.note", Subject: b.Self, Number: b.Number, At: came.UTC()}
	records := steps.RecordEventsInput{Events: []evidence.Event{ev}}
	switch in.Action {
	case "alarm":
		b.RecordBehind(records)
		if err := workflow.Sleep(ctx, time.Second); err != nil { // as long as a step takes
			return compliance.Reply{}, err
		}
	case "fumble":
		return compliance.Reply{Outcome: compliance.NotRecorded, Text: "Nothing was recorded"}, nil
	default:
		if _, err := b.Record(ctx, records); err != nil {
			return compliance.Reply{}, err
		}
	}
	b.s.Rung = append(b.s.Rung, in.Action)
	b.s.Fresh = in.Action == "fresh"
	b.Tell([]compliance.Fact{{Text: "rung: " + in.Action}}, "")
	return compliance.Reply{Outcome: compliance.Recorded, Text: in.Action + " by " + in.Actor.ID}, nil
}

func (b *bell) Unreadable(ctx workflow.Context) error {
	_, err := b.Record(ctx, steps.RecordEventsInput{Events: []evidence.Event{{
		Key: b.Owner() + "/unreadable", Type: "change.unreadable", Subject: b.Self, Number: b.Number, At: workflow.Now(ctx).UTC(),
	}}})
	return err
}

func (b *bell) Picture() (string, compliance.Card, bool) {
	return "changes", compliance.Card{Key: b.Owner() + "/card", Subject: b.Self, Title: strings.Join(b.s.Rung, ", ")}, b.Known()
}

func (b *bell) Open() (steps.OpenTicketInput, bool) { return steps.OpenTicketInput{}, false }

// world is a bell on the engine's test environment, with the real evidence log.
type world struct {
	t       *testing.T
	env     *testsuite.TestWorkflowEnvironment
	log     *evidence.Log
	journal *evidencetest.Journal
	tracker *tracker
	surface *surface
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, log: evidencetest.New(t), tracker: &tracker{}, surface: &surface{}}
	w.journal = &evidencetest.Journal{Log: w.log}
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	w.env = suite.NewTestWorkflowEnvironment()
	w.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	w.env.SetStartTime(monday)
	w.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: bellID, TaskQueue: compliance.QueueWorkflows})
	people := activities.People{Source: source}
	w.env.RegisterActivity(&activities.Tickets{Tracker: w.tracker, Blobs: w.log.Blobs(), People: people, Provider: "jira", Now: w.env.Now})
	w.env.RegisterActivity(&activities.Messages{Surface: w.surface, People: people})
	w.env.RegisterActivity(&activities.Evidence{Log: w.journal, Blobs: w.log.Blobs(), Source: source, Now: w.env.Now})
	w.env.RegisterWorkflowWithOptions(ringBell, workflow.RegisterOptions{Name: "bell"})
	w.env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).Maybe()
	return w
}

func (w *world) run(s bellState) {
	if s.Ticket.ID == "" {
		s.Ticket = compliance.TicketRef{Site: "example", ID: "1", Key: "OPS-1"}
	}
	w.env.ExecuteWorkflow(ringBell, s)
	require.True(w.t, w.env.IsWorkflowCompleted())
}

func (w *world) at(d time.Duration, f func()) { w.env.RegisterDelayedCallback(f, d) }

func ring(delivery, action string) compliance.Inbound {
	return compliance.Inbound{Delivery: delivery, Surface: "cli", Subject: bellID, Action: action, Actor: compliance.Account{Provider: "cli", ID: "bruno"}, Received: monday}
}

// update rings by update; then gets the outcome, or the validator's refusal.
func (w *world) update(in compliance.Inbound, then func(compliance.Reply, error)) {
	w.env.UpdateWorkflow("ring", in.Delivery+"-"+w.env.Now().String(), &testsuite.TestUpdateCallback{
		OnAccept: func() {}, OnReject: func(err error) { then(compliance.Reply{}, err) },
		OnComplete: func(result any, err error) {
			if err == nil {
				then(result.(compliance.Reply), nil)
			}
		},
	}, in)
}

func (w *world) state() bellState {
	v, err := w.env.QueryWorkflow("rung")
	require.NoError(w.t, err)
	var s bellState
	require.NoError(w.t, v.Get(&s))
	return s
}

// keys are the records' keys after the owner, in order.
func (w *world) keys() []string {
	entries, err := w.log.Records(context.Background(), bellID)
	require.NoError(w.t, err)
	var keys []string
	for _, e := range entries {
		key := e.Record.Key
		for _, part := range []string{"/act/", "/received", "/unreadable"} {
			if i := strings.Index(key, part); i >= 0 {
				key = key[i+1:]
			}
		}
		keys = append(keys, key)
	}
	return keys
}

// garbled is a payload that nobody can decode.
func garbled() any {
	return converter.NewRawValue(&commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("binary/unknown")}, Data: []byte("?")})
}

// tracker records comments, and may be down.
type tracker struct {
	activities.TicketTracker
	mu    sync.Mutex
	down  error
	steps []compliance.TicketStep
}

func (k *tracker) set(down error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.down = down
}

func (k *tracker) Apply(_ context.Context, s compliance.TicketStep, _ map[compliance.PersonID]compliance.Person, _ bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.down != nil {
		return k.down
	}
	k.steps = append(k.steps, s)
	return nil
}

// said are the comments, in order.
func (k *tracker) said() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, s := range k.steps {
		for _, f := range s.Comment {
			out = append(out, f.Text)
		}
	}
	return out
}

// surface records cards.
type surface struct {
	mu    sync.Mutex
	posts int
	cards []compliance.Card
}

func (f *surface) Post(_ context.Context, channel string, c compliance.Card, _ map[compliance.PersonID]compliance.Person, _ bool) (compliance.Posted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
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

func (f *surface) Note(context.Context, compliance.Posted, compliance.Note, map[compliance.PersonID]compliance.Person, bool) error {
	return nil
}

func (f *surface) Link(context.Context, compliance.Posted) string { return "" }

// shown is the latest title, and how often a card was posted anew.
func (f *surface) shown() (title string, posts int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.cards) == 0 {
		return "", f.posts
	}
	return f.cards[len(f.cards)-1].Title, f.posts
}
