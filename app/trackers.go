package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/workflows/certification"
)

// trackers answers for the running trackers of artefacts with the engine's
// queries and lists.
type trackers struct{ engine client.Client }

// trackers are asked over the workers' connection, which exists by then.
func (a *App) trackers() *trackers { return &trackers{a.workers} }

// askWithin bounds one question; a tracker is replayed for it where no worker
// holds it in memory.
const askWithin = 4 * time.Second

// Conditions asks one tracker.
func (t *trackers) Conditions(ctx context.Context, id string, now time.Time) ([]rules.Condition, error) {
	op := "ask " + id
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	answered, err := t.engine.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: id, QueryType: certification.QueryConditions, Args: []any{certification.Asking{At: now}},
		// A run that is over would answer too, with what it knew last.
		QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var none *serviceerror.NotFound
	if errors.As(err, &none) || err == nil && answered.QueryRejected != nil {
		return nil, &compliance.Failure{Class: compliance.Gone, Op: op, Detail: "no such tracker runs", Err: err}
	}
	var answer certification.Answer
	if err == nil {
		err = answered.QueryResult.Get(&answer)
	}
	if err != nil {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "the tracker did not answer", Err: err}
	}
	if answer.Unsettled != "" {
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: answer.Unsettled}
	}
	return answer.Conditions, nil
}

// Serving lists the running trackers whose vendor a system rests on.
func (t *trackers) Serving(ctx context.Context, system string) ([]string, error) {
	return t.list(ctx, fmt.Sprintf("%s = %s AND ", compliance.AttributeSystems, quoted(system)))
}

// Running lists the running trackers whose ids come after one: a pass that begins
// thousands of them asks after each batch, and must not read its own each time.
func (t *trackers) Running(ctx context.Context, after string) ([]string, error) {
	if after == "" {
		return t.list(ctx, "")
	}
	return t.list(ctx, "WorkflowId > "+quoted(after)+" AND ")
}

// listPage is how many entries are asked for at once. The engine allows 1,000,
// and did not get pages of 900 of our runs together within its own 5 seconds.
const listPage = 200

func (t *trackers) list(ctx context.Context, where string) ([]string, error) {
	query := where + "WorkflowType = " + quoted(certification.Type) + " AND ExecutionStatus = 'Running'"
	var ids []string
	var next []byte
	for {
		page, err := t.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: listPage, NextPageToken: next})
		if err != nil {
			return nil, &compliance.Failure{Class: compliance.Unavailable, Op: "list trackers", Detail: "the engine did not answer", Err: err}
		}
		for _, e := range page.GetExecutions() {
			ids = append(ids, e.GetExecution().GetWorkflowId())
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return ids, nil
		}
	}
}

// quoted is a text in a list's query.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
