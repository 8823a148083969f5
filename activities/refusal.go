package activities

import (
	"context"
	"encoding/json"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/evidence"
)

// RecordRefusal records an act that was turned away before any process saw it
// (E15), with the person behind the account as of now. It moves no subject. A
// crash after the append and before the answer repeats it: the same key gives
// the same receipt.
func (e *Evidence) RecordRefusal(ctx context.Context, in door.Refusal) (evidence.Receipt, error) {
	dir, err := People{e.Source}.directory(ctx)
	if err != nil {
		return evidence.Receipt{}, translate(err)
	}
	var person compliance.Person
	if in.Whole() {
		person, _ = theOne(dir, in.Actor)
	}
	who, err := actor(ctx, e.Blobs, person, in.Actor)
	if err != nil {
		return evidence.Receipt{}, translate(err)
	}
	facts, err := json.Marshal(in.Facts)
	if err != nil {
		return evidence.Receipt{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "encode a refusal", Err: err})
	}
	receipts, err := e.Log.Append(ctx, []evidence.Event{{
		Key: in.Key, Type: door.EventRefused, Schema: 1, Subject: in.Subject, At: in.Facts.Received.UTC(),
		Actor: who, Controls: door.Controls(), Facts: facts, Late: true,
	}})
	if err != nil {
		return evidence.Receipt{}, translate(recordFailure(err))
	}
	done(ctx, "refusal on record", "reason", in.Facts.Reason, "index", receipts[0].Index)
	return receipts[0], nil
}
