package evidence

import "github.com/lowcodex/countersign/evidence/ledger"

// What a record is, and the rules between records, is told apart from the log that
// is written by them, so that a small program can verify without the log. Whoever
// records or reads knows them by these names.
type (
	Event        = ledger.Event
	Actor        = ledger.Actor
	Account      = ledger.Account
	Rules        = ledger.Rules
	BlobRef      = ledger.BlobRef
	Record       = ledger.Record
	Receipt      = ledger.Receipt
	Standing     = ledger.Standing
	Report       = ledger.Report
	SeriesReport = ledger.SeriesReport
	AnchorReport = ledger.AnchorReport
	Check        = ledger.Check
	Finding      = ledger.Finding
	DayFacts     = ledger.DayFacts

	checkpoint = ledger.Checkpoint
)

// Limits; see package ledger.
const (
	MaxRecord   = ledger.MaxRecord
	MaxEvents   = ledger.MaxEvents
	MaxBlob     = ledger.MaxBlob
	MaxFindings = ledger.MaxFindings
)

// SplitNumber takes a number such as "CHG-7" apart; see package ledger.
func SplitNumber(number string) (series string, n uint64, ok bool) { return ledger.SplitNumber(number) }

// EventDay says how a day ended; see package ledger.
const EventDay = ledger.EventDay

// What a finding can be about; see package ledger.
const (
	CheckCheckpoint = ledger.CheckCheckpoint
	CheckEntries    = ledger.CheckEntries
	CheckLeaf       = ledger.CheckLeaf
	CheckTile       = ledger.CheckTile
	CheckRecord     = ledger.CheckRecord
	CheckKey        = ledger.CheckKey
	CheckNumber     = ledger.CheckNumber
	CheckFinal      = ledger.CheckFinal
	CheckSequence   = ledger.CheckSequence
	CheckDay        = ledger.CheckDay
	CheckBlob       = ledger.CheckBlob
	CheckAnchor     = ledger.CheckAnchor
	CheckIndex      = ledger.CheckIndex
)
