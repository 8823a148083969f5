package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/rules"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// proposal are the flags of policy propose and policy override.
type proposal struct {
	purpose, base, as, id string
	override              bool
}

// proposed is what a proposal prints.
type proposed struct {
	ID         string `json:"id"` // of the request; repeating it proposes nothing new
	WorkflowID string `json:"workflow_id"`
	process.Proposed
	Text string `json:"text,omitempty"` // the reason in words
}

func (p *program) proposeCommand() *cobra.Command {
	var of proposal
	cmd := &cobra.Command{
		Use:   "propose [DIR]",
		Short: "Ask for a change that brings the rules of a policy directory into force",
		Long: "Ask for a change of the rules, where the rules in force say that it takes one. The policy in DIR,\n" +
			"or in --policy, is checked, its rules are stored, and a ticket says what differs from what is in\n" +
			"force. The change is routed by the rules in force; once it is approved and its window is open,\n" +
			"exactly these rules come into force. The directory's files need no change. The request has an id,\n" +
			"printed at once: repeating the command with that --id proposes nothing new.",
		Example: "  starter policy propose edited --purpose 'One more approver for claims'",
		Args:    oneDirectory,
		RunE:    func(cmd *cobra.Command, args []string) error { return p.propose(cmd.Context(), of, args) },
	}
	cmd.ValidArgsFunction = directories
	cmd.Flags().StringVar(&of.purpose, "purpose", "", "why, for the approvers and the record")
	p.proposalFlags(cmd, &of)
	return cmd
}

func (p *program) overrideCommand() *cobra.Command {
	of := proposal{override: true}
	cmd := &cobra.Command{
		Use:   "override [DIR]",
		Short: "Ask to bring rules into force without a change, where nobody could approve one",
		Long: "Ask to bring the rules in DIR, or in --policy, into force without a change: for rules in force that\n" +
			"send their own change to nobody. Another person of the directory has to confirm it within an hour,\n" +
			"with starter policy confirm. It is on record as an override, with the reason and both people.",
		Example: "  starter policy override edited --reason 'The security group is empty' --as cli:alice",
		Args:    oneDirectory,
		RunE:    func(cmd *cobra.Command, args []string) error { return p.propose(cmd.Context(), of, args) },
	}
	cmd.ValidArgsFunction = directories
	cmd.Flags().StringVar(&of.purpose, "reason", "", "why no change can be approved, for the record; needed")
	p.proposalFlags(cmd, &of)
	return cmd
}

func (p *program) proposalFlags(cmd *cobra.Command, of *proposal) {
	flags := cmd.Flags()
	flags.StringVar(&of.base, "base", "", "digest of the rules that you compared these with; refused when others are in force (default: those in force)")
	flags.StringVar(&of.id, "id", "", "UUID of the request, to repeat one (default: a new one)")
	for _, name := range []string{"base", "id"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
	p.actorFlag(cmd, &of.as)
}

func oneDirectory(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage(fmt.Sprintf("%s takes one directory, not %d", cmd.CommandPath(), len(args)), cmd.CommandPath()+" DIR")
	}
	return nil
}

func (p *program) propose(ctx context.Context, of proposal, args []string) error {
	dir := p.options.policy
	if len(args) == 1 {
		dir = args[0]
	}
	if dir == "" {
		return usage("it is not known which rules are meant", "give the policy directory, or set "+envPolicy)
	}
	loaded, _, err := loadPolicy(dir)
	if err != nil {
		return err
	}
	in := process.Proposal{Content: loaded.Canonical(), Base: of.base, Purpose: of.purpose, Override: of.override}
	if in.Actor, err = actor(of.as); err != nil {
		return err
	}
	switch {
	case of.override && of.purpose == "":
		return usage("--reason is missing", "say on the record why no change can be approved")
	case len(in.Content) > process.MaxRules:
		return usage(fmt.Sprintf("the rules have %d bytes, more than the %d that pass through the engine", len(in.Content), process.MaxRules), "make them smaller")
	}
	id, err := p.requestID(of.id)
	if err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		fmt.Fprintf(p.notes, "request %s is under way; repeat it with --id %s\n", id, id)
		if err := p.startProposal(ctx, e, id, in); err != nil {
			return err
		}
		begun := func(s process.Proposed) bool { return s.Change != "" || s.Stage != process.Drafted }
		return p.followProposal(ctx, e, proposed{ID: id, WorkflowID: process.ProposalID(id)}, begun)
	})
}

