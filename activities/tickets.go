package activities

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// TicketTracker is what the tickets capability needs of a tracker. Every error
// is a *compliance.Failure. The implementation does not retry.
type TicketTracker interface {
	// Read returns the ticket as it is now, found by id, or by key when the id is empty.
	Read(ctx context.Context, ref compliance.TicketRef) (compliance.Ticket, error)
	// ReadKind does the same for a ticket of the given kind, by that kind's names.
	// Gone may also mean that our account may not see it.
	ReadKind(ctx context.Context, kind compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error)
	// Open creates a ticket once per key: with repeat it looks for the first one before it creates.
	Open(ctx context.Context, t compliance.NewTicket, repeat bool) (compliance.TicketRef, error)
	// Apply writes one step once per key: with repeat it looks for the comment first.
	// A status that is already reached is no error.
	Apply(ctx context.Context, s compliance.TicketStep, people map[compliance.PersonID]compliance.Person, repeat bool) error
}

// Blobs keeps bytes under the digest of their content, for ever and safely for
// several processes; putting the same bytes again is harmless.
type Blobs interface {
	Put(ctx context.Context, data []byte) (digest string, err error)
}

// Tickets is the capability to read and write tickets.
type Tickets struct {
	Tracker TicketTracker
	Blobs   Blobs
	People  People
	// Provider is the directory's name for accounts at this tracker.
	Provider string
	Now      func() time.Time
}

// ReadChangeTicketInput names the ticket; by key alone when the id is not known yet.
type ReadChangeTicketInput struct {
	Ref compliance.TicketRef `json:"ref"`
}

// ChangeReading is a ticket read as a change: its content by reference, and
// what is missing in it.
type ChangeReading struct {
	Ref      compliance.TicketRef `json:"ref"`
	Status   string               `json:"status"`
	Revision string               `json:"revision,omitempty"`
	Link     string               `json:"link,omitempty"`
	Snapshot change.Snapshot      `json:"snapshot"`
	Problems []change.Problem     `json:"problems,omitempty"`
}

// ReadChangeTicket reads a ticket and stores its whole content as a blob, so
// that histories and records carry only its digest. A crash after the blob is
// stored leaves an unreferenced blob, which the next attempt stores again.
func (t *Tickets) ReadChangeTicket(ctx context.Context, in ReadChangeTicketInput) (ChangeReading, error) {
	ticket, err := t.Tracker.Read(ctx, in.Ref)
	if err != nil {
		return ChangeReading{}, translate(err)
	}
	content, problems := change.Parse(ticket)
	problems = append(problems, change.Check(content, t.Now())...)
	snap, err := change.Snap(content, ticket.Requester)
	if err != nil {
		return ChangeReading{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "fingerprint content of " + ticket.Ref.Key, Err: err})
	}
	snap.Creator, snap.Own = ticket.Creator, ticket.Own
	whole, err := json.Marshal(content)
	if err != nil {
		return ChangeReading{}, translate(&compliance.Failure{Class: compliance.Invalid, Op: "encode content of " + ticket.Ref.Key, Err: err})
	}
	if snap.Blob, err = t.Blobs.Put(ctx, whole); err != nil {
		return ChangeReading{}, translate(&compliance.Failure{Class: compliance.Unavailable, Op: "store content of " + ticket.Ref.Key, Err: err})
	}
	return ChangeReading{
		Ref: ticket.Ref, Status: ticket.Status, Revision: ticket.Revision, Link: ticket.Link,
		Snapshot: snap, Problems: problems,
	}, nil
}

// OpenTicketInput asks for a ticket; Repeat is set when an earlier step may have opened it.
type OpenTicketInput struct {
	Ticket compliance.NewTicket `json:"ticket"`
	// Actor is who asks for a change, with any account of theirs.
	Actor  compliance.Account `json:"actor"`
	Repeat bool               `json:"repeat,omitempty"`
	// Requester and Assignee are people of the directory, for every kind but a
	// change; either may be nobody.
	Requester compliance.PersonID `json:"requester,omitempty"`
	Assignee  compliance.PersonID `json:"assignee,omitempty"`
}

// OpenedTicket names the ticket that exists now.
type OpenedTicket struct {
	Ref compliance.TicketRef `json:"ref"`
	// Link is where people open it; empty when the tracker did not say.
	Link string `json:"link,omitempty"`
	// Unassigned is set when somebody should have been assigned and nobody is.
	Unassigned bool `json:"unassigned,omitempty"`
}

// OpenTicket opens a ticket, once per key. A change is opened in the name of
// the actor, and everybody in it must have an account at the tracker. Of other
// kinds nobody need have one: see addressed.
func (t *Tickets) OpenTicket(ctx context.Context, in OpenTicketInput) (OpenedTicket, error) {
	if in.Ticket.Kind != compliance.TicketChange {
		return t.openKind(ctx, in)
	}
	nt := in.Ticket
	var err error
	if nt.Requester, err = t.People.AccountAt(ctx, in.Actor, t.Provider); err != nil {
		return OpenedTicket{}, translate(err)
	}
	nt.Fields = maps.Clone(nt.Fields)
	for _, name := range change.PeopleFields() {
		account, ok := change.ParseAccount(nt.Fields[name])
		if !ok {
			continue // missing or malformed: the ticket says so when it is submitted
		}
		if account, err = t.People.AccountAt(ctx, account, t.Provider); err != nil {
			return OpenedTicket{}, translate(err)
		}
		nt.Fields[name] = account.Provider + ":" + account.ID
	}
	ref, err := t.Tracker.Open(ctx, nt, repeated(ctx, in.Repeat))
	if err != nil {
		return OpenedTicket{}, translate(err)
	}
	done(ctx, "ticket opened", "ticket", ref.Key)
	opened := OpenedTicket{Ref: ref}
	if t, err := t.Tracker.Read(ctx, ref); err == nil { // only the link is wanted: the ticket exists
		opened.Link = t.Link
	}
	return opened, nil
}

// AdvanceTicketInput is one step of the mirror.
type AdvanceTicketInput struct {
	Step   compliance.TicketStep `json:"step"`
	Repeat bool                  `json:"repeat,omitempty"`
}

// AdvanceTicket writes one comment and one status, once per key.
func (t *Tickets) AdvanceTicket(ctx context.Context, in AdvanceTicketInput) (Done, error) {
	people, err := t.People.Named(ctx, mentioned(in.Step.Comment))
	if err != nil {
		return Done{}, translate(err)
	}
	if err := t.Tracker.Apply(ctx, in.Step, people, repeated(ctx, in.Repeat)); err != nil {
		return Done{}, translate(err)
	}
	done(ctx, "ticket advanced", "step", in.Step.Key, "status", in.Step.Status)
	return Done{}, nil
}

// Done is the result of an activity that has nothing to say but that it is done.
type Done struct{}

// mentioned lists the people named in facts, each once, in order.
func mentioned(facts ...[]compliance.Fact) []compliance.PersonID {
	var ids []compliance.PersonID
	seen := map[compliance.PersonID]bool{}
	for _, group := range facts {
		for _, f := range group {
			for _, p := range append(slices.Clone(f.People), f.For) {
				if p != "" && !seen[p] {
					seen[p] = true
					ids = append(ids, p)
				}
			}
		}
	}
	return ids
}
