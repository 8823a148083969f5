package commands

import (
	"context"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	process "github.com/lowcodex/countersign/workflows/change"
)

// changes describes the change, whose special verb is the submission.
func changes() descriptor {
	return descriptor{Process: of("change"), group: "change", desk: &desk{
		short:    "Submit changes, look at them, act on them",
		workflow: process.Type,
		subject:  regexp.MustCompile(`^` + process.IDPrefix + `[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$`),
		example:  "change/example/10042",
		verbs:    changeVerbs(),
		form:     rules.FormFor,
		update:   process.UpdateFor,
		acted:    process.SignalActed,
		query:    process.QueryStanding,
		bound:    "The act is bound to the content you are shown: if the change is edited meanwhile, it is refused.",
		content: func(ref string) (string, bool) {
			binding, err := rules.ParseBinding(ref)
			return binding.Hash, err == nil
		},
		showHelp: "Show how a change stands: state, version, level, votes, who is awaited, deadline,\n" +
			"next opening and trouble with a vendor. A change that the engine has forgotten is\n" +
			"shown from the evidence index, when --evidence names its directory.",
		decode: func(v converter.EncodedValue) (standing, error) {
			var s changeStanding
			err := v.Get(&s)
			return s, err
		},
		recorded: func(old evidence.Standing) standing {
			return changeStanding{Number: old.Number, Subject: old.Subject, State: rules.State(old.State), LastIndex: old.Index}
		},
		stages: changeStages(),
		columns: []column{
			{"SYSTEM", func(r row) string { return r.System }},
			{"ENVIRONMENT", func(r row) string { return r.Environment }},
		},
		alias: &alias{"the key of its ticket (OPS-12)", "its ticket's key (OPS-12)", ticketForm(), changeByTicket},
		special: func(p *program) []*cobra.Command {
			return []*cobra.Command{p.submitCommand(), p.changeGateCommand(), p.reportCommand()}
		},
	}}
}

func changeVerbs() []verb {
	return []verb{
		{rules.ActionApprove, "Approve the open level of a change, with its attestations"},
		{rules.ActionDeny, "Deny the open level of a change"},
		{rules.ActionAbstain, "Go on record as not deciding"},
		{rules.ActionStart, "Start the execution of an approved change, as its implementer"},
		{rules.ActionFinish, "Report how the execution ended, as its implementer"},
		{rules.ActionProceed, "Ask at a safe point whether to go on, as its implementer"},
		{rules.ActionWithdraw, "Take a change back, as its requester"},
		{rules.ActionHold, "Put a change on hold, as its requester or implementer or somebody who decides on it"},
		{rules.ActionResume, "Let a change on hold go on, or take an objection back"},
		{rules.ActionObject, "Object to a change that you, or a deputy for you, approved, before it is started"},
		{rules.ActionBreakGlass, "Ask to carry a change out without approval, for an incident, as its requester or implementer"},
		{rules.ActionAcknowledge, "Say go ahead, or no, to an emergency, as somebody on call"},
		{rules.ActionReview, "Review an emergency afterwards, as somebody independent"},
		{rules.ActionRemedy, "Say what was done about an emergency that would not have been approved, as its implementer"},
	}
}

// changeStages lists the values the search attribute Stage can have: the state
// of the version while a change is open, the state of the change afterwards.
func changeStages() []string {
	var all []string
	for _, s := range []rules.VersionState{
		rules.Draft, rules.Submitted, rules.InReview, rules.Approved, rules.Rejected, rules.Expired, rules.Withdrawn,
	} {
		all = append(all, string(s))
	}
	all = append(all, process.StageNotSubmitted)
	for _, s := range []rules.State{
		rules.WaitingWindow, rules.Executing, rules.Verifying, rules.Closed, rules.Held, rules.Failed, rules.RolledBack,
		rules.Superseded, rules.ExecutingUnapproved, rules.RetroReview, rules.Violation,
	} {
		all = append(all, string(s))
	}
	return all
}

// ticketForm is a ticket's readable key as trackers write it: a project's
// letters and a number.
func ticketForm() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,49}-[1-9][0-9]{0,17}$`)
}

// maxTicketScan bounds the search for a ticket's readable key, which is no
// search attribute because it may change: each open change is asked.
const maxTicketScan = 200

// changeByTicket asks the open changes for their tickets, in parallel and bounded.
func changeByTicket(ctx context.Context, p *program, e engine, key string) (string, error) {
	d := changes()
	resp, err := e.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: maxTicketScan,
		Query:    fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", process.Type),
	})
	if err != nil {
		return "", err
	}
	found := make([]string, len(resp.GetExecutions()))
	asked, askCtx := errgroup.WithContext(ctx)
	asked.SetLimit(8)
	for i, info := range resp.GetExecutions() {
		asked.Go(func() error {
			subject := info.GetExecution().GetWorkflowId()
			s, err := p.standing(askCtx, e, &d, subject)
			if err != nil && !isGone(err) { // closed meanwhile: not the one
				return err
			}
			if change, ok := s.(changeStanding); ok && change.Ticket.Key == key {
				found[i] = subject
			}
			return nil
		})
	}
	if err := asked.Wait(); err != nil {
		return "", err
	}
	for _, subject := range found {
		if subject != "" {
			return subject, nil
		}
	}
	next := "see starter change list, and give the change's number"
	if len(resp.GetNextPageToken()) > 0 {
		next = fmt.Sprintf("only the %d newest open changes were asked; give the change's number", maxTicketScan)
	}
	return "", usage("no open change belongs to the ticket "+key, next)
}
