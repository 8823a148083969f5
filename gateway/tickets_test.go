package gateway

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/change"
)

// mailbox is an engine of which only the signals are used: those of running
// processes are kept, all others are answered as the server does.
type mailbox struct {
	client.Client
	running map[string]bool
	down    map[string]bool
	got     map[string][]string // workflow id → signals
	events  []compliance.TicketEvent
}

func (m *mailbox) SignalWorkflow(_ context.Context, id, _, signal string, arg any) error {
	switch {
	case m.down[id]:
		return errors.New("no answer")
	case !m.running[id]:
		return serviceerror.NewNotFound("workflow not found for ID: " + id)
	}
	m.got[id] = append(m.got[id], signal)
	m.events = append(m.events, arg.(compliance.TicketEvent))
	return nil
}

func (m *mailbox) SignalWithStartWorkflow(ctx context.Context, id, signal string, arg any, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	m.running[id] = true
	return nil, m.SignalWorkflow(ctx, id, "", signal, arg)
}

// Events of tickets that processes opened reach those processes, and every
// change goes on getting those of its own ticket, whatever a label says.
func TestTicketEventsReachTheSubject(t *testing.T) {
	const own, errand, deaf = "change/example/10042", "errand/7", "mute/1"
	for name, c := range map[string]struct {
		running []string
		event   compliance.TicketEvent
		want    map[string][]string
		result  string
	}{
		"an action of an incident":          {[]string{errand}, compliance.TicketEvent{Kind: "action", Subject: errand}, map[string][]string{errand: {"ticket-touched"}}, ticketSignalled},
		"deleted":                           {[]string{errand}, compliance.TicketEvent{Kind: "action", Subject: errand, Deleted: true}, map[string][]string{errand: {"ticket-touched"}}, ticketSignalled},
		"its process is over":               {nil, compliance.TicketEvent{Kind: "action", Subject: errand}, nil, ticketNoProcess},
		"no subject":                        {[]string{errand}, compliance.TicketEvent{Kind: "action"}, nil, ticketNoProcess},
		"a kind of process nobody has":      {[]string{"nowhere/1"}, compliance.TicketEvent{Kind: "action", Subject: "nowhere/1"}, nil, ticketNoProcess},
		"a process that wants none":         {[]string{deaf}, compliance.TicketEvent{Kind: "action", Subject: deaf}, nil, ticketNoProcess},
		"a label that is no id":             {[]string{errand}, compliance.TicketEvent{Subject: "errand/../" + errand}, nil, ticketNoProcess},
		"a label that is too long":          {nil, compliance.TicketEvent{Subject: "errand/" + strings.Repeat("x", 300)}, nil, ticketNoProcess},
		"a change":                          {[]string{own}, compliance.TicketEvent{}, map[string][]string{own: {change.SignalTicketChanged}}, ticketSignalled},
		"a label does not divert a change":  {[]string{own, errand}, compliance.TicketEvent{Subject: errand}, map[string][]string{own: {change.SignalTicketChanged}, errand: {"ticket-touched"}}, ticketSignalled},
		"nor does another type of ticket":   {[]string{own}, compliance.TicketEvent{Kind: "action", Subject: errand}, map[string][]string{own: {change.SignalTicketChanged}}, ticketSignalled},
		"a label does not reach a change":   {[]string{own, "change/example/7"}, compliance.TicketEvent{Subject: "change/example/7"}, map[string][]string{own: {change.SignalTicketChanged}}, ticketSignalled},
		"a change with a label is started":  {[]string{errand}, compliance.TicketEvent{Entered: true, Subject: errand}, map[string][]string{own: {change.SignalTicketChanged}, errand: {"ticket-touched"}}, ticketStarted},
		"a label alone starts nothing here": {nil, compliance.TicketEvent{Subject: errand}, nil, ticketNoProcess},
	} {
		t.Run(name, func(t *testing.T) {
			engine := &mailbox{running: map[string]bool{}, got: map[string][]string{}}
			for _, id := range c.running {
				engine.running[id] = true
			}
			g := gatewayTo(t, engine)
			c.event.Delivery, c.event.Site, c.event.TicketID = "jira/d-1", "example", "10042"
			require.NoError(t, g.Deliver(t.Context(), c.event))
			if c.want == nil {
				c.want = map[string][]string{}
			}
			require.Equal(t, c.want, engine.got)
			for _, ev := range engine.events {
				require.Equal(t, c.event.Kind, ev.Kind)
				require.Equal(t, c.event.Deleted, ev.Deleted)
				require.Equal(t, "10042", ev.TicketID)
			}
			require.InDelta(t, 1, counted(t, g.registry, "countersign_gateway_ticket_events_total", c.result), 0)
		})
	}
}

// When the subject could not be told, the tracker is asked to repeat the event;
// the repetition reaches it, and does not come to nothing as already seen.
func TestTicketEventIsRepeatedUntilTheSubjectHasIt(t *testing.T) {
	const own, errand = "change/example/10042", "errand/7"
	engine := &mailbox{running: map[string]bool{own: true, errand: true}, down: map[string]bool{errand: true}, got: map[string][]string{}}
	g := gatewayTo(t, engine)
	ev := compliance.TicketEvent{Delivery: "jira/d-1", Site: "example", TicketID: "10042", Subject: errand}
	err := g.Deliver(t.Context(), ev)
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err))
	engine.down[errand] = false
	require.NoError(t, g.Deliver(t.Context(), ev))
	require.NoError(t, g.Deliver(t.Context(), ev))
	require.Len(t, engine.got[errand], 1)
	require.Len(t, engine.got[own], 2, "told again with it: it reads the ticket anyway")
}

// gatewayTo is a gateway before an engine, with two more kinds of process.
func gatewayTo(t *testing.T, engine client.Client) *Gateway {
	t.Helper()
	g, _ := unconnected(t, func(c *Config) {
		c.Client = engine
		for _, extra := range []struct{ name, prefix, signal string }{{"errand", "errand/", "ticket-touched"}, {"mute", "mute/", ""}} {
			p := Processes()[0]
			p.Name, p.Prefix, p.TicketSignal = extra.name, extra.prefix, extra.signal
			c.Processes = append(c.Processes, p)
		}
		c.Processes = append(c.Processes, Processes()...)
	})
	return g
}
