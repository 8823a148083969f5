package incident

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// openRoom gives the incident a channel of its own, where its card is and its
// responders talk. When that cannot be, the policy's channel for incidents has
// to do, and the card says so. It is tried once: a card in the wrong channel is
// better than none.
func (p *process) openRoom(ctx workflow.Context) {
	s := &p.s
	if s.Room != nil {
		p.inviteAll(ctx)
		return
	}
	people := s.responders()
	room, err := steps.OpenRoom(ctx, compliance.NewRoom{
		Name: "inc-" + string(s.Standing.ID), Purpose: compliance.Cut(fmt.Sprintf("%s: %s", severityText(s.Standing.Severity), s.Title), 200), People: people,
	})
	if err != nil && ctx.Err() != nil {
		return
	}
	if err != nil {
		f := steps.Explain(err)
		p.Logger.Warn("no channel of its own", "failure", f.Text)
		s.Room = &Room{Channel: s.Plan.Channel, Why: compliance.Cut(f.Text, 200)}
	} else {
		s.Room = &Room{Channel: room.Channel, Name: room.Name, Invited: people}
	}
	p.move()
	p.inviteAll(ctx)
}

// invite asks somebody into the channel, once. It is a courtesy: they can act
// from the page they got.
func (p *process) invite(who compliance.PersonID) {
	if who != "" && !slices.Contains(p.s.Invites, who) {
		p.s.Invites = append(p.s.Invites, who)
	}
}

// inviteAll asks those into the channel who came after it was made, until the
// run ends.
func (p *process) inviteAll(ctx workflow.Context) {
	s := &p.s
	missing := func() []compliance.PersonID {
		return slices.DeleteFunc(slices.Clone(s.Invites), func(who compliance.PersonID) bool { return slices.Contains(s.Room.Invited, who) })
	}
	for s.Room.Name != "" {
		if workflow.Await(ctx, func() bool { return len(missing()) > 0 || p.quiet || s.Standing.State.Terminal() }) != nil || p.quiet || s.Standing.State.Terminal() {
			return
		}
		who := missing()
		if err := steps.InvitePeople(ctx, steps.InviteInput{Room: compliance.Room{Channel: s.Room.Channel, Name: s.Room.Name}, People: who}); err != nil {
			p.Logger.Warn("not invited", "failure", steps.Explain(err).Text)
		}
		s.Room.Invited = append(s.Room.Invited, who...)
	}
}
