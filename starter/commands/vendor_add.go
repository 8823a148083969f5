package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// tracking are the flags of vendor add.
type tracking struct {
	as, class, title, neededBy, name, owner, sponsor string
	systems                                          []string
}

// tracked is what vendor add prints.
type tracked struct {
	Number     string `json:"number,omitempty"`
	WorkflowID string `json:"workflow_id"`
	// Already is set when it was tracked before; nothing was changed then.
	Already bool `json:"already,omitempty"`
}

func (p *program) vendorAddCommand() *cobra.Command {
	var t tracking
	cmd := &cobra.Command{
		Use:   "add VENDOR/DOCUMENT",
		Short: "Have a vendor's document tracked from now on",
		Long: "Have a document of a vendor tracked that the policy does not name. The policy is the baseline:\n" +
			"of a vendor that it knows, only --class is needed; of another one --name, --owner, --sponsor\n" +
			"and the --system that rests on it. Repeating the command changes nothing.",
		Example: "  starter vendor add mendix/pen-test --class pen-test --needed-by 2027-03-31\n" +
			"  starter vendor add tidewater/soc2 --class soc2 --name Tidewater --owner p-bruno --sponsor p-alice --system order-portal",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("give one vendor and one document", "as in starter vendor add mendix/soc2-type2 --class soc2")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.vendorAdd(cmd.Context(), args[0], t) },
	}
	flags := cmd.Flags()
	flags.StringVar(&t.class, "class", "", "class of the document, one of the policy's: how it is chased and who decides on grace")
	flags.StringVar(&t.title, "title", "", "what people call it (default: the title of its class)")
	flags.StringVar(&t.neededBy, "needed-by", "", "the last day on which it may be missing, as 2027-03-31 (default: people ask for it)")
	flags.StringVar(&t.name, "name", "", "what the vendor is called")
	flags.StringVar(&t.owner, "owner", "", "id of the person who answers for it being current, such as p-bruno")
	flags.StringVar(&t.sponsor, "sponsor", "", "id of the person who answers for the vendor being used")
	flags.StringArrayVar(&t.systems, "system", nil, "a system that rests on the vendor; may be given several times")
	for _, name := range []string{"class", "title", "needed-by", "name", "owner", "sponsor", "system"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	p.actorFlag(cmd, &t.as)
	return cmd
}

var vendorIDs = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}/[a-z0-9][a-z0-9_-]{0,63}$`)

// vendorInput checks everything that can be checked without a server.
func vendorInput(name string, t tracking) (process.Input, error) {
	if !vendorIDs.MatchString(name) {
		return process.Input{}, usage(quote(name)+" names no vendor and document", "both are ids of lower-case letters, digits, - and _, as in mendix/soc2-type2")
	}
	by, err := actor(t.as)
	if err != nil {
		return process.Input{}, err
	}
	asked := &rules.Asked{
		Name: t.name, Owner: compliance.PersonID(t.owner), Sponsor: compliance.PersonID(t.sponsor), Systems: t.systems,
		Class: t.class, Title: t.title, By: by,
	}
	if t.class == "" {
		return process.Input{}, usage("it is not known what kind of document it is", "give --class, one of the classes in the policy's artefacts")
	}
	if t.neededBy != "" {
		if asked.NeededBy, err = rules.ParseDate(t.neededBy); err != nil {
			return process.Input{}, usage("--needed-by: "+err.Error(), "or leave it out, and people ask for it")
		}
	}
	in := process.Input{Asked: asked}
	in.Vendor, in.Artefact, _ = strings.Cut(name, "/")
	return in, nil
}

func (p *program) vendorAdd(ctx context.Context, name string, t tracking) error {
	in, err := vendorInput(name, t)
	if err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		id := process.WorkflowID(in.Vendor, in.Artefact)
		done := tracked{WorkflowID: id}
		wait, cancel := context.WithTimeout(ctx, p.options.timeout)
		defer cancel()
		run, err := e.ExecuteWorkflow(wait, client.StartWorkflowOptions{
			ID: id, TaskQueue: compliance.QueueWorkflows, StaticSummary: in.Artefact + " of " + in.Vendor,
			WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
			WorkflowExecutionErrorWhenAlreadyStarted: true,
		}, process.Type, in)
		var running *serviceerror.WorkflowExecutionAlreadyStarted
		switch {
		case errors.As(err, &running):
			done.Already = true
		case err != nil:
			return err
		}
		if done.Number, err = p.vendorNumber(wait, e, run, id); err != nil {
			return err
		}
		return p.print(done, func(w io.Writer) {
			word := "tracked from now on:"
			if done.Already {
				word = "tracked already, nothing was changed:"
			}
			fmt.Fprintf(w, "%s %s\n  workflow  %s\n", p.ink(w).good(word), p.ink(w).bold(line(or(done.Number, name))), id)
		})
	})
}

// vendorNumber waits for the tracker's first record, or for its refusal: a
// tracker that must not begin ends at once and says why.
func (p *program) vendorNumber(ctx context.Context, e engine, run client.WorkflowRun, id string) (string, error) {
	d := certifications()
	ticks := time.NewTicker(numberEvery)
	defer ticks.Stop()
	for {
		if s, err := p.standing(ctx, e, &d, id); err == nil && s.number() != "" {
			return s.number(), nil
		}
		if run != nil {
			if err := vendorRefused(ctx, run); err != nil {
				return "", err
			}
		}
		select {
		case <-ctx.Done():
			return "", unreachable("the tracker has begun, but its first record is not written yet", "it goes on by itself; see starter vendor show "+id, ctx.Err())
		case <-ticks.C:
		}
	}
}

// vendorRefused looks whether the run has ended already.
func vendorRefused(ctx context.Context, run client.WorkflowRun) error {
	ctx, cancel := context.WithTimeout(ctx, numberEvery)
	defer cancel()
	err := run.Get(ctx, nil)
	var failed *temporal.WorkflowExecutionError
	if !errors.As(err, &failed) {
		return nil // running
	}
	var application *temporal.ApplicationError
	if errors.As(failed, &application) {
		return &failure{code: ExitRefused, what: "it is not tracked: " + application.Message(), next: "mend what it says, and repeat the command", err: failed}
	}
	return unreachable("the tracker did not begin: "+failed.Error(), "look at the run in the Temporal UI", failed)
}
