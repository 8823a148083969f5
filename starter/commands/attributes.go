package commands

import (
	"context"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
)

// row is one subject in a list. JSON names are part of the output's contract.
type row struct {
	Number      string    `json:"number"`
	Subject     string    `json:"subject"`
	Stage       string    `json:"stage"`
	System      string    `json:"system,omitempty"`
	Environment string    `json:"environment,omitempty"`
	Severity    string    `json:"severity,omitempty"`
	Awaiting    []string  `json:"awaiting,omitempty"` // ids of people
	Due         time.Time `json:"due,omitzero"`
	Started     time.Time `json:"started"`
	Status      string    `json:"status"` // of the newest run: "Running", "Completed", …
}

// rowOf reads a list entry. Search attributes are never encrypted, so the
// default converter reads them; one that is missing or of another type is left
// out, because a list must not fail over one entry.
func rowOf(info *workflowpb.WorkflowExecutionInfo) row {
	fields := info.GetSearchAttributes().GetIndexedFields()
	return row{
		Number:      attribute[string](fields, compliance.AttributeNumber),
		Subject:     info.GetExecution().GetWorkflowId(),
		Stage:       attribute[string](fields, compliance.AttributeStage),
		System:      attribute[string](fields, compliance.AttributeSystem),
		Environment: attribute[string](fields, compliance.AttributeEnvironment),
		Severity:    attribute[string](fields, compliance.AttributeSeverity),
		Awaiting:    attribute[[]string](fields, compliance.AttributeAwaiting),
		Due:         attribute[time.Time](fields, compliance.AttributeDue).UTC(),
		Started:     info.GetStartTime().AsTime().UTC(),
		Status:      info.GetStatus().String(),
	}
}

func attribute[T any](fields map[string]*commonpb.Payload, name string) T {
	var v T
	if payload, ok := fields[name]; ok {
		if err := converter.GetDefaultDataConverter().FromPayload(payload, &v); err != nil {
			var none T
			return none
		}
	}
	return v
}

// pageSize is how many entries one call asks for.
const pageSize = 200

// rows lists the subjects of a process, those that meet the condition where, if any.
func rows(ctx context.Context, e engine, d *descriptor, where string, limit int) (found []row, more bool, err error) {
	query := fmt.Sprintf("WorkflowType = '%s'", d.desk.workflow)
	if where != "" {
		query += " AND " + where
	}
	all, more, err := executions(ctx, e, query, limit)
	for _, info := range all {
		found = append(found, rowOf(info))
	}
	return found, more, err
}

// executions lists workflows by a visibility query, newest run first, at most
// limit of them; more says that there are others. A workflow that continued as
// new shows once, as its newest run.
func executions(ctx context.Context, e engine, query string, limit int) (found []*workflowpb.WorkflowExecutionInfo, more bool, err error) {
	seen := map[string]bool{}
	var token []byte
	for { // ends: every page either yields entries up to limit or is the last
		resp, err := e.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
			PageSize: pageSize, NextPageToken: token, Query: query,
		})
		if err != nil {
			return nil, false, err
		}
		for _, info := range resp.GetExecutions() {
			subject := info.GetExecution().GetWorkflowId()
			if seen[subject] {
				continue
			}
			if len(found) == limit {
				return found, true, nil
			}
			seen[subject] = true
			found = append(found, info)
		}
		if token = resp.GetNextPageToken(); len(token) == 0 {
			return found, false, nil
		}
	}
}
