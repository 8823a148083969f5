package processtest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/lowcodex/countersign/compliance"
)

// Tickets is a tracker that records the tickets that a process opens, each key once,
// and what is written to them. It has no changes. The zero value is ready.
type Tickets struct {
	// Assignee is whom every ticket is given to.
	Assignee compliance.Account

	mu        sync.Mutex
	opened    []compliance.NewTicket
	steps     []compliance.TicketStep
	status    map[string]string // by ticket id
	failOpen  func(compliance.NewTicket) error
	failWrite func(compliance.TicketStep) error
}

// FailOpen is asked for the error of each opening from now on.
func (k *Tickets) FailOpen(with func(compliance.NewTicket) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failOpen = with
}

// FailWrite is asked for the error of each step from now on.
func (k *Tickets) FailWrite(with func(compliance.TicketStep) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failWrite = with
}

// Read implements activities.TicketTracker.
func (k *Tickets) Read(context.Context, compliance.TicketRef) (compliance.Ticket, error) {
	return compliance.Ticket{}, &compliance.Failure{Class: compliance.Gone, Op: "read ticket"}
}

// ReadKind implements activities.TicketTracker.
func (k *Tickets) ReadKind(_ context.Context, kind compliance.TicketKind, ref compliance.TicketRef) (compliance.Ticket, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return compliance.Ticket{Ref: ref, Kind: kind, Status: k.status[ref.ID], Link: "https://tickets.example/" + ref.Key, Assignee: k.Assignee}, nil
}

// Open implements activities.TicketTracker: the first ticket has the id 1 and the key OPS-1.
func (k *Tickets) Open(_ context.Context, t compliance.NewTicket, _ bool) (compliance.TicketRef, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failOpen != nil {
		if err := k.failOpen(t); err != nil {
			return compliance.TicketRef{}, err
		}
	}
	i := slices.IndexFunc(k.opened, func(o compliance.NewTicket) bool { return o.Key == t.Key })
	if i < 0 {
		i = len(k.opened)
		k.opened = append(k.opened, t)
	}
	return compliance.TicketRef{Site: t.Site, ID: fmt.Sprint(i + 1), Key: fmt.Sprintf("OPS-%d", i+1)}, nil
}

// Apply implements activities.TicketTracker.
func (k *Tickets) Apply(_ context.Context, s compliance.TicketStep, _ map[compliance.PersonID]compliance.Person, _ bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failWrite != nil {
		if err := k.failWrite(s); err != nil {
			return err
		}
	}
	k.steps = append(k.steps, s)
	k.set(s.Ref.ID, s.Status)
	return nil
}

// Move is a person's hand on a ticket.
func (k *Tickets) Move(id, status string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.set(id, status)
}

func (k *Tickets) set(id, status string) {
	if status == "" {
		return
	}
	if k.status == nil {
		k.status = map[string]string{}
	}
	k.status[id] = status
}

// Opened are the tickets that were opened, in order.
func (k *Tickets) Opened() []compliance.NewTicket {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.opened)
}

// Statuses are those that the process set on a ticket, in order.
func (k *Tickets) Statuses(id string) []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, s := range k.steps {
		if s.Status != "" && s.Ref.ID == id {
			out = append(out, s.Status)
		}
	}
	return out
}
