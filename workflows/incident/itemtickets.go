package incident

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// keptDeleted is the resolution of a ticket that was deleted.
const keptDeleted = "deleted"

// hinted takes the tracker's word that something happened to a ticket of what is
// to be done. It is a hint: the ticket is read.
func (p *process) hinted(h compliance.TicketEvent) {
	s := &p.s
	if s.Review == nil || !slices.ContainsFunc(s.Review.Actions, func(a rules.ActionItem) bool { return a.Ticket.ID == h.TicketID && h.TicketID != "" }) {
		return // the incident's own, or forged
	}
	s.Look = true
	if h.Deleted && !slices.Contains(s.Deleted, h.TicketID) {
		s.Deleted = append(s.Deleted, h.TicketID)
	}
}

// readItems reads the tickets of what is to be done. What one says is put on
// record before it counts.
func (p *process) readItems(ctx workflow.Context) {
	for _, a := range slices.Clone(p.s.Review.Actions) {
		if !a.Open() || a.Ticket.ID == "" {
			continue
		}
		r, err := desk.Outlast(ctx, p.Desk, atActions, func(bool) (steps.TicketReading, error) {
			return steps.ReadTicket(ctx, steps.ReadTicketInput{Ref: a.Ticket, Kind: compliance.TicketAction})
		})
		if err == nil {
			err = p.itemRead(ctx, a.Key, r)
		}
		if err != nil {
			p.reading, p.s.Look = false, true // cancelled; the next run reads it
			return
		}
	}
	p.reading, p.s.Read = false, workflow.Now(ctx)
	p.move()
}

// itemRead follows up what a ticket says of the thing it is for.
func (p *process) itemRead(ctx workflow.Context, key string, r steps.TicketReading) error {
	s, now := &p.s, workflow.Now(ctx)
	i, item := s.item(key)
	if item == nil || !item.Open() {
		return nil
	}
	facts := rules.ItemFacts{Item: i + 1, Ticket: item.Ticket.Key, Owner: item.Owner, Due: item.Due, Late: max(0, now.Sub(item.Due)), Resolution: r.Resolution}
	kind := rules.EventItemDone
	switch {
	case r.Resolution == compliance.ResolvedDone:
		facts.State = rules.ItemDone
	case r.Gone && !slices.Contains(s.Deleted, item.Ticket.ID):
		return nil // perhaps our account may not see it any more; it is chased all the same
	case r.Gone:
		kind, facts.Resolution, facts.Reason = rules.EventItemKept, keptDeleted, rules.ItemKept
	case r.Resolution != "":
		kind, facts.Reason = rules.EventItemKept, rules.ItemKept
	default:
		item.Kept = "" // reopened, or never ended
		return nil
	}
	if kind == rules.EventItemKept && item.Kept == facts.Resolution {
		return nil // on record already
	}
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: one(p.event(ctx, kind, "", facts))}); err != nil {
		return err
	}
	if i, item = s.item(key); item == nil || !item.Open() {
		return nil // a person ended it while the log was asked
	}
	if kind == rules.EventItemDone {
		*item = item.Ends(rules.ItemDone, "", now)
		s.Logged(compliance.Fact{Text: fmt.Sprintf("%d. %s is done, says its ticket", i+1, compliance.Cut(item.Text, 60)), At: now})
		p.Tell(itemNote(s, i, *item, ""), "")
		return nil
	}
	item.Kept = facts.Resolution
	people, err := p.responsible(ctx, item.Owner, false)
	if err != nil {
		return err
	}
	p.Call(fmt.Sprintf("%s/kept/%d", key, s.Sequence), itemText(s, i, *item, rules.ItemKept), people...)
	return nil
}

// openItems are the things that can be ended now, to choose from.
func (s *State) openItems() []compliance.Option {
	var out []compliance.Option
	if s.Review == nil {
		return nil
	}
	for i, a := range s.Review.Actions {
		if a.Open() {
			out = append(out, compliance.Option{Value: fmt.Sprint(i + 1), Label: compliance.Cut(fmt.Sprintf("%d. %s", i+1, a.Text), 70)})
		}
	}
	return out
}

// itemFact is one thing to be done on the card and in the ticket.
func itemFact(i int, a rules.ActionItem) compliance.Fact {
	ticket := a.Ticket.Key
	if ticket == "" {
		ticket = "no ticket yet"
	}
	f := compliance.Fact{Label: "To be done", Text: fmt.Sprintf("%d. %s (%s)", i+1, a.Text, ticket)}
	switch {
	case !a.Open():
		f.Label = string(a.State[0]-'a'+'A') + string(a.State[1:])
		f.At = a.Ended
		if a.By != "" {
			f.Text, f.People = f.Text+", said by", []compliance.PersonID{a.By}
		}
	default:
		if a.Kept != "" {
			f.Text += "; its ticket ended as " + keptText(a.Kept) + ", which needs a person's word"
		}
		f.Text += ", due"
		f.People, f.At = []compliance.PersonID{a.Owner}, a.Due
	}
	return f
}

func keptText(resolution string) string {
	return map[string]string{compliance.ResolvedWontDo: "not to be done", compliance.ResolvedOther: "something else than done", keptDeleted: "deleted"}[resolution]
}

// itemText is what people are told of one thing to be done.
func itemText(s *State, i int, a rules.ActionItem, why rules.Reason) string {
	ticket := ""
	if a.Ticket.Key != "" {
		ticket = " (" + a.Ticket.Key + ")"
	}
	what := fmt.Sprintf("%s, %d. “%s”%s", s.name(), i+1, compliance.Cut(a.Text, 100), ticket)
	switch why {
	case rules.ItemDueSoon:
		return what + " is due on " + compliance.SpokenDay(a.Due) + ". Move its ticket to done, or report it here, when it is done."
	case rules.ItemKept:
		return what + ": its ticket ended as " + keptText(a.Kept) + ". It stays open here until it is done, or somebody else who may close incidents withdraws it with a reason."
	default:
		return what + " was due on " + compliance.SpokenDay(a.Due) + " and is not done. Do it, or have it withdrawn by somebody else who may close incidents."
	}
}

// itemNote is the comment about something that ended.
func itemNote(s *State, i int, a rules.ActionItem, note string) []compliance.Fact {
	facts := []compliance.Fact{{Text: fmt.Sprintf("%s, %d. “%s” is %s", s.name(), i+1, compliance.Cut(a.Text, 100), strings.ToLower(string(a.State))), At: a.Ended}}
	if a.By != "" {
		facts = append(facts, compliance.Fact{Label: "Said by", People: []compliance.PersonID{a.By}})
	}
	if note != "" {
		facts = append(facts, compliance.Fact{Label: "Why", Text: compliance.Cut(note, 500)})
	}
	return facts
}
