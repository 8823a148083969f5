package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// provider is the name under which the directory keeps people's accounts of
// the command line.
const provider = "cli"

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

// itself is the one person who owns the account of --as. what names who asks
// for it, otherwise another way to say it, for the error.
func (p *program) itself(as, what, otherwise string) (compliance.Person, error) {
	account, err := actor(as)
	if err != nil {
		return compliance.Person{}, err
	}
	directory := p.people().directory
	if directory == nil {
		return compliance.Person{}, usage(what+" needs the directory to know which person "+as+" is",
			"give --policy DIR (or set "+envPolicy+"; starter policy check tells whether it is readable)"+otherwise)
	}
	owners := directory.ByAccount(account)
	if len(owners) != 1 {
		return compliance.Person{}, usage(fmt.Sprintf("the directory has %d people with the account %s", len(owners), as),
			"add the account to one person in directory/people.yaml"+otherwise)
	}
	return owners[0], nil
}
