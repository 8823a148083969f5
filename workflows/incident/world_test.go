package incident_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/incident"
)

// The clock of these tests starts here: a Wednesday afternoon in Europe, when
// Goran, Jonas or Bruno of the Amsterdam rotation is on call.
var wednesday = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

var subject = incident.DeclaredID("a declaration")

// world runs the real process; pagers, chat and tracker are recorders.
type world struct {
	*processtest.World
	pager   *pager
	rooms   *rooms
	tracker *tracker
	began   time.Time // of the present run
	// child stands for the incidents that an alert opens.
	child func(workflow.Context, incident.Input) error
}

func newWorld(t *testing.T) *world {
	w := &world{World: processtest.New(t, nil), pager: &pager{}, rooms: &rooms{}, tracker: &tracker{}, began: wednesday}
	w.engine(wednesday, subject)
	return w
}

// engine makes a fresh engine whose clock starts at the given instant.
func (w *world) engine(start time.Time, id string) {
	w.Engine(start, id)
	w.pager.now = w.Env.Now
	w.Env.RegisterActivity(&activities.Tickets{Tracker: w.tracker, Blobs: w.Log.Blobs(), People: w.People(), Provider: "jira", Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Messages{Surface: w.Surface, Rooms: w.rooms, People: w.People()})
	w.Env.RegisterActivity(&activities.Pages{Channels: map[string]activities.Pager{
		"pagerduty": channel{w.pager, "pagerduty"}, "slack": channel{w.pager, "slack"}, "mail": channel{w.pager, "mail"},
	}, People: w.People()})
	w.Env.RegisterActivity(&activities.Rules{Source: w.Source, Blobs: w.Journal, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Evidence{Log: w.Journal, Blobs: w.Journal, Source: w.Source, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Judgement{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source})
	if w.child != nil {
		w.Env.RegisterWorkflowWithOptions(w.child, workflow.RegisterOptions{Name: incident.Type})
	} else {
		w.Env.RegisterWorkflow(incident.Incident)
	}
	w.Env.RegisterWorkflow(incident.Alert)
	w.HideLists()
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
	w.Env.ExecuteWorkflow(incident.Incident, in)
	require.True(w.T, w.Env.IsWorkflowCompleted())
}

// act sends what a person does and hands the reply to then.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.send(w.Delivery(), "", "cli", who, action, answers, then)
}

func (w *world) send(delivery, ref, provider, who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.inbound(w.Inbound(delivery, subject, ref, compliance.Account{Provider: provider, ID: who}, action, answers), then)
}

// inbound sends an act as it is.
func (w *world) inbound(in compliance.Inbound, then func(compliance.Reply)) {
	update, ok := incident.UpdateFor(in.Action)
	require.True(w.T, ok)
	w.Send(update, in, then)
}

func (w *world) standing() incident.Standing {
	return processtest.Ask[incident.Standing](w.World, incident.QueryStanding)
}

// end lets the incident be resolved, reviewed and closed at this time.
func (w *world) end(d time.Duration) {
	w.linked()
	w.At(d, func() { w.act("bruno", rules.ActionResolve, map[string]string{"note": "Orders flow again"}, nil) })
	w.At(d+time.Minute, func() {
		w.act("bruno", rules.ActionReview, map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Limit retries"}, nil)
	})
	w.At(d+time.Hour, func() { w.act("farah", rules.ActionClose, map[string]string{"statement": "yes"}, nil) })
}

// linked puts a change on record, which mends the cause.
func (w *world) linked() {
	_, err := w.Log.Append(context.Background(), []evidence.Event{{
		Key: "change/example/1/run/received", Type: "change.received", Subject: "change/example/1", Series: "CHG", State: "open", At: wednesday,
	}})
	require.NoError(w.T, err)
}

// records are the types of the evidence left, in order.
func (w *world) records() []string { return w.Records(subject) }

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

// tracker records tickets; each of what is to be done is done as soon as somebody looks.
type tracker struct {
	processtest.Tickets
	mu sync.Mutex
	// ends says how a ticket of what is to be done ended otherwise, empty while it is open.
	ends func(key string) string
	gone bool // tickets cannot be seen any more
}

func (k *tracker) ReadKind(ctx context.Context, kind compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error) {
	t, err := k.Tickets.ReadKind(ctx, kind, ref)
	if err != nil || kind != compliance.TicketAction {
		return t, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone {
		return t, &compliance.Failure{Class: compliance.Gone, Op: "read ticket"}
	}
	if t.Resolution = compliance.ResolvedDone; k.ends != nil {
		t.Resolution = k.ends(ref.Key)
	}
	return t, nil
}

// rooms records the channels that incidents get.
type rooms struct {
	mu      sync.Mutex
	rooms   []compliance.NewRoom
	invited []compliance.PersonID
	noRoom  error
}

func (f *rooms) Open(_ context.Context, r compliance.NewRoom, _ map[compliance.PersonID]compliance.Person) (compliance.Room, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noRoom != nil {
		return compliance.Room{}, f.noRoom
	}
	f.rooms = append(f.rooms, r)
	return compliance.Room{Channel: "C-" + r.Name, Name: r.Name}, nil
}

func (f *rooms) Invite(_ context.Context, _ compliance.Room, people map[compliance.PersonID]compliance.Person) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.invited = append(f.invited, slices.Sorted(maps.Keys(people))...)
	return nil
}

func mockAny() any { return mock.Anything }
