package commands

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// provider is the name under which the directory keeps people's accounts of
// the command line.
const provider = "cli"

func (p *program) changeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "change",
		Short: "Submit changes, look at them, act on them",
		RunE:  group,
	}
	cmd.AddCommand(p.submitCommand(), p.showCommand(), p.listCommand())
	for _, verb := range verbs() {
		cmd.AddCommand(p.actCommand(verb))
	}
	return cmd
}

// withEngine runs do with a connection to the server and closes it.
func (p *program) withEngine(ctx context.Context, do func(engine) error) error {
	dialCtx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	e, err := p.dial(dialCtx, p)
	if err != nil {
		return err
	}
	defer e.Close()
	return do(e)
}

// actorFlag adds --as.
func (p *program) actorFlag(cmd *cobra.Command, as *string) {
	standard := p.env[envActor]
	if standard == "" && p.env["USER"] != "" {
		standard = provider + ":" + p.env["USER"]
	}
	cmd.Flags().StringVar(as, "as", standard, "the account you act as, cli:<name>, as the directory knows it ($"+envActor+")")
	_ = cmd.RegisterFlagCompletionFunc("as", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return p.people().accounts(provider), cobra.ShellCompDirectiveNoFileComp
	})
}

// actor reads --as. Only accounts of the command line are taken: an account of
// a message surface or tracker is proved by that provider's signature, which a
// command line cannot give.
func actor(as string) (compliance.Account, error) {
	const form = "use --as cli:<name> with the name the directory has for you"
	if as == "" {
		return compliance.Account{}, usage("it is not known who you are", form+", or set "+envActor)
	}
	a, ok := rules.ParseAccount(as)
	if !ok {
		return compliance.Account{}, usage(quote(as)+" is no account", form)
	}
	if a.Provider != provider {
		return compliance.Account{}, usage("an account of "+a.Provider+" cannot act on the command line", form)
	}
	return a, nil
}

// short cuts a digest for people.
func short(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(len(digest), 12)]
}

// bounded is a part of the command's time budget.
func (p *program) bounded(ctx context.Context, longest time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, min(longest, p.options.timeout))
}
