package commands

import (
	"fmt"
	"io"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/feed"
)

// feedWords is how a feed stands, in a word or two.
func feedWords(h feed.Held) string {
	switch h.Found {
	case rules.OK:
		return "fresh"
	case rules.FeedStale:
		return "stale"
	case rules.FeedUnread:
		return "never read"
	case rules.FeedUnreachable:
		return "unreachable"
	case rules.FeedOlder, rules.FeedRejected:
		return "rejected"
	}
	return string(h.Found)
}

func (p *program) writeFeeds(w io.Writer, feeds []feed.Held) {
	if len(feeds) == 0 {
		fmt.Fprintln(w, "no feed has been read yet")
		return
	}
	t := table{head: []string{"FEED", "KIND", "STANDING", "LAST READ", "RELEASE", "SET ASIDE"}}
	for _, h := range feeds {
		t.add(h.Feed.ID, string(h.Feed.Kind), feedWords(h), p.lastRead(h), or(h.Version, "-"), fmt.Sprint(len(h.Quarantined)))
	}
	t.write(w, p.ink(w))
}

func (p *program) lastRead(h feed.Held) string {
	if h.LastRead.IsZero() {
		return "never"
	}
	return p.at(h.LastRead)
}

// writeFeed renders one feed for people.
func (p *program) writeFeed(w io.Writer, s shownFeed) {
	ink := p.ink(w)
	fact := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "  %-10s %s\n", label, line(text))
		}
	}
	fmt.Fprintln(w, ink.bold(line(s.Feed.ID+" · "+string(s.Feed.Kind))))
	fact("address", s.Feed.Address)
	fact("standing", feedWords(s.Held))
	if s.Found != rules.OK {
		fmt.Fprintf(w, "  %-10s %s\n", "", ink.warn(line(s.Found.Text())))
		fact("seen", s.Detail)
	}
	fact("last read", p.lastRead(s.Held))
	if !s.Released.IsZero() {
		fact("in force", fmt.Sprintf("%s, released %s, %s", or(s.Version, "no release named"), p.at(s.Released), compliance.ShortDigest(s.Digest)))
	}
	for _, d := range s.Owed {
		fact("owed", d.ID)
	}
	if len(s.Quarantined) > 0 {
		fmt.Fprintln(w, "\nset aside, because it contradicts itself:")
		t := table{head: []string{"ENTRY", "WHY", "DETAIL", "PRODUCT"}}
		for _, q := range s.Quarantined {
			t.add(or(q.CVE, "-"), string(q.Reason), q.Detail, q.Vendor+" "+q.Product)
		}
		t.write(w, ink)
	}
	if len(s.Rollouts) > 0 {
		fmt.Fprintln(w, "\nwhat feeds opened or informed:")
		t := table{head: []string{"DOCUMENT", "SYSTEM", "ROLLOUT", "STATE"}}
		for _, r := range s.Rollouts {
			state := or(string(r.State), "begun")
			if r.Kind == rules.LeaveAlone {
				state = "left alone: too old"
			}
			t.add(r.Document, r.System, or(r.Number, r.Rollout), state)
		}
		t.write(w, ink)
	}
}