// startProposal starts the proposal, or joins the one that has this id. A kill
// behind it loses the display only.
func (p *program) startProposal(ctx context.Context, e engine, id string, in process.Proposal) error {
	content, err := json.Marshal(in)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	print := "proposal of rules · request sha256:" + hex.EncodeToString(sum[:16])
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	options := once(process.ProposalID(id))
	options.StaticSummary = print
	_, err = e.ExecuteWorkflow(ctx, options, process.ProposeType, in)
	if err != nil {
		return unreachable("it is not known whether the rules were proposed: "+err.Error(), "repeat the command with --id "+id+": it proposes once", err)
	}
	return p.sameRequest(ctx, e, process.ProposalID(id), id, print,
		"another request: of other rules, for another reason or by another person", "leave --id out to make this one")
}

// followProposal asks how a proposal stands until it is as wanted, and prints it.
func (p *program) followProposal(ctx context.Context, e engine, out proposed, wanted func(process.Proposed) bool) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	ticks := time.NewTicker(numberEvery)
	defer ticks.Stop()
	for {
		value, err := e.QueryWorkflow(ctx, out.WorkflowID, "", process.QueryProposal)
		if err == nil {
			out.Proposed = process.Proposed{} // what is empty now is left out
			err = value.Get(&out.Proposed)
		}
		if isGone(err) {
			return usage("there is no proposal with the id "+out.ID, "give the id that starter policy override printed")
		}
		if err == nil && wanted(out.Proposed) {
			break
		}
		select {
		case <-ctx.Done():
			return unreachable("the proposal is durable, but not where it should be yet", "it goes on by itself; see it with the same command and --id "+out.ID, err)
		case <-ticks.C:
		}
	}
	refused := out.Stage == process.Ended || out.Refused != rules.OK
	if refused {
		out.Text = or(string(out.Refused), string(out.Reason))
		out.Text = rules.Reason(out.Text).Text()
	}
	if err := p.print(out, func(w io.Writer) { writeProposed(w, p.ink(w), out) }); err != nil {
		return err
	}
	if refused {
		return &failure{code: ExitRefused}
	}
	return nil
}

func writeProposed(w io.Writer, ink ink, out proposed) {
	switch {
	case out.Text != "":
		fmt.Fprintf(w, "%s %s\n", ink.bad("not in force"), line(out.Text))
	case out.Stage == process.Adopted:
		fmt.Fprintf(w, "%s rules %s\n", ink.good("in force"), ink.bold(compliance.ShortDigest(out.Rules)))
	case out.Stage == process.Unconfirmed:
		fmt.Fprintf(w, "%s somebody else has to confirm within an hour:\n  starter policy confirm %s --rules %s\n", ink.warn("asked"), out.ID, out.Rules)
	default:
		fmt.Fprintf(w, "%s rules %s as %s\n", ink.good("proposed"), compliance.ShortDigest(out.Rules), ink.bold(line(out.Ticket.Key)))
	}
	if out.Detail != "" {
		fmt.Fprintf(w, "  %s\n", line(out.Detail))
	}
	fmt.Fprintf(w, "  differs   in %s from %s\n", compliance.Count(out.Differences, "place", "places"), compliance.ShortDigest(out.Base))
	if out.Link != "" {
		fmt.Fprintf(w, "  link      %s\n", line(out.Link))
	}
	fmt.Fprintf(w, "  workflow  %s\n", out.WorkflowID)
}
