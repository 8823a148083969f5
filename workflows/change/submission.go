package change

import (
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// SubmitChange submits a change from outside the tracker: it opens a ticket, or
// takes an existing one, moves it to submitted and starts its process. Its id
// is the client's, so repeating a submission finds the first one.
func SubmitChange(ctx workflow.Context, in SubmissionInput) (SubmissionResult, error) {
	self := workflow.GetInfo(ctx).WorkflowExecution.ID
	ref, link, err := ticketFor(ctx, in, self)
	if err != nil {
		return SubmissionResult{}, err
	}
	move := compliance.TicketStep{
		Key: self, Ref: ref, Status: statusSubmitted,
		Comment: []compliance.Fact{{Text: "Submitted from the command line."}},
	}
	_, err = steps.Persist(ctx, func(repeat bool) (steps.Done, error) {
		return steps.Done{}, steps.AdvanceTicket(ctx, steps.AdvanceTicketInput{Step: move, Repeat: repeat})
	}, steps.Waiting(ctx, "The tracker"))
	if err != nil {
		return SubmissionResult{}, err
	}
	id := WorkflowID(ref.Site, ref.ID)
	running, err := steps.Begin(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	}, Type, Input{Ticket: ref, Submitter: in.Actor})
	if running {
		// The ticket has a change already: it takes this as a new submission.
		hint := compliance.TicketEvent{Delivery: self, Site: ref.Site, TicketID: ref.ID, Key: ref.Key, Actor: in.Actor, Entered: true, Received: workflow.Now(ctx)}
		err = workflow.SignalExternalWorkflow(ctx, id, "", SignalTicketChanged, hint).Get(ctx, nil)
	}
	return SubmissionResult{Ticket: ref, Link: link, WorkflowID: id}, err
}

// ticketFor opens the ticket, or reads the one that was named.
func ticketFor(ctx workflow.Context, in SubmissionInput, key string) (ref compliance.TicketRef, link string, err error) {
	if in.Ticket != "" {
		named := steps.ReadChangeTicketInput{Ref: compliance.TicketRef{Site: in.Site, Key: in.Ticket}}
		r, err := steps.Persist(ctx, func(bool) (steps.ChangeReading, error) { return steps.ReadChangeTicket(ctx, named) }, steps.Waiting(ctx, "The tracker"))
		return r.Ref, r.Link, err
	}
	opened, err := steps.Persist(ctx, func(repeat bool) (steps.OpenedTicket, error) {
		return steps.OpenTicket(ctx, steps.OpenTicketInput{
			Actor: in.Actor, Ticket: compliance.NewTicket{Key: key, Site: in.Site, Fields: in.Fields}, Repeat: repeat,
		})
	}, steps.Waiting(ctx, "The tracker"))
	return opened.Ref, opened.Link, err
}
