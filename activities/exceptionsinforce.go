package activities

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/evidence"
)

// ExceptionsInput asks which exceptions excuse controls of a system.
type ExceptionsInput struct {
	System      string   `json:"system"`
	Environment string   `json:"environment"`
	Controls    []string `json:"controls,omitempty"` // such as "gate/test-evidence"; every one when empty
	// At is the instant that the answer is for.
	At time.Time `json:"at"`
}

// ExceptionsInForce reads from the record which exceptions excuse controls of a
// system at an instant. It asks no run: what ended an exception is on record
// before it is acted upon, and what time ends is compared with the clock here, so
// a run that sleeps, hangs or was ended by an operator lets nothing past (A18).
// Those for one change only are among them: the caller asks Covers.
func (j *Judgement) ExceptionsInForce(ctx context.Context, in ExceptionsInput) ([]exception.Waiver, error) {
	standings, err := j.Log.Standings(ctx, exception.Series)
	if err != nil {
		return nil, translate(recordFailure(err))
	}
	out := []exception.Waiver{}
	for _, st := range standings {
		if st.Final || st.State != string(exception.InForce) {
			continue
		}
		e, found, err := exceptionOnRecord(ctx, j.Log, st.Subject)
		if err != nil {
			return nil, translate(err)
		}
		w, counts := e.Waiver(in.At)
		if !found || !counts || w.System != in.System || w.Environment != "" && in.Environment != "" && w.Environment != in.Environment {
			continue
		}
		if len(in.Controls) == 0 || slices.Contains(in.Controls, w.Control) {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b exception.Waiver) int {
		if n := a.Until.Compare(b.Until); n != 0 {
			return -n // the one that lasts longest first
		}
		return strings.Compare(a.Number, b.Number)
	})
	return out, nil
}

// exceptionOnRecord is an exception as the last record that moved it left it;
// false when there is none.
func exceptionOnRecord(ctx context.Context, log EvidenceLog, subject string) (exception.Exception, bool, error) {
	entries, err := log.Records(ctx, subject)
	if errors.Is(err, evidence.ErrNotFound) {
		return exception.Exception{}, false, nil
	}
	if err != nil {
		return exception.Exception{}, false, recordFailure(err)
	}
	for _, e := range slices.Backward(entries) {
		if !exception.Moves(e.Record.Type) {
			continue
		}
		after, err := exceptionAfter(e)
		if err != nil {
			return exception.Exception{}, false, err
		}
		if after != nil {
			return *after, true, nil
		}
	}
	return exception.Exception{}, false, nil
}

// exceptionAfter is the exception as a record left it; nil when it moved nothing.
// The number is that of the record: the first one is made before there is one.
func exceptionAfter(e evidence.Entry) (*exception.Exception, error) {
	facts, err := recall[struct {
		After *exception.Exception `json:"after"`
	}](e)
	if err != nil || facts.After == nil {
		return nil, err
	}
	facts.After.Number = e.Record.Number
	return facts.After, nil
}
