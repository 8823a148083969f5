package feed

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Bounds of what people are shown; the records have all of it.
const (
	shownEntries = 10
	mostUntold   = 50
)

// decoded reads an event as the log gives it back.
//
//workflowcheck:ignore
func decoded(ev evidence.Event) (steps.FeedRecord, error) {
	r := steps.FeedRecord{Key: ev.Key}
	if ev.Type == rules.EventAdvised {
		r.Advised = &rules.AdvisedFacts{}
		return r, json.Unmarshal(ev.Facts, r.Advised)
	}
	r.Feed = &rules.FeedFacts{}
	return r, json.Unmarshal(ev.Facts, r.Feed)
}

// report notes what people are to be told about a record.
func (p *pass) report(r steps.FeedRecord) {
	switch {
	case r.Advised != nil:
		p.card(p.afterCard(r), nil, p.again)
	case r.Feed.Turn > 0:
		p.turned(r)
	case len(r.Feed.Quarantined) > 0 || len(r.Feed.Defects) > 0:
		p.aside, p.asideAgain = append(p.aside, r), p.asideAgain || p.again
	}
}

// turned tells of a feed whose standing turned: one card for a stretch of failures.
// That it got worse, or is over, is said in the card's thread.
func (p *pass) turned(r steps.FeedRecord) {
	f := *r.Feed
	c := compliance.Card{
		Subject: rules.FeedSubject(f.Feed), Key: fmt.Sprintf("%s/stretch/%d", rules.FeedSubject(f.Feed), f.Stretch),
		Title: "Feed " + f.Feed, Status: f.Reason.Text(), Tone: compliance.Bad,
	}
	if f.Reason == rules.OK {
		c.Status, c.Tone = "It is read again, and can be relied on.", compliance.Good
	}
	if !f.LastRead.IsZero() {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Last read", At: f.LastRead})
	}
	if f.Detail != "" {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Seen", Text: compliance.Cut(f.Detail, 300)})
	}
	if n := len(p.rolledOut()); n > 0 && f.Reason != rules.OK {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Rests on it", Text: "the deadlines of " + compliance.Count(n, "vulnerability", "vulnerabilities") + " in open rollouts"})
	}
	first := f.Turn == f.Stretch
	var note *compliance.Note
	if !first {
		note = &compliance.Note{Key: r.Key, Text: "Feed " + f.Feed + ": " + c.Status}
	}
	p.card(c, note, !first || p.again)
}

// afterCard tells that something became known of a rollout that is over.
func (p *pass) afterCard(r steps.FeedRecord) compliance.Card {
	f := *r.Advised
	number := f.Rollout
	if at := slices.IndexFunc(p.past.Advised, func(k rules.Advised) bool { return k.Rollout == f.Rollout }); at >= 0 && p.past.Advised[at].Number != "" {
		number = p.past.Advised[at].Number
	}
	c := compliance.Card{
		Subject: rules.AdvisedSubject, Key: r.Key, Title: f.Document + " in " + f.System, Tone: compliance.Attention,
		Status: fmt.Sprintf("More became known after %s was over. Look whether its targets are still safe, and ask for another rollout if not.", number),
	}
	for i, v := range f.Vulnerabilities {
		if i == shownEntries {
			break
		}
		c.Facts = append(c.Facts, compliance.Fact{Label: v.ID, Text: vulnerabilityText(v)})
	}
	return c
}

func vulnerabilityText(v rules.Vulnerability) string {
	text := "known to be exploited: " + string(v.Exploited)
	if v.Exploited == "" {
		text = "known to be exploited: " + string(rules.Unknown)
	}
	if len(v.Fixed) > 0 {
		text += "; fixed in " + strings.Join(v.Fixed, ", ")
	}
	return text
}

// asideCards tell of what was not believed, one card for each feed.
func (p *pass) asideCards() {
	for _, feed := range p.policy.Feeds {
		var c compliance.Card
		n := 0
		for _, r := range p.aside {
			if r.Feed.Feed != feed.ID {
				continue
			}
			if n++; n == 1 {
				c = compliance.Card{Subject: rules.FeedSubject(feed.ID), Key: r.Key, Tone: compliance.Attention}
			}
			if n <= shownEntries {
				c.Facts = append(c.Facts, p.asideFact(*r.Feed))
			}
		}
		if n == 0 {
			continue
		}
		if n > shownEntries {
			c.Facts = append(c.Facts, compliance.Fact{Text: fmt.Sprintf("%d more: starter feed show %s", n-shownEntries, feed.ID)})
		}
		c.Title = fmt.Sprintf("Feed %s: %d set aside", feed.ID, n)
		c.Status = "What contradicts itself is not believed and not taken for absent: it counts as exploited. Compare it with the publisher's page."
		p.card(c, nil, p.asideAgain)
	}
	p.aside = nil
}

// asideFact is one line about what was not believed, and whom it concerns.
func (p *pass) asideFact(f rules.FeedFacts) compliance.Fact {
	if len(f.Quarantined) == 0 {
		return compliance.Fact{Label: compliance.Cut(f.Detail, 60), Text: compliance.Cut(strings.Join(f.Defects, "; "), 200)}
	}
	q := f.Quarantined[0]
	out := compliance.Fact{Label: q.CVE, Text: compliance.Cut(strings.TrimSpace(q.Vendor+" "+q.Product)+": "+q.Detail, 200)}
	if q.CVE == "" {
		out.Label = "Entry"
	}
	for _, i := range p.policy.Installed {
		if slices.ContainsFunc(i.Products, func(w rules.WantedProduct) bool { return w.Matches(q.Vendor, q.Product) }) {
			out.Text += ". It is installed in " + i.System
		}
	}
	return out
}

// card queues a card for every audience.
func (p *pass) card(c compliance.Card, note *compliance.Note, follows bool) {
	for _, a := range p.policy.Audiences {
		t := Telling{Channel: a.Channel, Card: c, Follows: follows}
		t.Card.Notify = a.People
		if note != nil {
			n := *note
			n.People = a.People
			t.Note = &n
		}
		p.s.Untold = append(p.s.Untold, t)
	}
}

// tell shows what people are to be told. A surface that is down holds nothing up: the
// next run tells it.
func (p *pass) tell(ctx workflow.Context) {
	p.asideCards()
	list := p.s.Untold
	p.s.Untold = nil
	for i, t := range list {
		err := p.show(ctx, t)
		if err == nil {
			continue
		}
		f := steps.Explain(err)
		if f.Final {
			p.log.Error("a card about feeds is refused", "card", t.Card.Key, "failure", f.Text) // the record and the command line have it
			continue
		}
		p.log.Warn("cards about feeds are not shown yet", "failure", f.Text)
		p.s.Untold = list[i:]
		break
	}
	if n := len(p.s.Untold); n > mostUntold {
		p.log.Error("the oldest cards about feeds are given up", "cards", n-mostUntold)
		p.s.Untold = p.s.Untold[n-mostUntold:]
	}
	for i := range p.s.Untold {
		p.s.Untold[i].Follows = true // it may have been shown without our hearing of it
	}
}

func (p *pass) show(ctx workflow.Context, t Telling) error {
	posted, err := steps.ShowCard(ctx, steps.ShowCardInput{Channel: t.Channel, Card: t.Card, Repeat: t.Follows})
	if err != nil || !t.Follows {
		return err
	}
	_, err = steps.ShowCard(ctx, steps.ShowCardInput{Channel: t.Channel, At: &posted, Card: t.Card, Note: t.Note})
	return err
}
