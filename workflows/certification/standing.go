package certification

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
)

// standing answers QueryStanding. It reads only.
func (c *process) standing(now time.Time) Standing {
	s, t := c.s, c.s.Tracker
	awaiting, _ := c.awaiting()
	out := Standing{
		Number: s.Number, Subject: c.Self, Vendor: c.in.Vendor, Artefact: c.in.Artefact, Title: s.Setup.Title,
		State: t.Current.State, Version: t.Current.Version, Coverage: t.Current.Coverage, NeededBy: t.Current.NeededBy,
		Grace: t.Current.Grace, Owner: s.Setup.Owner, Sponsor: s.Setup.Sponsor, Systems: s.Setup.Systems, Zone: s.Setup.Zone,
		Ends: t.Schedule.Ends, Wake: s.Wake, Awaiting: awaiting, Ticket: s.Ticket, Trouble: s.Troubles(), LastIndex: s.Index,
	}
	if t.Next != nil {
		out.Renewal = t.Next.State
	}
	if s.Number != "" {
		b := t.Bind()
		out.Ref, out.Rung = b.String(), b.Rung
		for _, a := range actions(s) {
			out.Actions = append(out.Actions, a.Name)
		}
		out.Conditions = c.conditions(now, now).Conditions
	}
	if s.Posted != nil {
		out.Cards = []compliance.Posted{*s.Posted}
	}
	return out
}

// conditions answers QueryConditions. The asker says at which instant it is,
// because a tracker's own clock stands still while it sleeps; an instant before
// that of the tracker's last look is taken as that look's.
func (c *process) conditions(asked, now time.Time) Answer {
	if c.s.Number == "" {
		return Answer{Unsettled: "the tracker has not begun yet"}
	}
	if now.After(asked) {
		asked = now
	}
	list, err := rules.Conditions(c.s.Tracker, asked)
	if err != nil {
		return Answer{Unsettled: err.Error()}
	}
	return Answer{Conditions: list}
}
