package commands

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"go.temporal.io/api/serviceerror"
)

// Exit codes. They are documented in docs/operate/commands.md and frozen:
// scripts decide by them.
const (
	ExitOK          = 0 // done; for an act: recorded, or durable with its outcome to follow
	ExitRefused     = 1 // refused: an act by the rules, on record; a submission by the tracker or the rules; a checkup found something to mend
	ExitUsage       = 2 // the command line or a file is wrong; nothing was sent
	ExitUnreachable = 3 // something could not be reached, was not in time, or was interrupted; try again
	ExitUnverified  = 4 // the evidence, or a part of it, does not verify
	ExitDiffers     = 5 // two policies differ, or what they make of recorded changes
)

// failure is an error for the person at the command line: what is wrong, and
// what to do about it.
type failure struct {
	code int
	what string
	next string
	err  error
}

func (f *failure) Error() string { return f.what }
func (f *failure) Unwrap() error { return f.err }

func usage(what, next string) *failure {
	return &failure{code: ExitUsage, what: what, next: next}
}

func unreachable(what, next string, err error) *failure {
	return &failure{code: ExitUnreachable, what: what, next: next, err: err}
}

// explain turns any error into a failure. Errors that are not failures yet
// come from the engine's client or the operating system.
func explain(ctx context.Context, err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var (
		unavailable *serviceerror.Unavailable
		namespace   *serviceerror.NamespaceNotFound
		denied      *serviceerror.PermissionDenied
		deadline    *serviceerror.DeadlineExceeded
		canceled    *serviceerror.Canceled
		argument    *serviceerror.InvalidArgument
		other       serviceerror.ServiceError
	)
	const address = "check TEMPORAL_ADDRESS (or --address) and that the server is running"
	switch {
	case ctx.Err() != nil, errors.Is(err, context.Canceled), errors.As(err, &canceled):
		return unreachable("interrupted", "what was sent before stays sent; look with show, or repeat the command with the id that it printed", err)
	case errors.As(err, &namespace):
		return unreachable(err.Error(), "check TEMPORAL_NAMESPACE (or --namespace)", err)
	case errors.As(err, &denied):
		return unreachable("the server refuses the request: "+err.Error(), "check TEMPORAL_API_KEY or the client certificate", err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &deadline):
		return unreachable("the server did not answer in time", address+", or give it longer with --timeout", err)
	case errors.As(err, &unavailable):
		return unreachable("the server cannot be reached: "+err.Error(), address, err)
	case errors.As(err, &argument): // our requests are well-formed, so the namespace is not
		return unreachable("the server cannot answer: "+err.Error(),
			"the namespace may lack Countersign's search attributes; a worker adds them when it starts", err)
	case errors.As(err, &other):
		return unreachable("the server cannot answer: "+err.Error(), "repeat the command; starter --verbose shows more", err)
	}
	// cobra's own complaints about arguments arrive untyped; everything of
	// ours that reaches this line without a class is a request as it stands
	// that cannot be carried out.
	return usage(err.Error(), "see starter --help")
}

// complain prints a failure.
func (p *program) complain(f *failure) {
	if f.what == "" { // the result has said it already
		return
	}
	ink := p.ink(p.notes)
	fmt.Fprintf(p.notes, "%s %s\n", ink.bad("starter:"), visible(f.what))
	if f.next != "" {
		fmt.Fprintf(p.notes, "  next: %s\n", visible(f.next))
	}
}

func quote(s string) string { return strconv.Quote(s) }
