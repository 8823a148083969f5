package commands

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

func (p *program) policyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Check an organisation's policy, and ask it", RunE: group}
	cmd.AddCommand(p.checkCommand(), p.explainCommand(), p.diffCommand(), p.simulateCommand(),
		p.proposeCommand(), p.overrideCommand(), p.confirmCommand())
	return cmd
}

// problem is one thing wrong with a policy, as it is printed.
type problem struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Path string `json:"path,omitempty"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

// checked is the result of a check.
type checked struct {
	Dir          string    `json:"dir"`
	Valid        bool      `json:"valid"`
	Organisation string    `json:"organisation,omitempty"`
	RulesHash    string    `json:"rules_hash,omitempty"`
	Directory    string    `json:"directory_version,omitempty"`
	People       int       `json:"people,omitempty"`
	Systems      int       `json:"systems,omitempty"`
	Vendors      int       `json:"vendors,omitempty"`
	Artefacts    int       `json:"artefacts,omitempty"`
	Rotations    int       `json:"rotations,omitempty"`
	Escalations  int       `json:"escalation_policies,omitempty"`
	Targets      int       `json:"patch_targets,omitempty"`
	Problems     []problem `json:"problems"`
}

func (p *program) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Check a policy directory and list everything that is wrong",
		Long: "Check a policy directory, rules and people, and list everything that is wrong with it,\n" +
			"with file, line and how to mend it. A policy that is not valid exits 2.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 0 && p.options.policy == "" {
				return usage("policy check takes one directory", "starter policy check DIR")
			}
			return nil
		},
		ValidArgsFunction: directories,
		RunE: func(_ *cobra.Command, args []string) error {
			dir := p.options.policy
			if len(args) == 1 {
				dir = args[0]
			}
			return p.check(dir)
		},
	}
}

// directories completes the names of directories.
func directories(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// loadPolicy reads a policy that has to be valid.
func loadPolicy(dir string) (*policy.Rules, *policy.Directory, error) {
	rules, directory, err := policy.Load(dir)
	if err != nil {
		return nil, nil, usage("the policy in "+dir+" cannot be used", "see starter policy check "+dir)
	}
	return rules, directory, nil
}

func (p *program) check(dir string) error {
	result := checked{Dir: dir, Problems: []problem{}}
	rules, directory, err := policy.Load(dir)
	var wrong policy.Problems
	switch {
	case err == nil:
		result.Valid = true
		result.Organisation = rules.Organisation().Name
		result.RulesHash, result.Directory = rules.Hash, directory.Version
		result.count(rules, directory)
	case errors.As(err, &wrong):
		for _, one := range wrong {
			result.Problems = append(result.Problems, problem(one))
		}
	default:
		return usage("the policy cannot be read: "+err.Error(), "a policy has the directories rules and directory")
	}
	if err := p.print(result, func(w io.Writer) { p.writeChecked(w, result, wrong) }); err != nil {
		return err
	}
	if !result.Valid {
		return usage(plural(len(wrong), "problem")+" in the policy "+dir, "mend the files; running changes keep the rules they were submitted under")
	}
	return nil
}

// count says how much of everything a policy holds.
func (c *checked) count(rules *policy.Rules, directory *policy.Directory) {
	c.People, c.Systems = len(directory.People()), len(rules.Systems())
	for _, v := range rules.Vendors() {
		c.Vendors++
		c.Artefacts += len(v.Artefacts)
	}
	c.Rotations, c.Escalations, c.Targets = len(rules.Rotations()), len(rules.EscalationPolicies()), len(rules.PatchTargets())
}

func (p *program) writeChecked(w io.Writer, result checked, wrong policy.Problems) {
	ink := p.ink(w)
	for _, one := range wrong {
		place := one.File
		if one.Line > 0 {
			place += fmt.Sprintf(":%d", one.Line)
		}
		if one.Path != "" {
			place += ": " + one.Path
		}
		fmt.Fprintf(w, "%s: %s\n", ink.bold(line(place)), line(one.Text))
		if one.Hint != "" {
			fmt.Fprintf(w, "  %s\n", line(one.Hint))
		}
	}
	if result.Valid {
		fmt.Fprintf(w, "%s: %s, rules %s, directory %s, %s, %s\n", ink.good("valid"), line(result.Organisation),
			compliance.ShortDigest(result.RulesHash), result.Directory, compliance.Count(result.People, "person", "people"), plural(result.Systems, "system"))
		fmt.Fprintf(w, "  %s owing %s; %s over %s; %s\n", plural(result.Vendors, "vendor"), plural(result.Artefacts, "artefact"),
			compliance.Count(result.Escalations, "escalation policy", "escalation policies"), plural(result.Rotations, "rotation"), plural(result.Targets, "patch target"))
	}
}
