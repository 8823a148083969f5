// Package executor is what the processes have in common that carry a change out
// instead of a person (P27, C37). Such a process opens a ticket for what it is about
// to do and submits it as a change; it is told how the approval stands, asks to begin,
// and reports what came of it. The change judges and records each of these as it does
// a person's act; its side is in workflows/change.
package executor

import (
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Carrying is what a process knows of the change that it carries out. It is part of
// the process's own state: JSON names are frozen; additions only.
type Carrying struct {
	Change   string          `json:"change,omitempty"` // workflow id, once it was started
	Approval change.Approval `json:"approval,omitzero"`
	Start    Request         `json:"start,omitzero"` // of the change's execution
	granted  bool            // the line said since the change was last asked to begin that it is its turn
}

// Request is a report to the change that waits for its answer.
type Request struct {
	N        int           `json:"n,omitempty"` // how often it was asked
	Key      string        `json:"key,omitempty"`
	Answered bool          `json:"answered,omitempty"`
	Reason   change.Reason `json:"reason,omitempty"`
}

// Insist repeats a step until it succeeds or repeating cannot help, as the process
// shows its people that it waits.
type Insist func(step func(repeat bool) (steps.Done, error)) error

// Submit moves the ticket to submitted, saying by whom: what people call the process.
// A crash repeats it under the same event key.
func Submit(ctx workflow.Context, key string, ticket compliance.TicketRef, by string, insist Insist) error {
	move := compliance.TicketStep{
		Key: key, Ref: ticket, Status: "submitted",
		Comment: []compliance.Fact{{Text: "Submitted by the " + by + "."}},
	}
	return insist(func(repeat bool) (steps.Done, error) {
		return steps.Done{}, steps.AdvanceTicket(ctx, steps.AdvanceTicketInput{Step: move, Repeat: repeat})
	})
}

// Open starts the change of a submitted ticket, which lives on by itself whatever
// becomes of the process. A crash repeats it: the change has its ticket's id.
func (c *Carrying) Open(ctx workflow.Context, in changes.Input) error {
	id := changes.WorkflowID(in.Ticket.Site, in.Ticket.ID)
	// A cancelled context would ask it to end.
	calm, _ := workflow.NewDisconnectedContext(ctx)
	if _, err := steps.Begin(calm, workflow.ChildWorkflowOptions{
		WorkflowID: id, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, changes.Type, in); err != nil {
		return err
	}
	c.Change = id
	return nil
}

// Told takes what the change tells: how the approval stands, and what came of the
// request to begin. Lost says that an approval which was given no longer is.
func (c *Carrying) Told(a change.Approval) (lost bool) {
	if a.Request != "" && a.Request == c.Start.Key {
		c.Start.Answered, c.Start.Reason = true, a.Reason
	}
	lost = c.Approval.Given() && !a.Given()
	c.Approval = a
	return lost
}
