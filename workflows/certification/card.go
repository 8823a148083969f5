package certification

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
)

// Picture is the card. A quiet artefact has none until the first reminder or
// the first act; one that nobody set a date for is asked for on its card alone,
// so it has one from the start.
func (c *process) Picture() (string, compliance.Card, bool) {
	if c.s.Number == "" || c.s.Setup.Channel == "" {
		return "", compliance.Card{}, false
	}
	t := c.s.Tracker
	undated := t.Current.State.Gathering() && t.Current.NeededBy.IsZero()
	if c.s.Posted == nil && c.s.Shown == 0 && !undated {
		return "", compliance.Card{}, false
	}
	return c.s.Setup.Channel, render(c.s, c.Self, c.Owner()), true
}

// render is the card for a state: what people need to act or to know, and only
// the buttons that lead somewhere now.
func render(s State, subject, owner string) compliance.Card {
	t := s.Tracker
	c := compliance.Card{
		Subject: subject, Key: fmt.Sprintf("%s/card/v%d", owner, max(s.Shown, 1)),
		Title:  fmt.Sprintf("%s · %s of %s", s.Number, s.Setup.Title, s.Setup.Vendor),
		Status: status(s), Tone: tone(s), Link: s.Link, Log: s.Log, Actions: actions(s),
	}
	c.Facts = append(c.Facts, compliance.Fact{Label: "Owner", People: present(s.Setup.Owner)})
	if s.Setup.Sponsor != "" {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Sponsor", People: present(s.Setup.Sponsor)})
	}
	if s.Ticket.Key != "" {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Task", Text: s.Ticket.Key})
	}
	c.Facts = append(c.Facts, coverFacts(t)...)
	if p := t.Pending(); p != nil && !p.Coverage.IsZero() {
		c.Facts = append(c.Facts, compliance.Fact{
			Label: "In hand", Text: fmt.Sprintf("%s to %s, version %d", p.Coverage.From, p.Coverage.To, p.Version), People: present(p.Receiver),
		})
	}
	if s.Gap != nil {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Finding", Text: s.Gap.Text()})
	}
	if s.Setup.Unnamed {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Policy", Text: "Neither the policy nor a command names this artefact any more. It is tracked by what was last known."})
	}
	if s.Told != nil && s.Told.Told.Reason == rules.NobodyToTell {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Untold", Text: rules.NobodyToTell.Text()})
	}
	if len(s.Setup.Systems) > 0 {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Changes", Text: blocksText(s)})
	}
	c.Facts = append(c.Facts, s.TroubleFacts()...)
	if s.Told != nil && !t.Progress.Acknowledged {
		c.Notify = s.Told.Told.People
	}
	return c
}

func present(p compliance.PersonID) []compliance.PersonID {
	if p == "" {
		return nil
	}
	return []compliance.PersonID{p}
}

// coverFacts are the days that count, by the owner's calendar.
func coverFacts(t rules.Tracker) []compliance.Fact {
	cur := t.Current
	switch {
	case cur.State == rules.Grace && cur.Grace != nil:
		return []compliance.Fact{
			{Label: "Covered until", Text: cur.Coverage.To.String()},
			{Label: "Tolerated until", Text: cur.Grace.Until.String() + ", granted by", People: present(cur.Grace.Approver)},
		}
	case cur.State.Accepted():
		return []compliance.Fact{{Label: "Covered", Text: fmt.Sprintf("%s to %s, version %d", cur.Coverage.From, cur.Coverage.To, cur.Version)}}
	case !cur.NeededBy.IsZero():
		return []compliance.Fact{{Label: "Needed by", Text: cur.NeededBy.String()}}
	}
	return nil
}

