package commands

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/timeline"
)

// descriptor is what the command line knows of one process. By its name, nouns
// and number series its records are shown, counted, completed and listed in
// starter status; by its desk it gets a group of commands. A process adds one
// file with its descriptor and its special verbs, and a line to descriptors.
type descriptor struct {
	timeline.Process
	// group names its commands: "change" for starter change.
	group string
	// desk is nil while no process of this kind takes messages; there are no
	// commands then, because they could not work.
	desk *desk
}

// desk is what commands need of a running process. Every field is mandatory
// but those that say so.
type desk struct {
	short    string         // of the group, e.g. "Submit changes, look at them, act on them"
	workflow string         // workflow type
	subject  *regexp.Regexp // form of a workflow id
	example  string         // a workflow id, to show the form

	verbs  []verb
	form   func(action string) (compliance.Form, bool)
	update func(action string) (string, bool) // names the update that carries an action
	acted  string                             // signal of an Inbound that no worker accepted in time
	query  string                             // of the standing
	bound  string                             // what an act is bound to, as help tells it
	// live reports whether a form depends on where the subject stands: it is
	// asked for by compliance.QueryForm. Optional.
	live func(action string) bool
	// content gives the digest of what a binding is about, for --hash; false
	// when it has none. Optional: without it there is no such flag.
	content func(ref string) (digest string, ok bool)

	showHelp string // the whole long help of show
	// decode reads the answer to query. recorded makes a standing of what the
	// evidence knows; of an empty State when nobody knows anything.
	decode   func(converter.EncodedValue) (standing, error)
	recorded func(evidence.Standing) standing

	stages  []string // the values of the search attribute Stage
	columns []column // of the list, between stage and due
	// alias is another way to name a subject than number and id; optional.
	alias *alias
	// special gives the commands that only this process has; optional.
	special func(*program) []*cobra.Command
}

// verb is an action as a command. Its flags are the fields of the action's form.
type verb struct{ action, text string }

// name is the action as people type it: "approve-rollback".
func (v verb) name() string { return dashed(v.action) }

// alias is a further name of a subject, such as the key of a change's ticket.
type alias struct {
	help, hint string         // "the key of its ticket (OPS-12)", "its ticket's key (OPS-12)"
	form       *regexp.Regexp // of the name in upper case
	resolve    func(ctx context.Context, p *program, e engine, name string) (subject string, err error)
}

// column is a search attribute in a list.
type column struct {
	head string
	cell func(row) string
}

// standing is how one subject stands. Its JSON is what scripts get: the
// contract of the process's query.
type standing interface {
	number() string
	ref() string     // the binding to send with an act now
	over() bool      // it has ended; acts are late
	heading() string // number and title, on one line
	// brief says what an act with this form would be about.
	brief(p *program, w io.Writer, form compliance.Form)
	whole(p *program, w io.Writer)
}

// descriptors lists every process, in the order of timeline.Processes.
func descriptors() []descriptor {
	return []descriptor{changes(), patches(), incidents(), certifications(), exceptions(), observations()}
}

// of is the timeline's part of a descriptor.
func of(name string) timeline.Process {
	for _, p := range timeline.Processes() {
		if p.Name == name {
			return p
		}
	}
	return timeline.Process{Name: name, Noun: name, Plural: name}
}

// a is the noun with its article: "a change", "an incident".
func (d *descriptor) a() string {
	if strings.ContainsAny(d.Noun[:1], "aeiou") {
		return "an " + d.Noun
	}
	return "a " + d.Noun
}

// argument stands for a subject in a command's usage: "CHANGE".
func (d *descriptor) argument() string {
	words := strings.Fields(strings.ToUpper(d.Noun))
	return words[len(words)-1]
}

// command is a command of the process as people type it.
func (d *descriptor) command(verb string) string { return "starter " + d.group + " " + verb }

// help and hint say how a subject can be named.
func (d *descriptor) help() string {
	named := "a number (" + d.Series + "-7)"
	if d.desk.alias != nil {
		named += ", " + d.desk.alias.help
	}
	return named + " or its workflow id"
}

func (d *descriptor) hint() string {
	named := "its number (" + d.Series + "-7)"
	if d.desk.alias != nil {
		named += ", " + d.desk.alias.hint
	}
	return fmt.Sprintf("%s or its workflow id (%s)", named, d.desk.example)
}

// numbered reports whether a text is a number of the process, in upper case.
func (d *descriptor) numbered(text string) bool {
	digits, ok := strings.CutPrefix(text, d.Series+"-")
	return ok && ordinal(digits)
}

// textsOf are states as texts, such as the values that the search attribute Stage can have.
func textsOf[S ~string](states []S) []string {
	out := make([]string, 0, len(states))
	for _, s := range states {
		out = append(out, string(s))
	}
	return out
}

// ordinal reports whether a text is a whole number from 1 without leading zeros.
func ordinal(digits string) bool {
	return digits != "" && len(digits) <= 18 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// dashed is an identifier as a flag or command: "root_cause" is "root-cause".
func dashed(name string) string { return strings.ReplaceAll(name, "_", "-") }

// processCommand is the group of a process's commands.
func (p *program) processCommand(d *descriptor) *cobra.Command {
	cmd := &cobra.Command{Use: d.group, Short: d.desk.short, RunE: group}
	if d.Name != d.group { // lists call the process by its own name
		cmd.SuggestFor = []string{d.Name}
	}
	cmd.AddCommand(p.showCommand(d), p.listCommand(d))
	for _, verb := range d.desk.verbs {
		cmd.AddCommand(p.actCommand(d, verb))
	}
	if d.desk.special != nil {
		cmd.AddCommand(d.desk.special(p)...)
	}
	return cmd
}
