package change

import (
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
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
	}, waiting(ctx))
	if err != nil {
		return SubmissionResult{}, err
	}
	id := WorkflowID(ref.Site, ref.ID)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: compliance.QueueWorkflows,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
	})
	err = workflow.ExecuteChildWorkflow(child, Change, Input{Ticket: ref, Submitter: in.Actor}).GetChildWorkflowExecution().Get(ctx, nil)
	var running *temporal.ChildWorkflowExecutionAlreadyStartedError
	if errors.As(err, &running) {
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
		r, err := steps.Persist(ctx, func(bool) (steps.ChangeReading, error) { return steps.ReadChangeTicket(ctx, named) }, waiting(ctx))
		return r.Ref, r.Link, err
	}
	opened, err := steps.Persist(ctx, func(repeat bool) (steps.OpenedTicket, error) {
		return steps.OpenTicket(ctx, steps.OpenTicketInput{
			Actor: in.Actor, Ticket: compliance.NewTicket{Key: key, Site: in.Site, Fields: in.Fields}, Repeat: repeat,
		})
	}, waiting(ctx))
	return opened.Ref, opened.Link, err
}

// waiting shows on the run's page why a submission takes so long.
func waiting(ctx workflow.Context) func(steps.Failed) {
	return func(f steps.Failed) { workflow.SetCurrentDetails(ctx, "The tracker has been failing: "+f.Text) }
}
