// Package export writes bundles: selected records of a log with everything by
// which an auditor verifies them elsewhere. Package bundle says their form.
package export

import (
	"time"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/bundle"
	"github.com/lowcodex/countersign/evidence/ledger"
)

// Input says what to export, for whom, and how records are told to people. The
// same input over the same log gives the same bytes.
type Input struct {
	Selection bundle.Selection
	By        evidence.Actor
	Created   time.Time
	// Given and Found are checkpoints that were kept elsewhere, read before Write
	// is called. All of those given are in the bundle, and of those found as many as
	// it holds. One that the log does not extend is an error.
	Given, Found [][]byte
	// Tell puts a record into words for the report.
	Tell func(evidence.Entry) Line
	// Scratch is a folder for what does not fit into memory; it is on the disk of
	// the bundle. Nothing is left there.
	Scratch string
	// Progress, if set, is told how many records are done.
	Progress func(done, total uint64)
}

// Line is one record in words.
type Line struct {
	At       time.Time
	Kind     string
	Who      string
	Text     string
	Details  []string
	State    string
	Final    bool
	Refused  bool // by the rules
	Override bool // of a rule, by somebody who may
}

// Result is what was written.
type Result struct {
	Manifest bundle.Manifest
	Digest   string // of the manifest
	// Findings are gaps in numbers. Anything else that does not verify is an error.
	Findings []ledger.Finding
}
