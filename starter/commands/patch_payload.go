package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/temporal"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
	process "github.com/lowcodex/countersign/workflows/patch"
)

// payload are the flags that say what is rolled out. Their content is stored by
// a process, which asks the platform: the command line knows no vendor.
type payload struct {
	from, file       string
	summary, version string
}

// source is a payload as it can be asked for, checked as far as nobody has to
// be asked.
type source struct {
	process.PayloadInput
	digest string // SHA-256 (hex) of a file's content
}

const (
	maxSummary = 120 // runes; the card's title holds it with the version
	maxVersion = 60
)

func (p *program) payloadFlags(cmd *cobra.Command, f *payload) {
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "take what runs there now: a place that the policy names with use: source")
	flags.StringVarP(&f.file, "file", "f", "", "take this file, of at most 1 MiB; - reads standard input")
	flags.StringVar(&f.version, "version", "", "which version it is, for people; what is compared is the content's digest")
	flags.StringVar(&f.summary, "summary", "", "what is rolled out, in a few words, as card and change call it")
	_ = cmd.MarkFlagFilename("file")
	_ = cmd.RegisterFlagCompletionFunc("from", p.completePolicy(func(r *policy.Rules, of policy.Rollout) []string {
		var all []string
		for _, place := range r.PatchPlaces(of, policy.PlaceSource) {
			all = append(all, place.ID+"\t"+line(of.System+" "+of.Class))
		}
		return all
	}))
	for _, name := range []string{"version", "summary"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

var placeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// check reads the flags, and the file where one is named.
func (f payload) check(in io.Reader) (source, error) {
	for _, text := range []struct {
		flag, value string
		most        int
	}{{"summary", f.summary, maxSummary}, {"version", f.version, maxVersion}} {
		switch n := utf8.RuneCountInString(text.value); {
		case strings.TrimSpace(text.value) == "":
			return source{}, usage("--"+text.flag+" is missing", `say it as in --summary "Yard flows" --version 2.1`)
		case n > text.most:
			return source{}, usage(fmt.Sprintf("--%s has %d characters, more than the %d that fit", text.flag, n, text.most), "shorten it; the change holds the rest")
		case !utf8.ValidString(text.value) || strings.ContainsFunc(text.value, unicode.IsControl):
			return source{}, usage("--"+text.flag+" is not plain text on one line", "leave out line breaks and control characters")
		case strings.ContainsFunc(text.value, rules.Reorders):
			return source{}, usage("--"+text.flag+" holds an invisible character that shows text in another order than it has", "type it again by hand")
		}
	}
	switch {
	case f.from != "" && f.file != "":
		return source{}, usage("--from and --file exclude each other: a payload comes from one of them", "leave one out")
	case f.from != "":
		if !placeForm.MatchString(f.from) {
			return source{}, usage(quote(f.from)+" in --from is no name of a place", "a place is named in rules/patch.yaml under places, with use: source")
		}
		return source{PayloadInput: process.PayloadInput{From: f.from}}, nil
	case f.file != "":
		return readPayload(f.file, in)
	}
	return source{}, usage("there is nothing to roll out", "give --from PLACE, or --file flows.json")
}

func readPayload(path string, in io.Reader) (source, error) {
	name := path
	if path == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(path)
		if err != nil {
			return source{}, usage("the payload cannot be read: "+err.Error(), "check the path, or take it from a place with --from")
		}
		defer file.Close() //nolint:errcheck // only read from
		in = file
	}
	content, err := io.ReadAll(io.LimitReader(in, process.MaxPayload+1))
	switch {
	case err != nil:
		return source{}, usage("the payload cannot be read: "+err.Error(), "check that "+name+" is a readable file")
	case len(content) == 0:
		return source{}, usage(name+" is empty", "give the file that the platform exports")
	case len(content) > process.MaxPayload:
		return source{}, usage(fmt.Sprintf("%s is larger than the %d bytes that pass through the engine", name, process.MaxPayload), "install it in a place with use: source, and take it from there with --from")
	}
	sum := sha256.Sum256(content)
	return source{process.PayloadInput{Data: content}, hex.EncodeToString(sum[:])}, nil
}

// store has the payload stored, or finds that it was. A file has the id of its
// content. What is taken from a place has the id of this request, so that a
// repetition rolls out what was there at first, not what is there by now.
func (p *program) store(ctx context.Context, e engine, s source, id, print string) (string, error) {
	token := s.digest
	if s.From != "" {
		token = id
	}
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	again := "repeat the command with --id " + id + ": nothing is done twice"
	options := onceStored(process.PayloadID(token))
	options.StaticSummary = print
	run, err := e.ExecuteWorkflow(ctx, options, process.PayloadType, s.PayloadInput)
	if err != nil {
		return "", unreachable("it is not known whether the payload was stored: "+err.Error(), again, err)
	}
	if s.From != "" {
		if err := p.samePayload(ctx, e, process.PayloadID(token), id, print); err != nil {
			return "", err
		}
		fmt.Fprintf(p.notes, "taking what runs on %s now\n", s.From)
	}
	var stored process.PayloadResult
	err = run.Get(ctx, &stored)
	var failed *temporal.WorkflowExecutionError
	switch {
	case err == nil:
		return stored.Blob, nil
	case errors.As(err, &failed):
		return "", notStored(failed, id)
	case ctx.Err() != nil:
		return "", unreachable("the payload is not stored yet; nothing is rolled out", "look whether a worker runs and the platform answers; then "+again, err)
	}
	return "", unreachable("it is not known whether the payload was stored: "+err.Error(), again, err)
}

func notStored(failed *temporal.WorkflowExecutionError, id string) error {
	var application *temporal.ApplicationError
	if errors.As(failed, &application) {
		return &failure{code: ExitRefused, what: "the payload was not stored, and nothing is rolled out: " + application.Message(),
			next: "mend what it says, and repeat the command with --id " + id, err: failed}
	}
	return unreachable("the payload was not stored, and nothing is rolled out: "+failed.Error(), "look at the run in the Temporal UI", failed)
}

// completePolicy completes from the rules of the policy directory, where one is
// at hand.
func (p *program) completePolicy(names func(*policy.Rules, policy.Rollout) []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var all []string
		if p.options.policy != "" {
			if loaded, _, err := policy.Load(p.options.policy); err == nil {
				for _, of := range loaded.Rollouts() {
					all = append(all, names(loaded, of)...)
				}
			}
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	}
}
