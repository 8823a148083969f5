package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/ledger"
)

// Exit codes. They are documented in docs/operate/evidence.md and frozen: scripts
// decide by them. They are those of starter.
const (
	exitVerified    = 0 // everything in the bundle is proven
	exitUsage       = 2 // the command line is wrong, or there is nothing to verify
	exitInterrupted = 3 // it was interrupted, or the disk could not be read
	exitUnverified  = 4 // the bundle does not verify
)

const usage = `verify [--key KEYFILE|KEY] [--anchor FILE]... [--manifest DIGEST] [--output text|json] BUNDLE.zip|DIRECTORY

Checks a bundle of evidence offline: the signature of its checkpoint, the inclusion
of every record, consistency from every anchored checkpoint, every blob and file,
gapless numbers, the end of every day, and the control totals.

  --key       the log's public key as it was given to you: the file, or the key itself.
              Without it the key in the bundle is taken, which proves less.
  --anchor    a checkpoint that was kept elsewhere; may be repeated
  --manifest  the digest of the manifest, from the record of the export
  --output    text or json

Exit codes: 0 verified, 2 nothing to verify or a wrong command line, 3 interrupted
or not readable, 4 the bundle does not verify.
`

// list is a flag that may be repeated.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

// run is the program as a value that tests can run.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	in, output, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitVerified
	case err != nil:
		fmt.Fprintf(stderr, "verify: %s\n  next: verify --help\n", visible(err.Error()))
		return exitUsage
	}
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		in.Progress = func(done, total uint64) {
			fmt.Fprintf(stderr, "\r\x1b[K")
			if done < total {
				fmt.Fprintf(stderr, "verified %d of %d records", done, total)
			}
		}
	}
	report, err := bundle.Verify(ctx, in)
	switch {
	case errors.Is(err, ledger.ErrVerification), err == nil:
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(stderr, "verify: interrupted; nothing is known about the bundle\n  next: run it again\n")
		return exitInterrupted
	case errors.Is(err, os.ErrPermission):
		fmt.Fprintf(stderr, "verify: %s\n  next: make it readable\n", visible(err.Error()))
		return exitInterrupted
	default:
		fmt.Fprintf(stderr, "verify: %s\n  next: give the path of a bundle, and --key the log's public key\n", visible(strings.TrimPrefix(err.Error(), "evidence: ")))
		return exitUsage
	}
	if output == "json" {
		raw, err := json.MarshalIndent(report, "", "  ")
		if err != nil {
			fmt.Fprintf(stderr, "verify: %s\n", err)
			return exitInterrupted
		}
		fmt.Fprintf(stdout, "%s\n", raw)
	} else {
		write(stdout, report)
	}
	if !report.Verified {
		return exitUnverified
	}
	return exitVerified
}

// parse reads the command line; flags may stand before and after the bundle.
func parse(args []string) (in bundle.Input, output string, err error) {
	var key string
	var anchors list
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&key, "key", "", "")
	flags.Var(&anchors, "anchor", "")
	flags.StringVar(&in.Manifest, "manifest", "", "")
	flags.StringVar(&output, "output", "text", "")
	var paths []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			return in, output, err
		}
		if flags.NArg() == 0 {
			break
		}
		paths, rest = append(paths, flags.Arg(0)), flags.Args()[1:]
	}
	switch {
	case len(paths) != 1:
		return in, output, fmt.Errorf("it takes one bundle, not %d", len(paths))
	case output != "text" && output != "json":
		return in, output, fmt.Errorf("--output is text or json, not %q", output)
	}
	in.Path = paths[0]
	if in.Key, err = keyOf(key); err != nil {
		return in, output, err
	}
	for _, name := range anchors {
		raw, err := small(name)
		if err != nil {
			return in, output, fmt.Errorf("the anchor cannot be read: %w", err)
		}
		in.Anchors = append(in.Anchors, bundle.Anchor{Name: name, Raw: raw})
	}
	return in, output, nil
}

// keyOf takes a key, or the file it is in.
func keyOf(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	if _, err := ledger.ParseKey(given, "--key"); err == nil {
		return given, nil
	}
	raw, err := small(given)
	if errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("--key is neither a public key (<origin>+<hash>+<key>) nor a file: %w", err)
	}
	if err != nil {
		return "", fmt.Errorf("the public key cannot be read: %w", err)
	}
	_, err = ledger.ParseKey(string(raw), given)
	return strings.TrimSpace(string(raw)), err
}

// small reads a file of at most 64 KiB: no key or checkpoint is larger.
func small(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return io.ReadAll(io.LimitReader(f, 64<<10))
}
