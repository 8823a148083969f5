// Package commands is the command line as a value that tests can run: every
// verb, its flags, what it prints and the code it exits with. The verbs
// decide nothing: acts on a change are messages to its process, which judges
// them by the same rules as a click on a card.
package commands

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// Run executes one command line and returns its exit code (see the Exit
// constants). args excludes the program's name; env is in the form of
// os.Environ; of the rest of the environment only Temporal's own configuration
// file is read, and the files that flags and variables name. Results go to
// stdout; questions, progress and errors go to stderr. A cancelled ctx ends the
// command; whatever had become durable by then stays so.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	p := &program{
		in: stdin, out: stdout, notes: stderr,
		env:         readEnvironment(env),
		interactive: isTerminal(stdin),
		now:         time.Now,
		newID:       uuid.NewString,
		dial:        dialEngine,
		processes:   descriptors(),
	}
	return p.run(ctx, args)
}

// program is one invocation: its surroundings and its global flags.
type program struct {
	in          io.Reader
	out, notes  io.Writer
	env         environment
	interactive bool // somebody can be asked

	// What a test replaces to make output repeatable, or to run without a server.
	now   func() time.Time
	newID func() string
	dial  func(context.Context, *program) (engine, error)

	processes []descriptor

	options options
	names   *names        // loaded at first use
	lines   *bufio.Reader // of in, for questions
}

func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(append([]string{}, args...)) // never nil, for which cobra would read os.Args
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.notes)
	if err := root.ExecuteContext(ctx); err != nil {
		f := explain(ctx, err)
		p.complain(f)
		return f.code
	}
	return ExitOK
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "starter",
		Short: "Submit changes, decide on them and verify their evidence",
		Long: "starter is the command line of Countersign. What it does to a change is judged by the\n" +
			"same rules, and leaves the same evidence, as a click on the change's card.",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:              group,
		PersistentPreRunE: func(*cobra.Command, []string) error { return p.options.settle() },
	}
	root.Version = thisVersion().line()
	root.SetVersionTemplate("{{.Version}}\n")
	root.Args = cobra.ArbitraryArgs // group says what is wrong with them
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err.Error(), "see "+cmd.CommandPath()+" --help")
	})
	p.options.register(root, p)
	for i := range p.processes {
		if d := &p.processes[i]; d.desk != nil {
			root.AddCommand(p.processCommand(d))
		}
	}
	root.AddCommand(p.statusCommand(), p.feedCommand(), p.evidenceCommand(), p.policyCommand(), p.setupCommand(), p.doctorCommand(), completionCommand(), p.versionCommand())
	return root
}

// group is what a command that only holds others does when it is run itself.
func group(cmd *cobra.Command, args []string) error {
	var verbs []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			verbs = append(verbs, c.Name())
		}
	}
	if len(args) > 0 {
		for _, c := range cmd.Commands() {
			if slices.Contains(c.SuggestFor, args[0]) {
				return usage(quote(args[0])+" is called "+quote(c.Name())+" here", "see "+c.CommandPath()+" --help")
			}
		}
	}
	next := cmd.CommandPath() + " knows: " + strings.Join(verbs, ", ")
	if len(args) == 0 {
		return usage(cmd.CommandPath()+" needs to be told what to do", next)
	}
	return usage("unknown command "+quote(args[0])+" for "+cmd.CommandPath()+nearest(args[0], verbs), next)
}

// logger writes the libraries' own log lines to stderr when --verbose asks for them.
func (p *program) logger() *slog.Logger {
	if !p.options.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(p.notes, nil))
}

func readEnvironment(env []string) environment {
	m := make(environment, len(env))
	for _, entry := range env {
		if name, value, found := strings.Cut(entry, "="); found {
			m[name] = value
		}
	}
	return m
}