// status is where the artefact stands, in words.
func status(s State) string {
	t := s.Tracker
	text := map[rules.State]string{
		rules.Missing:     "Missing. The vendor has to be asked for it",
		rules.Requested:   "Asked of the vendor, nothing has come",
		rules.Received:    "Received. Somebody has to take up its review",
		rules.UnderReview: "Under review",
		rules.Valid:       "Valid",
		rules.Expiring:    "Expiring",
		rules.Grace:       "Not covered, tolerated for a while",
		rules.Expired:     "Expired. It covers nothing",
	}[t.Current.State]
	if text == "" {
		text = string(t.Current.State)
	}
	if t.Current.State.Gathering() && t.Revoked {
		text = "Taken back by the vendor. " + text
	}
	if t.Next != nil {
		text += ". Renewal: " + map[rules.State]string{
			rules.Missing: "to be asked for", rules.Requested: "asked for", rules.Received: "received, to be reviewed", rules.UnderReview: "under review",
		}[t.Next.State]
	}
	return text
}

func tone(s State) compliance.Tone {
	switch s.Tracker.Current.State {
	case rules.Valid:
		return compliance.Good
	case rules.Expired:
		return compliance.Bad
	case rules.Expiring, rules.Grace:
		return compliance.Attention
	}
	if s.Tracker.Revoked {
		return compliance.Bad
	}
	return compliance.Attention
}

// blocksText says what the artefact means for changes.
func blocksText(s State) string {
	systems := fmt.Sprint(s.Setup.Systems)
	systems = systems[1 : len(systems)-1]
	t := s.Tracker
	switch state := t.Current.State; {
	case state == rules.Expired, state.Gathering() && t.Revoked:
		return "Changes to " + systems + " wait until there is cover again."
	case state == rules.Grace:
		return "Changes to " + systems + " go on until the grace ends."
	case state == rules.Expiring:
		return "Changes to " + systems + " will wait once it has expired."
	case state.Gathering() && !t.Current.NeededBy.IsZero():
		return "Changes to " + systems + " wait if it has not come by then."
	}
	return "Rests on it: " + systems
}

// actions are the buttons of a state; each carries what the person sees.
func actions(s State) []compliance.Action {
	t := s.Tracker
	ref := t.Bind().String()
	var out []compliance.Action
	add := func(name, label, style string) {
		out = append(out, compliance.Action{Name: name, Label: label, Style: style, Ref: ref})
	}
	if t.Progress.Begun && !t.Progress.Acknowledged {
		add(rules.ActionAcknowledge, "Acknowledge…", "")
	}
	pending := t.Pending()
	switch {
	case pending == nil, pending.State == rules.Missing:
		add(rules.ActionRequest, "Vendor was asked…", "")
		add(rules.ActionReceive, "Document received…", "primary")
	case pending.State == rules.Requested:
		add(rules.ActionReceive, "Document received…", "primary")
	case pending.State == rules.Received:
		add(rules.ActionReview, "Take up the review…", "primary")
	case pending.State == rules.UnderReview:
		add(rules.ActionAccept, "Accept…", "primary")
		add(rules.ActionReturn, "Return to the vendor…", "danger")
	}
	if s.graceOpen() {
		add(rules.ActionGrace, "Decide on grace…", "")
	}
	if t.Current.State.Accepted() || pending != nil && (pending.State == rules.Received || pending.State == rules.UnderReview) {
		add(rules.ActionWithdraw, "Vendor took it back…", "danger")
	}
	return out
}

// graceOpen reports whether a decision on grace is asked for: after the rung
// that asks for it, while cover is ending or over.
func (s State) graceOpen() bool {
	t := s.Tracker
	if t.Current.State == rules.Expired {
		return true
	}
	if t.Current.State != rules.Expiring || !t.Progress.Begun {
		return false
	}
	for _, r := range t.Ladder.Rungs {
		if r.Action == rules.DecideGrace {
			return t.Progress.Last <= r.Offset
		}
	}
	return true
}

// refusedOn is when something was refused, for the card's log.
func refusedOn(text string, who compliance.PersonID, at time.Time) compliance.Fact {
	f := compliance.Fact{Text: text, At: at}
	if who != "" {
		f.Text += ":"
		f.People = present(who)
	}
	return f
}
