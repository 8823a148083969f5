package commands

import (
	"context"
	"fmt"
	"strings"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/lowcodex/countersign/compliance"
)

// checkReference refuses what cannot name a subject of the process, before
// anything is asked.
func checkReference(d *descriptor, ref string) error {
	upper := strings.ToUpper(ref)
	if d.desk.subject.MatchString(ref) || d.numbered(upper) || d.desk.alias != nil && d.desk.alias.form.MatchString(upper) {
		return nil
	}
	return usage(quote(ref)+" names no "+d.Noun, "give "+d.hint())
}

// resolve turns what a person calls a subject into its workflow id: a number
// (CHG-7, INC-7), the workflow id itself, or what else the process is known by.
// Numbers are looked up in visibility and, for subjects the engine has
// forgotten, in the evidence index when its directory is known.
func (p *program) resolve(ctx context.Context, e engine, d *descriptor, ref string) (string, error) {
	if err := checkReference(d, ref); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	switch upper := strings.ToUpper(ref); {
	case d.desk.subject.MatchString(ref):
		return ref, nil
	case d.numbered(upper):
		return p.byNumber(ctx, e, d, upper)
	default:
		return d.desk.alias.resolve(ctx, p, e, upper)
	}
}

func (p *program) byNumber(ctx context.Context, e engine, d *descriptor, number string) (string, error) {
	// number passed numbered, so it cannot break out of the query.
	resp, err := e.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 10,
		Query:    fmt.Sprintf("WorkflowType = '%s' AND %s = '%s'", d.desk.workflow, compliance.AttributeNumber, number),
	})
	if err != nil {
		return "", err
	}
	found := ""
	for _, info := range resp.GetExecutions() {
		id := info.GetExecution().GetWorkflowId()
		if found != "" && id != found {
			return "", &failure{code: ExitUnverified, what: number + " belongs to two " + d.Plural + ", " + found + " and " + id,
				next: "run: starter evidence verify"}
		}
		found = id // several runs of one subject share its id
	}
	if found != "" {
		return found, nil
	}
	if subject, ok := p.evidenceSubject(ctx, number); ok {
		return subject, nil
	}
	return "", usage("no "+d.Noun+" has the number "+number,
		"see "+d.command("list")+" --all; numbers of "+d.Plural+" closed long ago are found with --evidence DIR")
}
