// Package timeline tells what is on record about a change in plain words, for
// people who read evidence in the sandbox. The record itself stays what counts:
// every line carries its place and its hash.
package timeline

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/evidence"
)

// Line is one record.
type Line struct {
	Index uint64
	Hash  string    // RFC 6962 leaf hash, hex
	At    time.Time // when it happened, UTC
	Kind  string    // e.g. "decided"
	Who   string    // the person who acted; empty when nobody did
	Text  string    // one sentence
	// Details are further facts, a line each.
	Details []string
	// State is what the change became, empty when the record moved nothing.
	State string
	Final bool
	// Refused marks an act that the rules refused.
	Refused  bool
	Controls []string
	Blobs    []evidence.BlobRef
}

// People gives the name of a person, and the id back when it knows none.
type People func(compliance.PersonID) string

// Of tells the records of one subject, in the order given. When is how to
// write an instant inside a sentence.
func Of(entries []evidence.Entry, people People, when func(time.Time) string) []Line {
	t := teller{people, when}
	lines := make([]Line, 0, len(entries))
	for _, e := range entries {
		lines = append(lines, t.line(e))
	}
	return lines
}

type teller struct {
	people People
	when   func(time.Time) string
}

func (t teller) line(e evidence.Entry) Line {
	r := e.Record
	l := Line{
		Index: e.Index, Hash: e.Hash, At: r.At, State: strings.ReplaceAll(r.State, "_", " "), Final: r.Final,
		Kind: words(strings.TrimPrefix(r.Type, "change.")), Controls: r.Controls, Blobs: r.Blobs,
		Refused: r.Type == change.EventRefused || r.Type == change.EventLate || r.Type == door.EventRefused,
	}
	if l.At.IsZero() {
		l.At = r.Recorded
	}
	if r.Actor != nil {
		l.Who = t.actor(*r.Actor)
	}
	l.Text, l.Details = t.tell(e.Record)
	if r.Late {
		l.Details = append(l.Details, "recorded late: the act did not wait for the log")
	}
	return l
}

func (t teller) actor(a evidence.Actor) string {
	if a.Person != "" {
		return t.people(compliance.PersonID(a.Person))
	}
	return "account " + a.Account.Provider + ":" + a.Account.ID
}

func (t teller) names(ids []compliance.PersonID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = t.people(id)
	}
	return strings.Join(names, ", ")
}

// words reads an identifier: "not_submitted" is "not submitted".
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// short is the beginning of a digest, enough to compare by eye.
func short(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(len(digest), 12)]
}
