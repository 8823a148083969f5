package commands

import (
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	process "github.com/lowcodex/countersign/workflows/incident"
)

// declaration are the flags of a declaration.
type declaration struct{ title, system, severity, seen, as, id string }

// declared is what a declaration prints.
type declared struct {
	ID         string `json:"id"` // of the declaration; repeating it declares nothing new
	WorkflowID string `json:"workflow_id"`
	Number     string `json:"number,omitempty"` // once the incident has one
}

func (p *program) declareCommand() *cobra.Command {
	var d declaration
	cmd := &cobra.Command{
		Use:   "declare",
		Short: "Declare an incident; whoever is on call is paged at once",
		Long: "Declare an incident. It needs nobody's leave: whoever is on call for the system is paged\n" +
			"at once, also while the evidence log is down. The declaration has an id, printed at once:\n" +
			"repeating the command with that --id declares nothing new.",
		Example: "  starter incident declare --title 'Orders hang' --system order-portal --severity sev1",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.declare(cmd.Context(), d) },
	}
	flags := cmd.Flags()
	flags.StringVar(&d.title, "title", "", "what is wrong, in one line")
	flags.StringVar(&d.system, "system", "", "the system's id in the policy; an unknown one pages the last rule")
	flags.StringVar(&d.seen, "seen", "", "what you see")
	flags.StringVar(&d.id, "id", "", "UUID of the declaration, to repeat one (default: a new one)")
	var severities []string
	for _, s := range rules.Severities() {
		severities = append(severities, string(s))
	}
	enum(cmd, false, &d.severity, "severity", "", "how bad it is; sev1 is the worst", severities...)
	for _, name := range []string{"title", "system", "seen", "id"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	p.actorFlag(cmd, &d.as)
	return cmd
}

func (p *program) declare(ctx context.Context, d declaration) error {
	in := compliance.Inbound{Surface: provider, Action: rules.ActionDeclare, Subject: process.NewSubject, Received: p.now().UTC()}
	var err error
	if in.Actor, err = actor(d.as); err != nil {
		return err
	}
	id := p.newID()
	if d.id != "" {
		parsed, err := uuid.Parse(d.id)
		if err != nil || len(d.id) != 36 {
			return usage(quote(d.id)+" is no UUID", "leave --id out for a new declaration, or give the id the first attempt printed")
		}
		id = parsed.String()
	}
	in.Delivery = "cli/" + id
	for _, a := range [][2]string{{rules.FieldTitle, d.title}, {rules.FieldSystem, d.system}, {rules.FieldSeverity, d.severity}, {rules.FieldSeen, d.seen}} {
		if a[1] != "" {
			in.Answers = append(in.Answers, compliance.Answer{Name: a[0], Value: a[1]})
		}
	}
	if _, bad, field := rules.ParseDeclare(in); bad != rules.OK {
		return usage("--"+field+": "+bad.Text(), "starter incident declare --help shows an example")
	}
	subject := process.DeclaredID(in.Delivery)
	kind := incidents()
	return p.withEngine(ctx, func(e engine) error {
		options := once(subject)
		options.Priority = temporal.Priority{PriorityKey: 1}
		if _, err := e.ExecuteWorkflow(ctx, options, process.Type, process.Input{Declared: &in}); err != nil {
			return unreachable("it is not known whether the incident was declared: "+err.Error(),
				"repeat the command with --id "+id+": it declares once; or call whoever is on call", err)
		}
		done := declared{ID: id, WorkflowID: subject, Number: p.awaitNumber(ctx, e, &kind, subject)}
		return p.print(done, func(w io.Writer) {
			name := done.Number
			if name == "" {
				name = done.WorkflowID
			}
			fmt.Fprintf(w, "%s is declared; whoever is on call is being paged.\n  look at it  starter incident show %s\n  repeat      --id %s\n", name, name, done.ID)
		})
	})
}
