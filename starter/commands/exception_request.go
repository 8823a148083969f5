package commands

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	process "github.com/lowcodex/countersign/workflows/exception"
)

// requestedException is what a request prints.
type requestedException struct {
	ID         string      `json:"id"` // of the request; repeating it asks for nothing new
	WorkflowID string      `json:"workflow_id"`
	Number     string      `json:"number,omitempty"` // once it has one
	State      rules.State `json:"state,omitempty"`
}

func (p *program) exceptionRequestCommand() *cobra.Command {
	var as, id string
	given := map[string]*string{}
	cmd := &cobra.Command{
		Use:   "request",
		Short: "Ask for an exception from a control",
		Long: "Ask that one control does not hold for one system until a day. The approvers whom the policy\n" +
			"names for the control decide; until then nothing is excused. The owner answers for the matter\n" +
			"being remedied, and the verifier, somebody else, for the compensating control. The request has\n" +
			"an id, printed at once: repeating the command with that --id asks for nothing new.",
		Example: "  starter exception request --control gate/tests --system order-portal --reason 'the suite is being rebuilt' \\\n" +
			"    --compensating 'a second review by hand' --verifier p-hana --until 2027-03-01 --since 2026-11-02",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.requestException(cmd.Context(), as, id, given) },
	}
	flags := cmd.Flags()
	for _, f := range [][2]string{
		{rules.FieldControl, "what must not hold, such as gate/tests"},
		{rules.FieldSystem, "the system's id in the policy"},
		{rules.FieldEnvironment, "only this environment (default: all of them)"},
		{rules.FieldChange, "only this change, such as CHG-7 (default: all of them)"},
		{rules.FieldReason, "why it is needed"},
		{rules.FieldCompensating, "what stands in for the control, and how it can be checked"},
		{rules.FieldVerifier, "who checks that it works: id, name or e-mail address; not the owner"},
		{rules.FieldOwner, "who owns the exception: id, name or e-mail address (default: you)"},
		{rules.FieldSince, "the day on which the matter began, such as that of the finding (default: today)"},
		{rules.FieldUntil, "the last day of the exception"},
	} {
		given[f[0]] = flags.String(f[0], "", f[1])
		_ = cmd.RegisterFlagCompletionFunc(f[0], cobra.NoFileCompletions)
	}
	flags.StringVar(&id, "id", "", "UUID of the request, to repeat one (default: a new one)")
	_ = cmd.RegisterFlagCompletionFunc("id", cobra.NoFileCompletions)
	p.actorFlag(cmd, &as)
	return cmd
}

// exceptionRequest reads and checks everything that can be checked without the server.
func (p *program) exceptionRequest(as, id string, given map[string]*string) (compliance.Inbound, string, error) {
	in := compliance.Inbound{Surface: provider, Action: rules.ActionRequest, Subject: process.NewSubject, Received: p.now().UTC()}
	var err error
	if in.Actor, err = actor(as); err != nil {
		return in, "", err
	}
	if id == "" {
		id = p.newID()
	} else {
		parsed, err := uuid.Parse(id)
		if err != nil || len(id) != 36 {
			return in, "", usage(quote(id)+" is no UUID", "leave --id out for a new request, or give the id the first attempt printed")
		}
		id = parsed.String()
	}
	in.Delivery = "cli/" + id
	form, _ := rules.FormFor(rules.ActionRequest)
	for _, f := range form.Fields {
		if v := *given[f.Name]; v != "" {
			in.Answers = append(in.Answers, compliance.Answer{Name: f.Name, Value: v, Shown: f.Label})
		}
	}
	if _, bad, field := rules.ParseRequest(in); bad != rules.OK {
		return in, "", usage("--"+field+": "+bad.Text(), "starter exception request --help shows an example")
	}
	return in, id, nil
}

func (p *program) requestException(ctx context.Context, as, id string, given map[string]*string) error {
	in, id, err := p.exceptionRequest(as, id, given)
	if err != nil {
		return err
	}
	done := requestedException{ID: id, WorkflowID: process.RequestedID(in.Delivery)}
	return p.withEngine(ctx, func(e engine) error {
		if _, err := e.ExecuteWorkflow(ctx, once(done.WorkflowID), process.Type, process.Input{Requested: &in}); err != nil {
			return unreachable("it is not known whether the exception was asked for: "+err.Error(), "repeat the command with --id "+id+": it asks once", err)
		}
		stands := p.awaitException(ctx, e, done.WorkflowID)
		done.Number, done.State = stands.Number, stands.State
		if stands.Refused != rules.OK {
			what := stands.Refused.Text()
			if stands.RefusedField != "" {
				what = "--" + stands.RefusedField + ": " + what
			}
			return &failure{code: ExitRefused, what: line(stands.Number) + " was not taken: " + what, next: "mend what it says, and ask again without --id"}
		}
		return p.print(done, func(w io.Writer) {
			name := or(done.Number, done.WorkflowID)
			fmt.Fprintf(w, "%s is asked for; nothing is excused until it is granted.\n  look at it  starter exception show %s\n  repeat      --id %s\n", name, name, done.ID)
		})
	})
}

// awaitException waits a moment for the request to be judged.
func (p *program) awaitException(ctx context.Context, e engine, subject string) exceptionStanding {
	d := exceptions()
	ctx, cancel := p.bounded(ctx, numberWithin)
	defer cancel()
	ticks := time.NewTicker(numberEvery)
	defer ticks.Stop()
	for {
		if s, err := p.standing(ctx, e, &d, subject); err == nil && s.number() != "" {
			if stands, ok := s.(exceptionStanding); ok {
				return stands
			}
		}
		select {
		case <-ctx.Done():
			return exceptionStanding{}
		case <-ticks.C:
		}
	}
}
