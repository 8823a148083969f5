package incident

import (
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// What a review asked for is followed here until it is done or withdrawn, also
// after the incident is closed (I27, ADR 0017).

// unfinished counts what is still to be done.
func (s *State) unfinished() int {
	if s.Review == nil {
		return 0
	}
	return s.Review.Unfinished()
}

// item is a thing to be done by its key, nil when there is none: a review that
// was replaced meanwhile keeps its things under their keys.
func (s *State) item(key string) (int, *rules.ActionItem) {
	if s.Review == nil {
		return -1, nil
	}
	for i := range s.Review.Actions {
		if s.Review.Actions[i].Key == key {
			return i, &s.Review.Actions[i]
		}
	}
	return -1, nil
}

// itemOwners are those who have something to do, and when the first of it is due.
func (s *State) itemOwners() ([]compliance.PersonID, time.Time) {
	var people []compliance.PersonID
	var due time.Time
	if s.Review == nil {
		return nil, due
	}
	for _, a := range s.Review.Actions {
		if !a.Open() {
			continue
		}
		if !slices.Contains(people, a.Owner) {
			people = append(people, a.Owner)
		}
		if due.IsZero() || a.Due.Before(due) {
			due = a.Due
		}
	}
	return people, due
}

// openItems opens a ticket for everything to be done that has none.
func (p *process) openItems(ctx workflow.Context) {
	if p.s.Review == nil {
		return
	}
	for _, a := range p.s.Review.Actions {
		if !a.Open() || a.Ticket.ID != "" || slices.Contains(p.opening, a.Key) {
			continue
		}
		p.opening = append(p.opening, a.Key)
		text := "From the review of " + p.s.name() + ": " + p.s.Review.RootCause
		p.beside("action", func(ctx workflow.Context) {
			ref, ok := p.openAction(ctx, a.Key, a.Text, text, a.Owner, a.Due)
			p.opening = slices.DeleteFunc(p.opening, func(key string) bool { return key == a.Key })
			if _, item := p.s.item(a.Key); ok && item != nil {
				item.Ticket = ref
				p.move()
			}
		})
	}
}

// followItems reads the tickets of what is to be done when there is word of
// them, or there has been none for long, and chases what is due or late.
func (p *process) followItems(ctx workflow.Context) {
	s, now := &p.s, workflow.Now(ctx)
	if s.Review == nil || s.unfinished() == 0 {
		return
	}
	if !p.reading && (s.Look || !now.Before(s.Read.Add(rules.ItemLookEvery))) {
		p.reading, s.Look = true, false
		p.beside("read tickets", p.readItems)
	}
	for _, a := range s.Review.Actions {
		why, _ := rules.NextItem(a, now)
		if why == rules.ItemOver || why == rules.ItemWaits || slices.Contains(p.chasing, a.Key) {
			continue
		}
		p.chasing = append(p.chasing, a.Key)
		p.beside("chase", func(ctx workflow.Context) {
			p.chase(ctx, a.Key, why)
			p.chasing = slices.DeleteFunc(p.chasing, func(key string) bool { return key == a.Key })
			p.move()
		})
	}
}

// nextItem is when something to be done asks for the next look; zero for never.
func (p *process) nextItem(now time.Time) time.Time {
	s := &p.s
	if s.unfinished() == 0 {
		return time.Time{}
	}
	next := s.Read.Add(rules.ItemLookEvery)
	if !next.After(now) || s.Look {
		next = time.Time{} // it is being read; its end is noticed
	}
	for _, a := range s.Review.Actions {
		if why, at := rules.NextItem(a, now); why == rules.ItemWaits && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// chase puts on record that something is due or late, and then says so. What it
// was told is in the state only after that: a run that ends in between leaves
// it to the next one, which finds the record and the note by their keys.
func (p *process) chase(ctx workflow.Context, key string, why rules.Reason) {
	s, now := &p.s, workflow.Now(ctx)
	i, item := s.item(key)
	if item == nil || !item.Open() {
		return
	}
	// The tracker's word may have been lost: nobody is reminded of what their
	// ticket calls done. A tracker that is down keeps nobody from being reminded.
	if item.Ticket.ID != "" {
		if r, err := steps.ReadTicket(ctx, steps.ReadTicketInput{Ref: item.Ticket, Kind: compliance.TicketAction}); err == nil && p.itemRead(ctx, key, r) != nil {
			return // cancelled; the next run chases it
		}
		if i, item = s.item(key); item == nil || !item.Open() {
			return
		}
	}
	people, err := p.responsible(ctx, item.Owner, why == rules.ItemEscalated)
	if err != nil {
		return
	}
	step := fmt.Sprintf("%s/%s/%d", item.Key, why, item.Chases)
	ev := p.head().Event(step, rules.EventItemChased, now)
	ev.Facts = desk.Encoded(rules.ItemFacts{
		Item: i + 1, Ticket: item.Ticket.Key, Owner: item.Owner, Due: item.Due, Late: max(0, now.Sub(item.Due)), Reason: why, People: people,
	})
	if _, err := p.Record(ctx, steps.RecordEventsInput{Events: one(ev)}); err != nil {
		return
	}
	if i, item = s.item(key); item == nil || !item.Open() {
		return // done while the log was asked
	}
	*item = item.Told(why, now)
	p.Call(step, itemText(s, i, *item, why), people...)
}

// responsible are the people who are told of something to be done: its owner,
// with the manager where that is asked for or the owner is not there any more;
// without either of them the author of the review and whoever may close
// incidents. Somebody is always told.
func (p *process) responsible(ctx workflow.Context, owner compliance.PersonID, manager bool) ([]compliance.PersonID, error) {
	ask := func(targets ...rules.Target) ([]compliance.PersonID, error) {
		found, err := desk.Outlast(ctx, p.Desk, desk.AtRules, func(bool) (steps.ResolvedTargets, error) {
			return steps.ResolveTargets(ctx, steps.ResolveTargetsInput{Targets: targets, Last: []compliance.PersonID{owner}, At: workflow.Now(ctx)})
		})
		var out []compliance.PersonID
		for _, who := range found.People {
			if who.Person != "" && !who.Inactive {
				out = append(out, who.Person)
			}
		}
		return out, err
	}
	targets := []rules.Target{rules.PersonTarget(owner)}
	if manager {
		targets = append(targets, rules.Target{Kind: rules.TargetManager})
	}
	people, err := ask(targets...)
	if err != nil || len(people) > 0 && (manager || slices.Contains(people, owner)) {
		return people, err
	}
	if people, err = ask(rules.Target{Kind: rules.TargetManager}); err != nil || len(people) > 0 {
		return people, err
	}
	last := []rules.Target{rules.PersonTarget(p.s.Review.Author)}
	for _, group := range p.s.Plan.Closers {
		last = append(last, rules.Target{Kind: rules.TargetGroup, Name: group})
	}
	return ask(last...)
}

// itemEnded applies a person's word that something is done or withdrawn.
func (p *process) itemEnded(act rules.Act, j steps.JudgedIncidentAct, now time.Time) string {
	s := &p.s
	item := &s.Review.Actions[j.Item]
	to, word := rules.ItemDone, "done"
	if act.Action == rules.ActionWithdraw {
		to, word = rules.ItemWithdrawn, "withdrawn"
	}
	*item = item.Ends(to, j.Person, now)
	s.Logged(compliance.Fact{
		Text: fmt.Sprintf("%d. %s is %s (%s), says", j.Item+1, compliance.Cut(item.Text, 60), word, compliance.Cut(act.Text, 100)), People: []compliance.PersonID{j.Person}, At: now,
	})
	p.Tell(itemNote(s, j.Item, *item, act.Text), "")
	return fmt.Sprintf("“%s” is on record as %s.", item.Text, word)
}
