package commands

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"github.com/lowcodex/countersign/compliance"
	process "github.com/lowcodex/countersign/workflows/change"
)

var (
	numberForm = regexp.MustCompile(`^` + process.Series + `-[1-9][0-9]{0,17}$`)
	// A ticket's readable key as trackers write it: a project's letters and a number.
	ticketForm  = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,49}-[1-9][0-9]{0,17}$`)
	subjectForm = regexp.MustCompile(`^` + process.IDPrefix + `[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$`)
)

// maxTicketScan bounds the search for a ticket's readable key, which is no
// search attribute because it may change: each open change is asked.
const maxTicketScan = 200

// checkReference refuses what cannot name a change, before anything is asked.
func checkReference(ref string) error {
	upper := strings.ToUpper(ref)
	if subjectForm.MatchString(ref) || numberForm.MatchString(upper) || ticketForm.MatchString(upper) {
		return nil
	}
	return usage(quote(ref)+" names no change",
		"give its number (CHG-7), its ticket's key (OPS-12) or its workflow id (change/example/10042)")
}

// resolve turns what a person calls a change into its workflow id: a number
// (CHG-7), the key of its ticket (OPS-12), or the workflow id itself. Numbers
// are looked up in visibility and, for changes the engine has forgotten, in
// the evidence index when its directory is known.
func (p *program) resolve(ctx context.Context, e engine, ref string) (string, error) {
	if err := checkReference(ref); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	switch upper := strings.ToUpper(ref); {
	case subjectForm.MatchString(ref):
		return ref, nil
	case numberForm.MatchString(upper):
		return p.byNumber(ctx, e, upper)
	default:
		return p.byTicket(ctx, e, upper)
	}
}

func (p *program) byNumber(ctx context.Context, e engine, number string) (string, error) {
	// number matched numberForm, so it cannot break out of the query.
	resp, err := e.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 10,
		Query:    fmt.Sprintf("WorkflowType = '%s' AND %s = '%s'", process.Type, compliance.AttributeNumber, number),
	})
	if err != nil {
		return "", err
	}
	found := ""
	for _, info := range resp.GetExecutions() {
		id := info.GetExecution().GetWorkflowId()
		if found != "" && id != found {
			return "", &failure{code: ExitUnverified, what: number + " belongs to two changes, " + found + " and " + id,
				next: "run: starter evidence verify"}
		}
		found = id // several runs of one change share its id
	}
	if found != "" {
		return found, nil
	}
	if subject, ok := p.evidenceSubject(ctx, number); ok {
		return subject, nil
	}
	return "", usage("no change has the number "+number,
		"see starter change list --all; numbers of changes closed long ago are found with --evidence DIR")
}

// byTicket asks the open changes for their tickets, in parallel and bounded.
func (p *program) byTicket(ctx context.Context, e engine, key string) (string, error) {
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
			s, err := p.standing(askCtx, e, subject)
			if err != nil && !isGone(err) { // closed meanwhile: not the one
				return err
			}
			if s.Ticket.Key == key {
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
