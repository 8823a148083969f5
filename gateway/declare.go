package gateway

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
)

// Beginning is an action that begins a process of its kind, such as declaring
// an incident: it has no subject yet, and every delivery makes one.
type Beginning struct {
	// Action and Subject are what the form carries before there is a subject.
	Action, Subject string
	// Form is what is filled in; systems are those of the rules as they are now.
	Form func(systems []compliance.Option) compliance.Form
	// Check reports what is missing; a zero Reply means that the process can begin.
	Check func(in compliance.Inbound) compliance.Reply
	// Start gives the workflow id, which the same delivery always gives, its type
	// and its input.
	Start func(in compliance.Inbound) (id, workflowType string, input any)
	// Begun is what the person is told.
	Begun string
}

// begins reports whether an act begins a process of this kind.
func (p Process) begins(in compliance.Inbound) bool {
	return p.Begins != nil && in.Action == p.Begins.Action && in.Subject == p.Begins.Subject
}

// begin makes a process begin, once per delivery, and says so when that is
// durable. It never waits for the process: whoever declares an incident must
// not learn that a log is slow.
func (g *Gateway) begin(ctx context.Context, process Process, in compliance.Inbound) compliance.Reply {
	b := process.Begins
	if reply := b.Check(in); reply.Outcome != "" {
		g.Count(in.Surface, reply.Reason)
		return reply
	}
	if in.Received.IsZero() {
		in.Received = g.now().UTC()
	}
	ctx, cancel := withBudget(connect.WithCorrelation(ctx, short(in.Delivery)))
	defer cancel()
	id, kind, input := b.Start(in)
	options := connect.Once(id, g.taskQueue)
	options.Priority = temporal.Priority{PriorityKey: 1}
	if _, err := g.engine.ExecuteWorkflow(ctx, options, kind, input); err != nil {
		g.log.ErrorContext(ctx, "not begun", "process", process.Name, "delivery", short(in.Delivery), "error", err)
		g.Count(in.Surface, ReasonUnreachable)
		return unreachable()
	}
	g.durable(in, "begun", g.now())
	g.measured.acts.WithLabelValues(process.Name, label(string(compliance.Received))).Inc()
	g.log.InfoContext(ctx, "begun", "process", process.Name, "subject", id, "delivery", short(in.Delivery), slog.String("surface", in.Surface))
	return compliance.Reply{Outcome: compliance.Received, Reason: ReasonBegun, Text: b.Begun}
}
