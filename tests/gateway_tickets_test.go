package tests

import (
	"log/slog"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/workflows/change"
)

// C21: one process for a ticket that entered the submit status, whoever delivers
// what and how often; none for any other ticket.
func tickets(t *testing.T, b *bench) {
	b.work(t)
	id := uuid.NewString()
	subject := change.WorkflowID("example", id)
	event := func(entered bool) compliance.TicketEvent {
		return compliance.TicketEvent{Delivery: uuid.NewString(), Site: "example", TicketID: id, Key: "OPS-12", Entered: entered}
	}
	seen := func() (n int) {
		value, err := b.engine.QueryWorkflow(t.Context(), subject, "", queryTickets)
		require.NoError(t, err)
		require.NoError(t, value.Get(&n))
		return n
	}
	deliver := func(ev compliance.TicketEvent) { require.NoError(t, b.gateway.Deliver(t.Context(), ev)) }

	deliver(event(false))
	_, err := b.engine.DescribeWorkflowExecution(t.Context(), subject, "")
	require.Error(t, err, "an ordinary ticket starts nothing")

	first := event(true)
	deliver(first)
	require.NotEmpty(t, b.correlation(t, subject), "the delivery can be followed into the process")
	run := b.engine.GetWorkflow(t.Context(), subject, "").GetRunID()
	deliver(first) // the tracker repeats
	require.Equal(t, 1, seen())
	second := newBench(t, b.engine) // another gateway, without the memory
	second.queue = b.queue
	require.NoError(t, second.gateway.Deliver(t.Context(), event(false)))
	deliver(event(true))
	require.Equal(t, 3, seen())
	require.Equal(t, run, b.engine.GetWorkflow(t.Context(), subject, "").GetRunID(), "one process for the ticket")
	b.over(t, subject)
	deliver(event(false)) // an echo after the end starts nothing
	described, err := b.engine.DescribeWorkflowExecution(t.Context(), subject, "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, described.GetWorkflowExecutionInfo().GetStatus())
}

// A ticket that a process opened is known by the label it carries; its events
// reach that process while it runs, and start nothing.
func ticketsOfSubject(t *testing.T, b *bench) {
	b.work(t)
	subject := "planted/" + uuid.NewString()
	table := gateway.Processes()
	planted := table[0]
	planted.Name, planted.Prefix, planted.TicketSignal = "planted", "planted/", change.SignalTicketChanged
	g, err := gateway.New(gateway.Config{
		Client: b.engine, TaskQueue: b.queue, Logger: slog.New(slog.DiscardHandler), Processes: append(table, planted),
	})
	require.NoError(t, err)
	event := func(deleted bool) compliance.TicketEvent {
		return compliance.TicketEvent{
			Delivery: uuid.NewString(), Site: "example", TicketID: "20042", Key: "OPS-99",
			Kind: compliance.TicketAction, Subject: subject, Deleted: deleted,
		}
	}
	require.NoError(t, g.Deliver(t.Context(), event(false)))
	_, err = b.engine.DescribeWorkflowExecution(t.Context(), subject, "")
	require.Error(t, err, "a label starts nothing")

	_, err = b.engine.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: subject, TaskQueue: b.queue}, change.Type, change.Input{}, nil)
	require.NoError(t, err)
	first := event(false)
	require.NoError(t, g.Deliver(t.Context(), first))
	require.NoError(t, g.Deliver(t.Context(), first)) // the tracker repeats
	require.NoError(t, g.Deliver(t.Context(), event(true)))
	value, err := b.engine.QueryWorkflow(t.Context(), subject, "", queryTickets)
	require.NoError(t, err)
	var seen int
	require.NoError(t, value.Get(&seen))
	require.Equal(t, 2, seen)
	b.over(t, subject)
	require.NoError(t, g.Deliver(t.Context(), event(true)), "an event after the end is dropped")
}
