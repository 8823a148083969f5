package incident

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// shownGiven bounds the reassignments that are kept; the evidence has them all.
const shownGiven = 5

// reassign notes that somebody gave a page to somebody else where it rang. It is
// shown and on record, and stops nothing: nobody has said that they are on it,
// and whoever rings there now is called by that provider, not by us. They are
// asked into the channel.
func (p *process) reassign(ctx workflow.Context, in compliance.Inbound, came time.Time) (compliance.Reply, error) {
	act, reason, field := rules.ParseAct(in)
	who, err := p.actor(ctx, in)
	if err != nil {
		return p.unjudged(err), ctx.Err()
	}
	s, now := &p.s, workflow.Now(ctx)
	if reason == rules.OK {
		reason = rules.JudgeReassign(s.Standing, act.Binding, who.Actor, came)
	}
	if reason != rules.OK {
		return p.refused(in, act, who.Person, reason, field, now), nil
	}
	given := Given{By: who.Person, At: now, Surface: in.Surface}
	for _, to := range act.To {
		provider, id, _ := strings.Cut(to, ":")
		found, err := steps.ResolveActor(ctx, steps.ResolveActorInput{Account: compliance.Account{Provider: provider, ID: id}, At: now})
		if err != nil {
			return p.unjudged(err), ctx.Err()
		}
		if found.Person == "" {
			given.Unknown++
			continue
		}
		given.To = append(given.To, found.Person)
		p.invite(found.Person)
	}
	s.Given = append(s.Given, given)
	if n := len(s.Given); n > shownGiven {
		s.Given = append([]Given(nil), s.Given[n-shownGiven:]...)
	}
	p.actBehind(in, rules.EventReassigned, "", rules.ReassignedFacts{ActFacts: p.act(in, act.Binding.Page, reason), To: given.To, Unknown: given.Unknown})
	s.Logged(compliance.Fact{Text: "Page given to somebody else by", People: []compliance.PersonID{who.Person}, At: now})
	p.move()
	return compliance.Reply{
		Outcome: compliance.Recorded,
		Text:    s.name() + " is shown as given to somebody else. That is no acknowledgement: paging goes on until somebody says that they are on it.",
	}, nil
}

// givenFacts show whom pages were given to, until the incident is resolved.
func (s *State) givenFacts() []compliance.Fact {
	if len(s.Given) == 0 || !s.Standing.State.Pages() {
		return nil
	}
	g := s.Given[len(s.Given)-1]
	text := "in " + g.Surface + ", which is no acknowledgement, to"
	if len(g.To) == 0 {
		text = "in " + g.Surface + ", which is no acknowledgement, to nobody whom the directory knows"
	} else if g.Unknown > 0 {
		text = fmt.Sprintf("in %s, which is no acknowledgement, to %d whom the directory does not know, and", g.Surface, g.Unknown)
	}
	return []compliance.Fact{{Label: "Page given", Text: text, People: g.To, At: g.At}}
}
