package activities

import (
	"encoding/json"
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

// encoded is facts as JSON: plain structs, whose encoding cannot fail.
func encoded(facts any) json.RawMessage {
	b, err := json.Marshal(facts)
	if err != nil {
		panic(fmt.Sprintf("facts %T cannot be encoded: %v", facts, err))
	}
	return b
}

// recall reads the facts of a record.
func recall[F any](e evidence.Entry) (facts F, err error) {
	if err := json.Unmarshal(e.Record.Facts, &facts); err != nil {
		return facts, &compliance.Failure{Class: compliance.Invalid, Op: "read the record of " + e.Record.Key, Err: err}
	}
	return facts, nil
}
