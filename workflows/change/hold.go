package change

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// hold stops the change for somebody concerned, or for an approver who objects
// (C3, C24): what was left of the deadline is kept, and so are the votes.
func (c *process) hold(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	was := c.s.Index
	j, err := c.judge(ctx, c.pausing(ctx, in, came))
	if err != nil {
		return c.unjudged(err), ctx.Err()
	}
	if c.followed(j, was) {
		return declined(rules.AlreadyRecorded, "", ""), nil
	}
	now := workflow.Now(ctx)
	if j.Reason != rules.OK {
		c.s.Logged(refusedFact(in.Action, j.Person, j.Reason, now))
		return declined(j.Reason, "", j.Field), nil
	}
	v, h := &c.s.Version, c.s.Hold
	if h == nil {
		h = &rules.Hold{Since: now, Until: now.Add(cmp.Or(v.Route.HoldLimit, rules.DefaultHoldLimit)), From: c.s.State}
		if v.State == rules.InReview {
			h.Remaining = v.Deadline.Sub(came)
		}
	}
	h.Why = compliance.Cut(in.Answer(rules.FieldReason), 120)
	c.s.Reason = rules.OnHold
	if in.Action == rules.ActionObject {
		h.Objectors = append(h.Objectors, j.Person)
		c.s.Reason = rules.Objected
	} else {
		h.By = j.Person
	}
	c.s.Hold, c.s.State, v.Ready = h, rules.Held, false
	if c.s.Emergency.Calling() { // also where it is resumed before anybody looks
		if err := c.overtaken(ctx); err != nil {
			return compliance.Reply{}, err
		}
	}
	c.s.Logged(heldFact(in.Action, j.Person, h.Why, now))
	concerned := []compliance.PersonID{v.Route.Requester, v.Route.Implementer}
	if o := j.Objects; o != nil && o.For != "" {
		c.s.Logged(compliance.Fact{Text: "The approval that it is about was given by", People: []compliance.PersonID{o.Person}, For: o.For, At: o.At})
		other := o.Person // of the two to whom the approval belongs
		if other == j.Person {
			other = o.For
		}
		concerned = append(concerned, other)
	}
	c.Tell(heldNote(c.s), c.mapped(statusHeld))
	c.Call(fmt.Sprintf("%s/hold/%d/call", c.s.Number, c.s.Sequence), c.s.Number+" is on hold: "+h.Why,
		once(concerned...)...)
	c.stage(ctx)
	return recorded(in.Action, c.s), nil
}

// followed reports whether an act that counts was followed up before: a repetition
// that comes when its answer is forgotten meets its record, which is older than what
// this run did last. Nothing is held, resumed or voted a second time by it (C16).
func (c *process) followed(j steps.JudgedAct, was uint64) bool {
	c.s.Index = max(was, j.Index)
	return j.Reason == rules.OK && j.Index <= was
}

// pausing is everything a hold, an objection or a resumption is judged by.
func (c *process) pausing(ctx workflow.Context, in compliance.Inbound, came time.Time) steps.JudgeActInput {
	v, ask := c.s.Version, c.acted(ctx, in)
	ask.Route, ask.Votes, ask.Asked = v.Route, v.Votes, c.s.Asked
	ask.Route.Schedule = rules.Schedule{}
	ask.Review, ask.Level, ask.Ends, ask.Hold, ask.Came = v.State, v.Level, v.Deadline, c.s.Hold, came
	return ask
}

// awaitResume waits until somebody ends the hold. One that nobody ends ends the
// change; people are told before.
func (c *process) awaitResume(ctx workflow.Context) error {
	h := *c.s.Hold
	until := h.Until
	if !h.Warned {
		until = h.WarnAt()
	}
	moved := func() bool {
		now := c.s.Hold
		return now == nil || !now.Since.Equal(h.Since) || now.Warned != h.Warned
	}
	late, err := c.Await(ctx, until, moved)
	if err != nil || moved() || !late {
		return err
	}
	// Who resumed it in time comes before the clock.
	if err := c.Hear(ctx); err != nil {
		return err
	}
	return c.Locked(ctx, func() error {
		switch {
		case moved():
			return nil
		case !h.Warned:
			c.warnHeld()
			return nil
		}
		return c.withdrawn(ctx, rules.HeldTooLong, "on hold since "+h.Since.UTC().Format(time.RFC3339))
	})
}

// warnHeld calls who can let the change go on, once.
func (c *process) warnHeld() {
	h := c.s.Hold
	h.Warned = true
	c.Call(fmt.Sprintf("%s/hold/%d/ends", c.s.Number, h.Since.Unix()),
		fmt.Sprintf("%s is still on hold and counts as withdrawn from %s on. Resume it, or withdraw it.", c.s.Number, h.Until.UTC().Format("2 January 2006, 15:04 UTC")),
		resumers(c.s)...)
	c.Show()
}

// resumers are those who can end the hold, each once.
func resumers(s State) []compliance.PersonID {
	return once(append([]compliance.PersonID{s.Hold.By, s.Version.Route.Requester}, s.Hold.Objectors...)...)
}

// once is each of these people once, in their order.
func once(people ...compliance.PersonID) []compliance.PersonID {
	var all []compliance.PersonID
	for _, p := range people {
		if p != "" && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}
