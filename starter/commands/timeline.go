package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/timeline"
)

// snapshots finds people's names as of then in the blobs that records refer
// to. A blob may have been erased; then the opaque id stays.
type snapshots struct {
	ctx   context.Context
	blobs *evidence.Blobs
	known map[string]string // digest → name
}

// name is the name in a snapshot, empty when there is none to be had. The
// person stands at the top of the snapshot or under "person".
func (s snapshots) name(digest string) string {
	if digest == "" || s.blobs == nil {
		return ""
	}
	if name, ok := s.known[digest]; ok {
		return name
	}
	var snapshot struct {
		Name   string `json:"name"`
		Person struct {
			Name string `json:"name"`
		} `json:"person"`
	}
	content, err := s.blobs.Get(s.ctx, digest)
	if err == nil {
		// A snapshot of another shape has no name to show; verify checks blobs.
		_ = json.Unmarshal(content, &snapshot)
	}
	name := or(snapshot.Name, snapshot.Person.Name)
	s.known[digest] = name
	return name
}

// writeEntry renders one record: a line that tells it, and its details below.
func (p *program) writeEntry(w io.Writer, r evidence.Record, told timeline.Line, people snapshots) {
	ink := p.ink(w)
	parts := []string{ink.dim(p.exactly(told.At)), ink.bold(line(told.Kind))}
	if r.Actor != nil {
		parts = append(parts, "by "+actorName(r.Actor, people, p.people()))
	}
	if r.Late && len(told.Details) == 0 { // else its details say so
		parts = append(parts, ink.warn("recorded late"))
	}
	if told.State != "" {
		state := "→ " + line(told.State)
		if told.Final {
			state += " (final)"
		}
		parts = append(parts, state)
	}
	if told.Text != "" {
		parts = append(parts, line(told.Text))
	}
	parts = append(parts, ink.dim(fmt.Sprintf("#%d %s", told.Index, compliance.ShortDigest(told.Hash))))
	fmt.Fprintln(w, strings.Join(parts, "  "))
	for _, detail := range told.Details {
		fmt.Fprintf(w, "    %s\n", line(detail))
	}
}

// actorName prefers the name as of then over today's, and today's over the id.
func actorName(a *evidence.Actor, people snapshots, today *names) string {
	account := visible(a.Account.Provider + ":" + a.Account.ID)
	name := people.name(a.Snapshot)
	switch {
	case name != "" && a.Person != "":
		return line(name) + " (" + visible(a.Person) + ")"
	case name != "":
		return line(name)
	case a.Person != "":
		return today.of(compliance.PersonID(a.Person))
	case a.Account != (evidence.Account{}):
		return account
	default:
		return "nobody"
	}
}
