package commands

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/lowcodex/countersign/compliance"
)

// awaited is one subject that waits for a person. JSON names are part of the
// output's contract.
type awaited struct {
	Process string `json:"process"` // "change", "incident", …
	row
	Overdue bool `json:"overdue,omitempty"` // Due is past
}

func (p *program) statusCommand() *cobra.Command {
	var (
		as    string
		limit int
	)
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what awaits you, over all processes",
		Long: "Show what awaits you, over all processes: everything open that waits for the person who\n" +
			"owns the account of --as, what is due first first. Times are in that person's zone as the\n" +
			"directory has it, unless --zone names another one.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.status(cmd.Context(), as, limit)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 100, fmt.Sprintf("at most this many, 1 to %d", maxList))
	p.actorFlag(cmd, &as)
	return cmd
}

func (p *program) status(ctx context.Context, as string, limit int) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	person, err := p.itself(as, "starter status", "")
	if err != nil {
		return err
	}
	if !personForm.MatchString(string(person.ID)) {
		return usage("the id "+quote(string(person.ID))+" cannot be asked for", "see starter policy check")
	}
	if zone, err := time.LoadLocation(person.Zone); err == nil && p.options.zone == "" && person.Zone != "" {
		p.options.location = zone
	}
	return p.withEngine(ctx, func(e engine) error {
		ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
		defer cancel()
		// Visibility cannot be asked to sort by a search attribute everywhere, so
		// what waits is read whole, up to a bound, and sorted here.
		open, more, err := executions(ctx, e, fmt.Sprintf("ExecutionStatus = 'Running' AND %s = '%s'", compliance.AttributeAwaiting, person.ID), maxList)
		if err != nil {
			return err
		}
		found := p.awaitedOf(open)
		cut := len(found) > limit
		found = found[:min(len(found), limit)]
		if err := p.print(found, func(w io.Writer) { p.writeAwaited(w, person, found) }); err != nil {
			return err
		}
		switch {
		case more:
			fmt.Fprintf(p.notes, "More than %d wait; only the newest were looked at, so one that is due earlier may be missing.\n", maxList)
		case cut:
			fmt.Fprintf(p.notes, "%d wait in all; raise --limit to see the later ones.\n", len(open))
		}
		return nil
	})
}

// awaitedOf sorts by due; what has no end of its own comes last.
func (p *program) awaitedOf(open []*workflowpb.WorkflowExecutionInfo) []awaited {
	found := []awaited{} // a list in JSON, also when it is empty
	for _, info := range open {
		r := rowOf(info)
		process := attribute[string](info.GetSearchAttributes().GetIndexedFields(), compliance.AttributeProcess)
		found = append(found, awaited{Process: process, row: r, Overdue: !r.Due.IsZero() && r.Due.Before(p.now())})
	}
	slices.SortStableFunc(found, func(a, b awaited) int {
		if a.Due.IsZero() != b.Due.IsZero() {
			if a.Due.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Or(a.Due.Compare(b.Due), a.Started.Compare(b.Started), cmp.Compare(a.Subject, b.Subject))
	})
	return found
}

func (p *program) writeAwaited(w io.Writer, person compliance.Person, found []awaited) {
	if len(found) == 0 {
		fmt.Fprintf(w, "nothing awaits %s\n", p.people().of(person.ID))
		return
	}
	t := table{head: []string{"NUMBER", "PROCESS", "STAGE", "SYSTEM", "DUE", "WORKFLOW"}}
	for _, a := range found {
		due := ""
		if !a.Due.IsZero() {
			due = p.at(a.Due) + " (" + p.until(a.Due) + ")"
		}
		t.add(or(a.Number, "-"), p.noun(a.Process), or(a.Stage, a.Status), a.System, due, a.Subject)
	}
	t.write(w, p.ink(w))
}

// noun is what people call the subjects of a process, by its search attribute.
func (p *program) noun(process string) string {
	for i := range p.processes {
		if p.processes[i].Name == process {
			return p.processes[i].Noun
		}
	}
	return process
}
