package commands

import (
	"context"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance/rules"
	process "github.com/lowcodex/countersign/workflows/rules"
)

var rulesDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// confirmation are the flags of policy confirm.
type confirmation struct{ rules, as string }

func (p *program) confirmCommand() *cobra.Command {
	var c confirmation
	cmd := &cobra.Command{
		Use:   "confirm ID",
		Short: "Confirm an override of the rules that somebody else asked for",
		Long: "Confirm that rules come into force without a change: the second person of an override. ID is that of\n" +
			"the request, --rules the digest that starter policy check shows for the same directory. Whoever\n" +
			"asked for it cannot confirm it.",
		Example: "  starter policy confirm 7d6f8d8e-6f0c-4d2a-9f0e-5f2b7b1c9a10 --rules 3f1c… --as cli:bruno",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(fmt.Sprintf("%s takes one id, not %d", cmd.CommandPath(), len(args)), "give the id that starter policy override printed")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return p.confirm(cmd.Context(), args[0], c) },
	}
	cmd.Flags().StringVar(&c.rules, "rules", "", "digest of the rules that you confirm, 64 hex digits")
	_ = cmd.RegisterFlagCompletionFunc("rules", cobra.NoFileCompletions)
	p.actorFlag(cmd, &c.as)
	return cmd
}

func (p *program) confirm(ctx context.Context, given string, c confirmation) error {
	if !rulesDigest.MatchString(c.rules) {
		return usage(quote(c.rules)+" in --rules is no digest of rules", "give the 64 hex digits that starter policy check --output json shows as rules_hash")
	}
	by, err := actor(c.as)
	if err != nil {
		return err
	}
	id, err := p.requestID(given)
	if err != nil {
		return err
	}
	return p.withEngine(ctx, func(e engine) error {
		subject := process.ProposalID(id)
		var before process.Proposed
		if value, err := e.QueryWorkflow(ctx, subject, "", process.QueryProposal); err == nil {
			if err := value.Get(&before); err != nil {
				return err
			}
		}
		err := e.SignalWorkflow(ctx, subject, "", process.SignalConfirm, process.Confirmation{By: by, Rules: c.rules})
		if isGone(err) {
			return usage("there is no override with the id "+id+" that waits for somebody", "see with starter evidence show rules what became of it")
		}
		if err != nil {
			return err
		}
		judged := func(s process.Proposed) bool {
			return s.Stage == process.Adopted || s.Stage == process.Ended || s.Judged > before.Judged && s.Refused != rules.OK
		}
		return p.followProposal(ctx, e, proposed{ID: id, WorkflowID: subject}, judged)
	})
}
