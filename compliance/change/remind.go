package change

import (
	"slices"
	"time"
)

// Fallback says whose members may decide a level, too, when it has been open for
// a share of its time without a decision (C10). The quorum stays as it is.
type Fallback struct {
	Groups []string `json:"groups"`
	// After is the share of the time to the deadline, in percent, 1 to 99.
	After int `json:"after"`
}

// Deciding are the groups whose members decide: the level's, and from its
// escalation on those of its fallback.
func (l ResolvedLevel) Deciding() []string {
	if !l.Escalated || l.Fallback == nil {
		return l.Groups
	}
	return append(slices.Clone(l.Groups), l.Fallback.Groups...)
}

// Pool are all the groups whose members may have a vote at the level, each once.
func (l ResolvedLevel) Pool() []string {
	pool := append(slices.Clone(l.Deciding()), l.Deputies...)
	slices.Sort(pool)
	return slices.Compact(pool)
}

// Clock is how the time of an open level stands. A hold moves both instants, and with
// them everything that has not been done yet.
type Clock struct {
	Opened, Deadline time.Time
	// Reminded is how many of the level's reminders are over, sent or passed over.
	Reminded int
}

// at is the instant at which a share of the level's time is over.
func (c Clock) at(percent int) time.Time {
	return c.Opened.Add(c.Deadline.Sub(c.Opened) * time.Duration(percent) / 100)
}

// Prompt is what is due at a level because of its time.
type Prompt struct {
	// Remind is the share, in percent, of the one reminder to send; 0 for none.
	Remind int
	// Reminded is how many reminders are over then.
	Reminded int
	Escalate bool
	// Next is when something is due again; the deadline when nothing is before it.
	Next time.Time
}

// Prompted says what is due at a level at the instant now, and when to look again.
// Of reminders that are due together, because nobody was there to send them, the
// latest is sent and the others are passed over. At the deadline and after it
// nothing is due any more: silence expires (C10).
func Prompted(l ResolvedLevel, c Clock, now time.Time) Prompt {
	p := Prompt{Reminded: c.Reminded, Next: c.Deadline}
	if !now.Before(c.Deadline) {
		return p
	}
	for i, percent := range l.Reminders {
		switch at := c.at(percent); {
		case i < c.Reminded:
		case !at.After(now):
			p.Remind, p.Reminded = percent, i+1
		case at.Before(p.Next):
			p.Next = at
		}
	}
	if l.Fallback != nil && !l.Escalated {
		switch at := c.at(l.Fallback.After); {
		case !at.After(now):
			p.Escalate = true
		case at.Before(p.Next):
			p.Next = at
		}
	}
	return p
}
