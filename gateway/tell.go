package gateway

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
)

// tell makes a fact durable in the history of a running process. False when there is
// none, or it is over.
func tell(ctx context.Context, engine client.Client, id, signal string, fact any) (bool, error) {
	err := engine.SignalWorkflow(ctx, id, "", signal, fact)
	switch {
	case err == nil:
		return true, nil
	case isOver(err):
		return false, nil
	}
	return false, undelivered(err)
}

// undelivered classes an error of the engine. Starting and signalling are safe
// to repeat, so an unknown outcome is as good as none.
func undelivered(err error) error {
	class, detail := compliance.Unavailable, "the process engine did not take it in time"
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		class, detail = compliance.Invalid, "the process engine refused it: "+invalid.Message
	}
	return &compliance.Failure{Class: class, Op: "deliver ticket event", Detail: detail, Err: err}
}

// isOver reports that the process has ended or never was: the server answers
// NotFound for an unknown id, a closed run, and an update aborted by closing.
func isOver(err error) bool {
	var none *serviceerror.NotFound
	return errors.As(err, &none)
}
