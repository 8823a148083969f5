package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	process "github.com/lowcodex/countersign/workflows/change"
)

// submitted is what a submission prints.
type submitted struct {
	ID         string               `json:"id"` // of the submission; repeating it submits nothing new
	Ticket     compliance.TicketRef `json:"ticket"`
	Link       string               `json:"link,omitempty"`
	WorkflowID string               `json:"workflow_id"`
	Number     string               `json:"number,omitempty"` // once the change has one
	// Ahead is when it could start if it were approved at once.
	Ahead *rules.Forecast `json:"ahead,omitempty"`
}

func (p *program) submitCommand() *cobra.Command {
	var s submission
	cmd := &cobra.Command{
		Use:   "submit",
		Short: "Submit a change from a file, or from a ticket that exists",
		Long: "Submit a change: --file opens a ticket with the file's fields, --ticket takes one that\n" +
			"exists. Either way its process is started. The submission has an id, printed at once:\n" +
			"repeating the command with that --id never opens a second ticket. --template NAME is a\n" +
			"standard change of the policy: with --file it adds what the template fixes, alone it\n" +
			"prints a file to fill in.",
		Example: "  starter change submit --template > change.yaml\n" +
			"  starter change submit --file change.yaml\n" +
			"  starter change submit --template restart-worker > restart.yaml\n" +
			"  starter change submit --template restart-worker --file restart.yaml\n" +
			"  starter change submit --ticket OPS-12",
		Args: templateArgument(&s),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.template != "" && s.file == "" {
				return p.writeTemplate(s)
			}
			return p.submit(cmd.Context(), s)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&s.file, "file", "f", "", "the change, as YAML; - reads standard input")
	flags.StringVar(&s.ticket, "ticket", "", "submit this ticket, by its key, instead of opening one")
	flags.StringVar(&s.site, "site", "", "short name of the tracker's site (default: the policy's)")
	flags.StringVar(&s.id, "id", "", "UUID of the submission, to repeat one (default: a new one)")
	flags.StringVar(&s.template, "template", "", "the standard change of this `NAME`; alone, print a change file with remarks and do nothing else")
	flags.Lookup("template").NoOptDefVal = exampleFile
	_ = cmd.MarkFlagFilename("file", "yaml", "yml")
	for _, name := range []string{"ticket", "site", "id"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	p.actorFlag(cmd, &s.as)
	return cmd
}

func (p *program) submit(ctx context.Context, s submission) error {
	id, err := p.submissionID(s.id)
	if err != nil {
		return err
	}
	in, err := p.submissionInput(s)
	if err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		result, err := p.start(ctx, e, id, in)
		if err != nil {
			return err
		}
		done := submitted{ID: id, Ticket: result.Ticket, Link: result.Link, WorkflowID: result.WorkflowID}
		d := changes()
		if done.Number = p.awaitNumber(ctx, e, &d, result.WorkflowID); done.Number != "" {
			done.Ahead = p.forecast(ctx, e, &d, result.WorkflowID)
		}
		return p.print(done, func(w io.Writer) { p.writeSubmitted(w, p.ink(w), done) })
	})
}

// start starts the submission, or joins the one that has this id, and waits
// for its result. The start is durable before the wait: a kill here loses the
// display only, and the id on the screen finds the result again.
func (p *program) start(ctx context.Context, e engine, id string, in process.SubmissionInput) (process.SubmissionResult, error) {
	var result process.SubmissionResult
	print, err := fingerprint(in)
	if err != nil {
		return result, err
	}
	wait, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	options := once(process.SubmissionID(id))
	options.StaticSummary = print
	run, err := e.ExecuteWorkflow(wait, options, process.SubmissionType, in)
	if err != nil {
		return result, err
	}
	fmt.Fprintf(p.notes, "submission %s is under way; repeat it with --id %s\n", id, id)
	err = p.sameRequest(wait, e, process.SubmissionID(id), id, print,
		"a submission of other content, of another file or another person", "leave --id out to submit this one")
	if err != nil {
		return result, err
	}
	err = run.Get(wait, &result)
	var failed *temporal.WorkflowExecutionError
	switch {
	case err == nil:
		return result, nil
	case errors.As(err, &failed):
		return result, refusedSubmission(failed)
	case ctx.Err() == nil && wait.Err() != nil:
		return result, unreachable("the submission is durable, but its ticket is not there yet",
			"it goes on by itself; see its result with the same command and --id "+id, err)
	}
	return result, err
}

// refusedSubmission tells a refusal by the rules or the tracker from a failure.
func refusedSubmission(failed *temporal.WorkflowExecutionError) error {
	var application *temporal.ApplicationError
	if errors.As(failed, &application) {
		return &failure{code: ExitRefused, what: "the submission was refused: " + application.Message(),
			next: "mend what it says, and submit again without --id", err: failed}
	}
	return unreachable("the submission did not end well: "+failed.Error(), "look at the run in the Temporal UI", failed)
}

const (
	numberWithin = 5 * time.Second
	numberEvery  = 250 * time.Millisecond
)

// awaitNumber waits a moment for a subject to receive its number, which happens
// when its first record is written. Without one the submission is as good: the
// number is only a name.
func (p *program) awaitNumber(ctx context.Context, e engine, d *descriptor, subject string) string {
	ctx, cancel := p.bounded(ctx, numberWithin)
	defer cancel()
	ticks := time.NewTicker(numberEvery)
	defer ticks.Stop()
	for {
		if s, err := p.standing(ctx, e, d, subject); err == nil && s.number() != "" {
			return s.number()
		}
		select {
		case <-ctx.Done():
			return ""
		case <-ticks.C:
		}
	}
}

// forecast asks when the change could start; nothing where it does not say so now.
func (p *program) forecast(ctx context.Context, e engine, d *descriptor, subject string) *rules.Forecast {
	ctx, cancel := p.bounded(ctx, numberWithin)
	defer cancel()
	s, err := p.standing(ctx, e, d, subject)
	if change, ok := s.(changeStanding); err == nil && ok {
		return change.Ahead
	}
	return nil
}

func (p *program) writeSubmitted(w io.Writer, ink ink, s submitted) {
	fmt.Fprintf(w, "%s %s\n", ink.good("submitted"), ink.bold(line(or(s.Number, s.Ticket.Key))))
	fmt.Fprintf(w, "  ticket    %s\n", line(s.Ticket.Key))
	if s.Link != "" {
		fmt.Fprintf(w, "  link      %s\n", line(s.Link))
	}
	if text := p.ahead(s.Ahead); text != "" {
		fmt.Fprintf(w, "  earliest  %s\n", text)
	}
	fmt.Fprintf(w, "  workflow  %s\n", s.WorkflowID)
}
