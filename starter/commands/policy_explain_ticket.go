package commands

import (
	"context"
	"errors"
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
	process "github.com/lowcodex/countersign/workflows/change"
)

// ofTicket has a worker read a ticket: the command line talks to no tracker. Who
// submits it is not known before it is submitted; who created it is.
func (p *program) ofTicket(ctx context.Context, x explaining, policyRules *policy.Rules, directory *policy.Directory) (question, error) {
	key := strings.ToUpper(x.ticket)
	if !ticketForm().MatchString(key) {
		return question{}, usage(quote(x.ticket)+" is no key of a ticket", "a key looks like OPS-12")
	}
	var r process.Reading
	err := p.withEngine(ctx, func(e engine) (err error) {
		r, err = p.read(ctx, e, process.ReadingInput{Site: or(x.site, policyRules.Tickets().Site), Ticket: key})
		return err
	})
	if err != nil {
		return question{}, err
	}
	s := r.Snapshot
	out := question{title: s.Title, problems: r.Problems, request: policy.Request{
		Case: policy.CaseOf(s), Requester: onePerson(directory, s.Requester), Implementer: onePerson(directory, s.Implementer), PlannedStart: s.PlannedStart,
	}}
	if !s.Own { // our account opens tickets for others
		out.request.Asked = rules.Joined(nil, rules.Asker{Account: s.Creator, As: rules.IsCreator})
		out.creatorUnknown = onePerson(directory, s.Creator) == ""
	}
	return out, nil
}

// read starts a reading and waits for it. A kill here leaves a run that ends by itself.
func (p *program) read(ctx context.Context, e engine, in process.ReadingInput) (process.Reading, error) {
	var r process.Reading
	wait, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	run, err := e.ExecuteWorkflow(wait, client.StartWorkflowOptions{
		ID: process.ReadingIDPrefix + p.newID(), TaskQueue: compliance.QueueWorkflows, WorkflowExecutionTimeout: p.options.timeout,
	}, process.ReadingType, in)
	if err != nil {
		return r, err
	}
	err = run.Get(wait, &r)
	var failed *temporal.WorkflowExecutionError
	var application *temporal.ApplicationError
	switch {
	case err == nil:
		return r, nil
	case errors.As(err, &failed) && errors.As(failed, &application):
		if application.Type() == string(compliance.Gone) {
			return r, usage("the ticket cannot be read: "+application.Message(), "check the key, and --site")
		}
		return r, unreachable("the ticket cannot be read: "+application.Message(), "try again when the tracker answers", err)
	case ctx.Err() == nil && (wait.Err() != nil || failed != nil):
		return r, unreachable("the ticket was not read in time", "check that a worker runs and the tracker answers, or give it longer with --timeout", err)
	}
	return r, err
}
