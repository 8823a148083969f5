// Package timeline tells what is on record in plain words, for people who read
// evidence: on the command line, in the sandbox, on a console. It holds, for
// every process, how each type of event is told, so that a record reads the
// same wherever it is shown. The record itself stays what counts: every line
// carries its place and its hash, and a type that nobody told about is shown as
// it stands in the log.
//
// It tells what records hold and nothing else: it reads no clock, no policy and
// no engine, and texts out of records are other people's, to be escaped by
// whoever shows them.
package timeline

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

// Line is one record.
type Line struct {
	Index uint64
	Hash  string    // RFC 6962 leaf hash, hex
	At    time.Time // when it happened, UTC
	Kind  string    // e.g. "decided"
	Who   string    // the person who acted; empty when nobody did
	Text  string    // one or two sentences
	// Details are further facts, a line each.
	Details []string
	// State is what the subject became, empty when the record moved nothing.
	State string
	Final bool
	// Refused marks an act that the rules refused, or that came too late.
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
		Index: e.Index, Hash: e.Hash, At: r.At, State: words(r.State), Final: r.Final,
		Kind: kind(r.Type), Controls: r.Controls, Blobs: r.Blobs,
		Refused: strings.HasSuffix(r.Type, ".refused") || strings.HasSuffix(r.Type, ".late"),
	}
	if l.At.IsZero() {
		l.At = r.Recorded
	}
	if r.Actor != nil {
		l.Who = t.actor(*r.Actor)
	}
	l.Text, l.Details = t.tell(r)
	if r.Late {
		l.Details = append(l.Details, "recorded late: the act did not wait for the log")
	}
	return l
}

// kind reads a type of event: "change.not_submitted" is "not submitted". What
// stands in the timeline of something else keeps its name: an alert's records in
// an incident's, a refusal at the door wherever.
func kind(eventType string) string {
	family, rest, found := strings.Cut(eventType, ".")
	switch {
	case !found:
		return words(eventType)
	case family == "alert", family == "door", family == "day":
		return family + " " + words(rest)
	}
	return words(rest)
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
