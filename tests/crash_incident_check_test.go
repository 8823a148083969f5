package tests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// arrived is one page as somebody got it.
type arrived struct {
	channel   string
	key       string // what the channel tells pages by
	at        time.Time
	stoodDown bool
	message   slacktest.Message // in Slack
}

// pagesTo are the pages about this story that somebody has got, on every channel.
func (s *incidentStory) pagesTo(name string) []arrived {
	w := s.c.w
	var out []arrived
	var who slacktest.User
	snap := w.Site.Slack.Snapshot()
	for _, u := range snap.Users {
		if u.ID == w.Slack(name) {
			who = u
		}
	}
	for _, i := range w.Site.PagerDuty.Incidents() {
		if strings.Contains(i.Title, s.title) && name == "bruno" { // who alone has an account there
			for _, call := range i.Paged {
				out = append(out, arrived{channel: "pagerduty", key: i.Key, at: call.At, stoodDown: i.Status == pagerdutytest.Resolved})
			}
		}
	}
	for _, c := range snap.Channels {
		if c.ID[0] != 'D' || !slices.Contains(c.Members, who.ID) {
			continue
		}
		for _, m := range snap.In(c.ID) {
			if strings.Contains(m.Shown(), s.title) && m.ThreadTS == "" {
				out = append(out, arrived{channel: "slack", key: m.Key(), at: m.PostedAt, stoodDown: len(m.Buttons()) == 0, message: m})
			}
		}
	}
	mails := w.Site.Mail.Mailbox(who.Email)
	told := 0
	for _, m := range mails {
		if strings.Contains(m.Subject(), s.title) && strings.HasPrefix(m.ID(), "<stand-down.") {
			told++
		}
	}
	for _, m := range mails {
		if strings.Contains(m.Subject(), s.title) && strings.HasPrefix(m.ID(), "<page.") {
			out = append(out, arrived{channel: "mail", key: m.ID(), at: m.At, stoodDown: told > 0})
		}
	}
	return out
}

// onChannel reports whether what somebody got on a channel is the page with this key.
func (p arrived) onChannel(channel, key, account string) bool {
	if p.channel != channel {
		return false
	}
	sum := sha256.Sum256([]byte(key))
	switch channel {
	case "pagerduty":
		sum = sha256.Sum256([]byte(key + "\x00" + account))
		return strings.HasSuffix(p.key, hex.EncodeToString(sum[:8]))
	case "mail":
		return strings.HasPrefix(p.key, "<page."+hex.EncodeToString(sum[:16])+"@")
	default:
		return p.key == key
	}
}

func (s *incidentStory) check(ctx context.Context, f *findings) {
	entries, types := s.c.recordsOf(ctx, f, s.subject())
	if len(entries) == 0 {
		return
	}
	s.checkRecords(f, entries, types)
	s.checkPages(f, entries)
	_, alert := s.c.recordsOf(ctx, f, s.alert())
	f.listed("records of the alert are", alert, []string{"triggered", "cleared", "over"})

	kinds := s.c.w.Rules.Tickets().Kinds
	statuses := kinds[compliance.TicketIncident].Statuses
	f.counted("tickets of the incident", len(s.c.issues(s.title)), 1)
	var went []string
	for _, logical := range []string{"acknowledged", "resolved", "reviewed", "closed"} {
		went = append(went, statuses[logical])
	}
	s.c.checkTicket(f, s.stood.Ticket.Key, 6, went)
	f.counted("tickets of what is to be done", len(s.todo()), 1)
	rooms := 0
	for _, c := range s.c.w.Site.Slack.Snapshot().Channels {
		if strings.HasPrefix(c.Name, "inc-"+strings.TrimPrefix(s.subject(), "incident/")) {
			rooms++
		}
	}
	f.counted("rooms", rooms, 1)
	notes := 1 // when the review is due
	for _, e := range entries {
		var facts rules.ReviewFacts
		if e.Record.Type == rules.EventReviewed && json.Unmarshal(e.Record.Facts, &facts) == nil && facts.Due.IsZero() {
			notes = anyNotes // it came before anybody knew
		}
	}
	s.checkCards(f, 1, "Closed", notes)
}

// checkRecords compares the records in order. What became of the pages is
// recorded as it becomes known, so it stands among the others wherever it comes.
func (s *incidentStory) checkRecords(f *findings, entries []evidence.Entry, types []string) {
	var order, pages, acknowledged []string // the last are the people whose acknowledgement counted
	for i, name := range types {
		who := ""
		if actor := entries[i].Record.Actor; actor != nil {
			who = actor.Person
		}
		switch name {
		case "paging", "paged":
			pages = append(pages, name)
		case "acknowledged":
			var facts rules.ActFacts
			_ = json.Unmarshal(entries[i].Record.Facts, &facts) // none leaves no reason
			if facts.Reason == rules.AlreadyAcknowledged && len(acknowledged) > 0 {
				continue // pressed again by somebody who was shown an error
			}
			order, acknowledged = append(order, name), append(acknowledged, who)
		case "refused":
			var facts rules.ActFacts
			_ = json.Unmarshal(entries[i].Record.Facts, &facts)
			over := facts.Reason == rules.AlreadyResolved || facts.Reason == rules.AlreadyClosed
			if facts.Action == rules.ActionAcknowledge && over && slices.Contains(acknowledged, who) {
				continue // the press whose step was killed, judged when that is repeated; they pressed again meanwhile
			}
			order = append(order, name)
		case "stood_down":
			if !slices.Contains(order, name) {
				order = append(order, name) // in one record or one for each
			}
		default:
			order = append(order, name)
		}
	}
	f.listed("records are", order, []string{"received", "acknowledged", "stood_down", "resolved", "reviewed", "action_done", "closed", "late"})
	f.listed("records of pages are", sorted(pages), []string{"paged", "paged", "paging", "paging"})
	f.counted("acknowledgements", len(acknowledged), 1)
}

// checkPages looks for every page that is on record at those it was for: none is
// lost, and without a kill none is there twice; with one, one may be.
func (s *incidentStory) checkPages(f *findings, entries []evidence.Entry) {
	owner := strings.TrimSuffix(entries[0].Record.Key, "/received")
	again := 0
	for _, e := range entries {
		if e.Record.Type != rules.EventPaging {
			continue
		}
		var page rules.PageFacts
		if err := json.Unmarshal(e.Record.Facts, &page); err != nil {
			f.lost("the record of a page cannot be read: %v", err)
			continue
		}
		for _, to := range page.To {
			who, _ := s.c.w.Directory.Person(to.Person)
			n := 0
			for _, p := range s.pagesTo(who.Accounts["cli"]) {
				for channel, account := range map[string]string{"slack": who.Accounts["slack"], "pagerduty": who.Accounts["pagerduty"], "mail": who.Email} {
					if p.onChannel(channel, rules.PageKey(owner, page.Page, to.Person, channel), account) {
						n++
					}
				}
			}
			if n == 0 {
				f.lost("page %d never reached %s", page.Page, to.Person)
			}
			again += max(0, n-1)
		}
	}
	tolerated := 0
	if s.killed {
		tolerated = 1
	}
	if again > tolerated {
		f.doubled("%d pages are there once more", again)
		return
	}
	f.repeated("a page arrived twice, by another channel or again by mail", again)
}
