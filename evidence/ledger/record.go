// Package ledger says what a record is and which rules hold between records: the
// canonical form, one record per key, gapless numbers, nothing after the end, and
// how each day ended. It holds no file, clock or network, so that whoever writes
// the log and whoever verifies it elsewhere share every rule.
package ledger

import (
	"encoding/json"
	"time"
)

// Event is what a caller wants on record. The log adds the number, the time of
// recording and the place. JSON names are frozen: events travel in histories.
type Event struct {
	// Key is the event key: one record per key, for ever (E3). It is a series
	// number, a logical step and a sequence, such as "CHG-7/v1/decided/3", or
	// before a number exists the workflow id and first run id with a step.
	Key  string `json:"key"`
	Type string `json:"type"` // e.g. "change.decided"
	// Schema is the version of the facts of this type, from 1.
	Schema int `json:"schema"`
	// Subject is the workflow id the event is about.
	Subject string `json:"subject"`
	// Series asks for a number ("CHG") to be allocated for the subject inside
	// the append. A subject that has one already keeps it. Empty otherwise.
	Series string `json:"series,omitempty"`
	// Number is the subject's number where the caller knows it. Within one
	// append, an event without number and series takes the number of the event
	// before it.
	Number string `json:"number,omitempty"`
	// State is the subject's state after this event; Final says that no other follows.
	// Both empty leave the subject's standing in the index as it is.
	State      string          `json:"state,omitempty"`
	Final      bool            `json:"final,omitempty"`
	WorkflowID string          `json:"workflow_id,omitempty"`
	RunID      string          `json:"run_id,omitempty"`
	At         time.Time       `json:"at"` // when it happened, UTC
	Actor      *Actor          `json:"actor,omitempty"`
	Rules      *Rules          `json:"rules,omitempty"`
	ZoneHash   string          `json:"zone_hash,omitempty"`
	Controls   []string        `json:"controls,omitempty"` // "SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CM-3"
	Blobs      []BlobRef       `json:"blobs,omitempty"`
	Facts      json.RawMessage `json:"facts,omitempty"`
	// Late marks the record of an act that did not wait for the log (G3).
	Late bool `json:"late,omitempty"`
}

// Actor is who acted, without personal data: the person's opaque id, the
// account used, and the digest of the snapshot blob that says who that was
// then. The snapshot holds a salt, so its digest reveals nothing.
type Actor struct {
	Person   string  `json:"person,omitempty"`
	Account  Account `json:"account,omitzero"`
	Snapshot string  `json:"snapshot,omitempty"` // blob digest
}

// Account is an identity at one provider.
type Account struct {
	Provider string `json:"provider"`
	ID       string `json:"id"`
}

// Rules names the rules and the directory an event was decided under.
type Rules struct {
	Version   string `json:"version,omitempty"`
	Hash      string `json:"hash,omitempty"`
	Directory string `json:"directory,omitempty"`
}

// BlobRef points to a content-addressed blob. Digest is "sha256:" and 64 hex digits.
type BlobRef struct {
	Role   string `json:"role"` // e.g. "content", "actor", "reason", "rules"
	Digest string `json:"digest"`
}

// Record is the envelope as it stands in the log: an Event, completed. Its
// canonical JSON (RFC 8785) is the log entry.
type Record struct {
	Event
	// Recorded is when the log accepted it, UTC; it is never before the record
	// before it.
	Recorded time.Time `json:"recorded"`
	// Seq says which record about its subject this is, from 1, so that one that is
	// missing among those of a subject shows without the rest of the log. Zero in
	// records of logs from before they were counted.
	Seq int `json:"seq,omitempty"`
}

// Receipt tells where an event stands. Existing is set when the key was on
// record before this call; the receipt is then the first one's.
type Receipt struct {
	Index    uint64 `json:"index"`
	Number   string `json:"number,omitempty"`
	Hash     string `json:"hash"` // RFC 6962 leaf hash of the entry, hex
	Existing bool   `json:"existing,omitempty"`
}

// Standing is what the index knows about a subject.
type Standing struct {
	Subject string    `json:"subject"`
	Number  string    `json:"number"`
	State   string    `json:"state"`
	Final   bool      `json:"final"`
	Index   uint64    `json:"index"` // of the record that set State
	At      time.Time `json:"at"`
	Records int       `json:"records"`
}
