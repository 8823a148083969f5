package patch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/tests/processtest"
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
	*processtest.World
	platform *platform
	runs     runs // of the other rollouts
	sites    map[string]*noderedtest.Server
	tracker  *tracker
	pager    *pager
	cut      atomic.Bool // staging does not answer
	script   script
	alerts   alerts
	reported []compliance.AlertEvent    // to an alert that runs outside of this environment
	onReport func(change.Report)        // what such a change does
	answers  []compliance.RollbackEnded // to an incident that ordered the way back
	asked    patch.Asked
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
	w := &world{World: processtest.New(t, nil), tracker: &tracker{}, pager: &pager{}, runs: runs{}, sites: map[string]*noderedtest.Server{}, self: subject}
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
	digest, err := w.Log.Blobs().Put(context.Background(), []byte(data))
	require.NoError(w.T, err)
	w.asked = patch.Asked{
		System: "yard-flows", Actor: compliance.Account{Provider: "cli", ID: "jonas"},
		Payload: &patch.Stored{Title: "Yard flows", Version: "2.1", Blob: digest},
	}
}

func (w *world) engine(start time.Time) {
	w.Engine(start, w.self)
	people := w.People()
	blobs := w.Log.Blobs()
	w.Env.RegisterActivity(&activities.Tickets{Tracker: w.tracker, Blobs: blobs, People: people, Provider: "jira", Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Messages{Surface: w.Surface, People: people, Contents: blobs})
	w.Env.RegisterActivity(&activities.Pages{Channels: map[string]activities.Pager{"slack": w.pager}, People: people})
	w.Env.RegisterActivity(&activities.Rules{Source: w.Source, Blobs: blobs, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Rollouts{Source: w.Source, Blobs: blobs, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Evidence{Log: w.Journal, Blobs: blobs, Source: w.Source, Runs: w.runs, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Judgement{Log: w.Journal, Blobs: blobs, Source: w.Source, Runs: w.runs})
	w.Env.RegisterActivity(&activities.Platforms{
		Kinds: map[string]activities.Platform{nodered.Kind: w.platform}, Blobs: blobs, Now: w.Env.Now, Settle: 500 * time.Millisecond, Pause: time.Millisecond,
	})
	w.Env.RegisterWorkflow(patch.Rollout)
	w.Env.RegisterWorkflow(patch.Payload)
	w.Env.RegisterWorkflowWithOptions(w.change, workflow.RegisterOptions{Name: changes.Type})
	w.Env.RegisterWorkflowWithOptions(w.alert, workflow.RegisterOptions{Name: incident.AlertType})
	gone := serviceerror.NewNotFound("workflow not found")
	w.Env.OnSignalExternalWorkflow(mock.Anything, mock.MatchedBy(incident.IsAlert), "", incident.SignalReported, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error {
			w.tracker.mu.Lock()
			defer w.tracker.mu.Unlock()
			if len(w.alerts.ids) == 0 {
				return gone
			}
			w.reported = append(w.reported, arg.(compliance.AlertEvent))
			return nil
		}).Maybe()
	w.Env.OnSignalExternalWorkflow(mock.Anything, mock.MatchedBy(changes.IsSubject), "", changes.SignalReported, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error { w.heard(arg.(change.Report)); return nil }).Maybe()
	w.Env.OnSignalExternalWorkflow(mock.Anything, incidentID, "", compliance.SignalRollbackEnded, mock.Anything).Return(
		func(_, _, _, _ string, arg any) error { w.ended(arg.(compliance.RollbackEnded)); return nil }).Maybe()
	w.HideLists()
}

// run plays the rollout; what people do was laid out with at.
func (w *world) run() { w.Env.ExecuteWorkflow(patch.Rollout, patch.Input{Asked: w.asked}) }

func (w *world) standing() patch.Standing {
	return processtest.Ask[patch.Standing](w.World, patch.QueryStanding)
}

// act sends what a person does and hands the reply to then.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.send(w.Delivery(), w.standing().Ref, who, action, answers, then)
}

func (w *world) send(delivery, ref, who, action string, answers map[string]string, then func(compliance.Reply)) {
	update, ok := patch.UpdateFor(action)
	require.True(w.T, ok)
	w.Send(update, w.Inbound(delivery, w.self, ref, processtest.By(who), action, answers), then)
}

func stranger() compliance.Account { return compliance.Account{Provider: "cli", ID: "ingrid"} }

func owner(provider string) compliance.Account {
	return compliance.Account{Provider: provider, ID: "emeka"}
}

func because(why string) map[string]string { return map[string]string{rules.FieldReason: why} }

// facts are those of every record of a type.
func facts[F any](w *world, kind string) []F { return processtest.Facts[F](w.World, w.self, kind) }

// serves is what the target of that name answers on its status path.
func (w *world) serves(name string) string {
	recorder := httptest.NewRecorder()
	w.sites[name].ServeHTTP(recorder, httptest.NewRequest("GET", "/yard/status", nil))
	var body struct{ Word string }
	_ = json.Unmarshal(recorder.Body.Bytes(), &body) // a page has no word
	return body.Word
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
