package commands

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// The environment's names that the command line reads; each has a flag.
const (
	envAddress   = "TEMPORAL_ADDRESS"
	envNamespace = "TEMPORAL_NAMESPACE"
	envPolicy    = "COUNTERSIGN_POLICY"   // directory; people's names and the ticket site are looked up there
	envEvidence  = "COUNTERSIGN_EVIDENCE" // directory of the evidence log
	envActor     = "COUNTERSIGN_AS"       // the account to act as, "cli:<name>"
)

// options are the global flags.
type options struct {
	output    string
	zone      string
	color     string
	address   string
	namespace string
	policy    string
	evidence  string
	timeout   time.Duration
	verbose   bool

	location *time.Location // of zone, after settle
}

func (o *options) register(root *cobra.Command, p *program) {
	flags := root.PersistentFlags()
	forms := []string{"table", "json", "yaml"}
	o.output = forms[0]
	flags.VarP(choice{&o.output, forms}, "output", "o", "form of the result")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(forms, cobra.ShellCompDirectiveNoFileComp))
	enum(root, true, &o.color, "color", "auto", "colours; auto means on a terminal and without NO_COLOR", "auto", "always", "never")
	flags.StringVar(&o.zone, "zone", "", "IANA time zone of the times shown, such as Europe/Berlin (default: the local one); JSON and YAML are in UTC")
	flags.StringVar(&o.address, "address", p.env[envAddress], "host:port of the Temporal server ($"+envAddress+")")
	flags.StringVar(&o.namespace, "namespace", p.env[envNamespace], "Temporal namespace ($"+envNamespace+")")
	flags.StringVar(&o.policy, "policy", p.env[envPolicy], "policy directory, for people's names and the ticket site ($"+envPolicy+")")
	flags.StringVar(&o.evidence, "evidence", p.env[envEvidence], "directory of the evidence log ($"+envEvidence+")")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long to wait for the server and the process, 1s to 1h")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "print the libraries' log lines on stderr")
	_ = root.MarkPersistentFlagDirname("policy")
	_ = root.MarkPersistentFlagDirname("evidence")
	_ = root.RegisterFlagCompletionFunc("zone", cobra.NoFileCompletions)
}

// settle checks what the flags' own types cannot.
func (o *options) settle() error {
	o.location = time.Local
	if o.zone != "" {
		loc, err := time.LoadLocation(o.zone)
		if err != nil {
			return usage("unknown time zone "+quote(o.zone)+" in --zone", "use an IANA name such as Europe/Berlin, or UTC")
		}
		o.location = loc
	}
	if o.timeout < time.Second || o.timeout > time.Hour {
		return usage("--timeout "+o.timeout.String()+" is out of range", "use 1s to 1h")
	}
	return nil
}

// choice is a flag that takes one of a few words; the empty word only as default.
type choice struct {
	value   *string
	allowed []string
}

func (c choice) String() string { return *c.value }
func (c choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return usage("use one of "+strings.Join(c.allowed, ", "), "")
	}
	*c.value = s
	return nil
}

// enum adds a flag of one of the allowed words, with its completion.
func enum(cmd *cobra.Command, persistent bool, value *string, name, standard, text string, allowed ...string) {
	*value = standard
	flags := cmd.Flags()
	if persistent {
		flags = cmd.PersistentFlags()
	}
	flags.Var(choice{value, allowed}, name, text)
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp))
}
