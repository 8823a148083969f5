package change

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

// begun notes that a level was opened now, and who may decide there in another's
// place from the start: they are asked with the others.
func (v *Version) begun(now time.Time) {
	v.Reminded, v.Called = 0, nil
	if v.Level == 1 {
		v.Ahead = v.latest()
	}
	l, _ := v.level()
	for _, d := range l.Delegations {
		if d.Contains(now) {
			v.Called = append(v.Called, d.ID)
		}
	}
}

// latest is until when the levels can be open, the last one included.
func (v Version) latest() time.Time {
	at := v.Deadline
	for _, l := range v.Route.Levels[v.Level:] {
		at = at.Add(l.Deadline)
	}
	return at
}

// outstanding are the people of the open level whose seat is free.
func (v Version) outstanding() []compliance.PersonID {
	l, ok := v.level()
	if !ok {
		return nil
	}
	return rules.Tally(v.Level, l, v.Votes).Outstanding
}

// uncalled are the delegations at the open level whose deputy is still to be called,
// by their start.
func (v Version) uncalled() []rules.Delegation {
	return v.delegations(func(d rules.Delegation) bool { return !slices.Contains(v.Called, d.ID) })
}

// deputies are the delegations at the open level whose deputy was called.
func (v Version) deputies() []rules.Delegation {
	return v.delegations(func(d rules.Delegation) bool { return slices.Contains(v.Called, d.ID) })
}

// delegations are those at the open level that could still fill a seat.
func (v Version) delegations(such func(rules.Delegation) bool) []rules.Delegation {
	l, _ := v.level()
	free := v.outstanding()
	var out []rules.Delegation
	for _, d := range l.Delegations {
		voted := func(vote rules.Vote) bool {
			return vote.Level == v.Level && vote.Person == d.Person && vote.Void == rules.OK
		}
		if slices.Contains(free, d.Principal) && !slices.ContainsFunc(v.Votes, voted) && such(d) {
			out = append(out, d)
		}
	}
	return out
}

// asking are all whose decision the open level waits for: its people, and who was
// called in the place of one of them; each once.
func (v Version) asking() []compliance.PersonID {
	out := v.outstanding()
	for _, d := range v.deputies() {
		if !slices.Contains(out, d.Person) {
			out = append(out, d.Person)
		}
	}
	return out
}

// callDeputies calls those whose delegation has begun (C9). What is over by now, since
// nobody was there to call, is passed over.
func (c *process) callDeputies(ctx workflow.Context) error {
	v, now := &c.s.Version, workflow.Now(ctx)
	var begun []rules.Delegation
	var called []compliance.PersonID
	for _, d := range v.uncalled() {
		if d.Start.After(now) {
			continue
		}
		v.Called = append(v.Called, d.ID)
		if d.Contains(now) {
			begun = append(begun, d)
			called = append(called, d.Person)
		}
	}
	if len(begun) == 0 {
		return nil
	}
	slices.Sort(called)
	called = slices.Compact(called)
	step := "deputies/" + begun[0].ID
	facts := rules.CalledFacts{Level: v.Level, Deadline: v.Deadline, Called: called, Delegations: begun, Directory: v.Route.DirectoryVersion}
	if err := c.recordCalled(ctx, rules.EventReassigned, step, facts); err != nil {
		return err
	}
	if workflow.Now(ctx).Before(v.Deadline) {
		c.calls(step, "you may decide in the place of somebody who is away; the card says for whom.", called)
	}
	c.stage(ctx)
	return nil
}

// peopleMoved reports whether the directory is another one than the open level's
// people were looked up in, or whether a hold moved the deadline beyond what was
// looked up.
func (c *process) peopleMoved() bool {
	v, m := c.s.Version, c.s.Moved
	if v.State != rules.InReview {
		return false
	}
	beyond := !v.Ahead.IsZero() && v.Deadline.After(v.Ahead)
	return beyond || m != nil && m.Directory != v.Looked && !strings.HasPrefix(m.Directory, v.Route.DirectoryVersion)
}

// peopleOf looks up the people of the open level, as given, and of those after it.
func (c *process) peopleOf(ctx workflow.Context, open rules.ResolvedLevel) (steps.ReassignedLevels, error) {
	return desk.Outlast(ctx, c.Desk, desk.AtRules, func(bool) (steps.ReassignedLevels, error) {
		v := c.s.Version
		return steps.ReassignLevels(ctx, steps.ReassignLevelsInput{
			Levels:    append([]rules.ResolvedLevel{open}, v.Route.Levels[v.Level:]...),
			Requester: v.Route.Requester, Implementer: v.Route.Implementer, Asked: c.s.Asked, Deadline: v.Deadline,
		})
	})
}

// reassign follows an edit of the directory, or a hold: an open review gets the people of now,
// and who is newly asked is called (C9). Each vote is judged by the directory anyway;
// this is so that nobody waits for somebody who has left, or is not told.
func (c *process) reassign(ctx workflow.Context, moved func() bool) error {
	saw := ""
	if c.s.Moved != nil {
		saw = c.s.Moved.Directory
	}
	open, _ := c.s.Version.level()
	found, err := c.peopleOf(ctx, open)
	if err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		if moved() {
			return nil // the next round looks again
		}
		v := &c.s.Version
		v.Looked, v.Ahead = saw, v.latest()
		var newly []compliance.PersonID
		others := false
		for i, is := range found.Levels {
			level := v.Level + i
			was := v.Route.Levels[level-1]
			came, left := rules.Came(was.Eligible, is.Eligible), rules.Came(is.Eligible, was.Eligible)
			if len(came)+len(left) > 0 {
				c.s.Sequence++
				facts := rules.CalledFacts{Level: level, Called: came, Left: left, Excluded: is.Excluded, Directory: found.Directory}
				if i == 0 {
					facts.Deadline = v.Deadline
				}
				if err := c.recordCalled(ctx, rules.EventReassigned, fmt.Sprint("reassigned/", c.s.Sequence), facts); err != nil {
					return err
				}
			}
			v.Route.Levels[level-1] = is
			if i == 0 {
				newly, others = came, len(came)+len(left) > 0
			}
		}
		v.Route.DirectoryVersion = found.Directory
		free := v.outstanding()
		newly = slices.DeleteFunc(newly, func(p compliance.PersonID) bool { return !slices.Contains(free, p) })
		if len(newly) > 0 && workflow.Now(ctx).Before(v.Deadline) {
			c.calls(fmt.Sprint("reassigned/", found.Directory), "your decision is asked for now.", newly)
		}
		if others {
			c.stage(ctx)
		}
		return nil
	})
}

// deputyFacts name those who may decide in another's place, for the card and the ticket.
func deputyFacts(v Version) []compliance.Fact {
	var facts []compliance.Fact
	for _, d := range v.deputies() {
		facts = append(facts, compliance.Fact{Label: "Deputy", People: []compliance.PersonID{d.Person}, For: d.Principal})
	}
	return facts
}
