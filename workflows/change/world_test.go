package change_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/change"
)

// The clock of these tests starts here: a Saturday, inside the release window
// of the example calendar (08:00 for six hours, Amsterdam).
var saturday = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// jonas is the reporter of the ticket, and its creator.
var jonas = compliance.Account{Provider: "jira", ID: "acc-jonas"}

const subject = "change/example/10042"

// world runs the real process; only the vendors are recorders.
type world struct {
	*processtest.World
	tracker  *tracker
	contents activities.Contents
	trackers vendors
	stages   []string // as lists showed them
	line     spoken
}

func newWorld(t *testing.T) *world {
	w := &world{World: processtest.New(t, nil)}
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
	w.contents = w.Log.Blobs()
	w.engine(saturday)
	return w
}

// engine makes a fresh engine whose clock starts at the given instant; the
// vendors, the rules and the evidence stay.
func (w *world) engine(start time.Time) {
	w.Engine(start, subject)
	w.Env.RegisterActivity(&activities.Tickets{Tracker: w.tracker, Files: w.tracker, Blobs: w.Log.Blobs(), People: w.People(), Provider: "jira", Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Messages{Surface: w.Surface, People: w.People(), Contents: w.contents})
	plans := activities.NewPlans(w.Journal)
	w.Env.RegisterActivity(&activities.Rules{Source: w.Source, Blobs: w.Log.Blobs(), Contents: w.Log.Blobs(), Trackers: &w.trackers, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Evidence{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source, Now: w.Env.Now, Plans: plans})
	w.Env.RegisterActivity(&activities.Judgement{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source, Trackers: &w.trackers, Plans: plans})
	w.Env.RegisterActivity(&activities.Lines{Underway: &w.line})
	w.Env.RegisterWorkflow(change.Change)
	w.Env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		attributes := args.Get(0).(temporal.SearchAttributes)
		if stage, set := attributes.GetKeyword(temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage)); set {
			w.stages = append(w.stages, stage)
		}
	}).Return(nil).Maybe()
}

// run plays the change; the steps were laid out with at.
func (w *world) run() {
	w.Env.ExecuteWorkflow(change.Change, change.Input{Ticket: compliance.TicketRef{Site: "example", ID: "10042", Key: "OPS-12"}})
}

// act sends what a person does and hands the reply to then.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.send(w.Delivery(), w.standing().Ref, who, action, answers, then)
}

func (w *world) send(delivery, ref, who, action string, answers map[string]string, then func(compliance.Reply)) {
	update, ok := change.UpdateFor(action)
	require.True(w.T, ok)
	w.Send(update, w.Inbound(delivery, subject, ref, processtest.By(who), action, answers), then)
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
	return processtest.Ask[change.Standing](w.World, change.QueryStanding)
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
	w.Env.SignalWorkflow(change.SignalTicketChanged, compliance.TicketEvent{
		Delivery: w.Delivery(), Site: "example", TicketID: "10042", Key: "OPS-12",
		Actor: compliance.Account{Provider: "jira", ID: by}, Entered: entered, MovedTo: movedTo, Received: w.Env.Now(),
	})
}

// move moves the ticket by somebody's hand.
func (w *world) move(by, to string) {
	w.tracker.set(func() { w.tracker.ticket.Status = to })
	w.touched(by, false, to)
}

// records are the types of the evidence left, in order.
func (w *world) records() []string { return w.Records(subject) }

// renameSystem renames a system wherever the rules name it; a rule about a system
// that is not there would make the whole edit one that is not taken.
func (w *world) renameSystem(from, to string) {
	files, err := filepath.Glob(filepath.Join(w.Policy, "rules", "*.yaml"))
	require.NoError(w.T, err)
	for _, path := range files {
		b, err := os.ReadFile(path)
		require.NoError(w.T, err)
		require.NoError(w.T, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600))
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
	looked []string          // keys of the steps that were looked for before they were written
	files  map[string]string // digests of attachments, by id
	hashed []string          // ids of the attachments whose bytes were read
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

// set changes the recorder while nobody else uses it.
func (k *tracker) set(f func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f()
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
