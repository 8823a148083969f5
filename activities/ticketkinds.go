package activities

import (
	"context"
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// openKind opens a ticket that is no change.
func (t *Tickets) openKind(ctx context.Context, in OpenTicketInput) (OpenedTicket, error) {
	nt, err := t.addressed(ctx, in)
	if err != nil {
		return OpenedTicket{}, translate(err)
	}
	ref, err := t.Tracker.Open(ctx, nt, repeated(ctx, in.Repeat))
	if err != nil {
		return OpenedTicket{}, translate(err)
	}
	done(ctx, "ticket opened", "ticket", ref.Key, "kind", nt.Kind)
	opened := OpenedTicket{Ref: ref, Unassigned: in.Assignee != "" && nt.Assignee.IsZero()}
	// The ticket exists: what is asked now only tells people more about it.
	if now, err := t.Tracker.ReadKind(ctx, nt.Kind, ref); err == nil {
		opened.Link = now.Link
		opened.Unassigned = in.Assignee != "" && now.Assignee.IsZero()
	}
	return opened, nil
}

// addressed puts the tracker's accounts of people into a ticket. Somebody
// without one is named in its text instead: whoever opens it may be at work on
// an incident, and a gap in the directory must not stand in their way.
func (t *Tickets) addressed(ctx context.Context, in OpenTicketInput) (compliance.NewTicket, error) {
	nt := in.Ticket
	var lines []string
	for _, who := range []struct {
		person  compliance.PersonID
		account *compliance.Account
		missing string
	}{
		{in.Requester, &nt.Requester, "Requested by %s, who has no account here."},
		{in.Assignee, &nt.Assignee, "Not assigned: %s has no account here. Please assign it by hand."},
	} {
		*who.account = compliance.Account{}
		if who.person == "" {
			continue
		}
		account, name, err := t.People.AccountOf(ctx, who.person, t.Provider)
		if err != nil {
			return nt, err
		}
		if *who.account = account; account.IsZero() {
			lines = append(lines, fmt.Sprintf(who.missing, name))
		}
	}
	if len(lines) > 0 {
		nt.Text = strings.TrimRight(strings.Join(lines, "\n")+"\n\n"+nt.Text, "\n")
	}
	return nt, nil
}

// ReadTicketInput names a ticket and what to read it as.
type ReadTicketInput struct {
	Ref  compliance.TicketRef  `json:"ref"`
	Kind compliance.TicketKind `json:"kind,omitempty"`
}

// TicketReading is where a ticket stands now. What people wrote in it stays in
// the tracker.
type TicketReading struct {
	Ref      compliance.TicketRef  `json:"ref"`
	Kind     compliance.TicketKind `json:"kind,omitempty"`
	Status   string                `json:"status,omitempty"`
	Revision string                `json:"revision,omitempty"`
	Link     string                `json:"link,omitempty"`
	Due      string                `json:"due,omitempty"` // 2006-01-02
	// Resolution and ResolvedAs are as in compliance.Ticket: only "done" is done.
	Resolution string `json:"resolution,omitempty"`
	ResolvedAs string `json:"resolved_as,omitempty"`
	// Assignee is the account it is assigned to, Person whose that is; empty when
	// it is nobody's of the directory, or of several.
	Assignee compliance.Account  `json:"assignee,omitzero"`
	Person   compliance.PersonID `json:"person,omitempty"`
	// Gone is set, and nothing else but Ref and Kind, when the tracker shows no
	// such ticket. It was deleted if a TicketEvent said so; else our account may
	// only have lost the permission to see it.
	Gone bool `json:"gone,omitempty"`
}

// ReadTicket reads where a ticket stands. A ticket that is gone is an answer
// and no error.
func (t *Tickets) ReadTicket(ctx context.Context, in ReadTicketInput) (TicketReading, error) {
	now, err := t.Tracker.ReadKind(ctx, in.Kind, in.Ref)
	if compliance.ClassOf(err) == compliance.Gone {
		return TicketReading{Ref: in.Ref, Kind: in.Kind, Gone: true}, nil
	}
	if err != nil {
		return TicketReading{}, translate(err)
	}
	r := TicketReading{
		Ref: now.Ref, Kind: in.Kind, Status: now.Status, Revision: now.Revision, Link: now.Link, Due: now.Due,
		Resolution: now.Resolution, ResolvedAs: now.ResolvedAs, Assignee: now.Assignee,
	}
	if !now.Assignee.IsZero() {
		if r.Person, err = t.People.Owner(ctx, now.Assignee); err != nil {
			return TicketReading{}, translate(err)
		}
	}
	return r, nil
}
