package tests

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

var crashMarker = regexp.MustCompile(`cs-[0-9a-f]{16}`)

// records are a subject's, and their types without the process's name.
func (c *crashWorld) recordsOf(ctx context.Context, f *findings, subject string) (entries []evidence.Entry, types []string) {
	entries, err := c.reader.Records(ctx, subject)
	if err != nil {
		f.lost("records of %s cannot be read: %v", subject, err)
	}
	for _, e := range entries {
		_, name, _ := strings.Cut(e.Record.Type, ".")
		types = append(types, name)
	}
	return entries, types
}

// checkLog verifies the whole log, and that no key is in it twice.
func (c *crashWorld) checkLog(ctx context.Context, f *findings) {
	report, err := c.verified(ctx)
	if err != nil {
		f.lost("the log cannot be verified: %v", err)
	}
	for _, found := range report.Findings {
		f.all = append(f.all, crashProblem{found.Check == evidence.CheckKey, "evidence: " + fmt.Sprint(found)})
	}
}

// checkTicket looks at one ticket: each comment once, so many of them, and the
// statuses it went through, by the site's names.
func (c *crashWorld) checkTicket(f *findings, key string, comments int, statuses []string) {
	issue, ok := c.w.Site.Jira.Issue(key)
	if !ok {
		f.lost("the ticket %s is gone", key)
		return
	}
	marks := map[string]bool{}
	for _, comment := range issue.Comments {
		mark := crashMarker.FindString(comment.Body)
		if marks[mark] {
			f.doubled("comment %s is there twice", mark)
		}
		marks[mark] = true
	}
	f.counted("comments of the ticket", len(issue.Comments), comments)
	var went []string
	for _, edit := range issue.History {
		if edit.Field == "status" {
			went = append(went, edit.To)
		}
	}
	f.listed("the ticket went through", went, statuses)
}

// issues are the tickets that tell of a title.
func (c *crashWorld) issues(title string) []jiratest.Issue {
	var out []jiratest.Issue
	for _, i := range c.w.Site.Jira.Issues() {
		if strings.Contains(i.Fields["title"], title) || strings.Contains(i.Title, title) {
			out = append(out, i)
		}
	}
	return out
}

// anyNotes is for a thread of which nobody can say how many notes it should have.
const anyNotes = -1

// checkCards looks at the subject's cards: so many live ones of which the newest
// shows the end, superseded ones without buttons, and each note of a thread once.
// It returns the live ones.
func (a *acting) checkCards(f *findings, live int, end string, notes int) (cards []slacktest.Message) {
	all := a.c.w.Site.Slack.Snapshot().Messages
	for _, m := range all {
		if m.Deleted || m.ThreadTS != "" || !a.mine(m) {
			continue
		}
		switch m.EventType() {
		case "countersign_card":
			cards = append(cards, m)
		case "countersign_superseded":
			if len(m.Buttons()) > 0 {
				f.doubled("a superseded card still has buttons")
			}
		}
	}
	if len(cards) != live {
		f.counted("live cards", len(cards), live)
		return cards
	}
	if newest := cards[len(cards)-1]; !strings.Contains(newest.Shown(), end) {
		f.lost("the card does not show the end: %s", newest.Shown())
	}
	there := map[string]int{}
	for _, m := range all {
		for _, card := range cards {
			if m.Channel == card.Channel && m.ThreadTS == card.TS && !m.Deleted {
				there[string(m.Metadata)+m.Text]++
			}
		}
	}
	for note, n := range there {
		if n > 1 {
			f.doubled("the note %q is there twice", note)
		}
	}
	if notes != anyNotes {
		f.counted("notes in the card's thread", len(there), notes)
	}
	return cards
}

// people are the ids of people by their short names.
func (c *crashWorld) people(names []string) []string {
	ids := make([]string, len(names))
	for i, name := range names {
		for _, p := range c.w.Directory.People() {
			if p.Accounts["cli"] == name {
				ids[i] = string(p.ID)
			}
		}
	}
	return ids
}

func (c *crashWorld) verified(ctx context.Context) (evidence.Report, error) {
	env := c.w.Env()
	return evidence.Verify(ctx, evidence.VerifyInput{
		Dir: env["COUNTERSIGN_EVIDENCE"], PublicKey: c.reader.PublicKey(), Anchors: []string{env["COUNTERSIGN_EVIDENCE_ANCHORS"]},
	})
}

// audit looks at the whole log of a world after all its stories: the numbers
// that were taken, none missing.
func (c *crashWorld) audit() error {
	ctx := context.Background()
	c.records.Close() // publishes the last checkpoint
	report, err := c.verified(ctx)
	if err != nil {
		return err
	}
	taken := map[string]int{}
	gaps := 0
	for _, s := range report.Series {
		taken[s.Series] = s.Count
		gaps += len(s.Gaps)
	}
	maps.DeleteFunc(c.numbered, func(_ string, n int) bool { return n == 0 })
	if len(report.Findings) > 0 || gaps > 0 || !maps.Equal(taken, c.numbered) {
		return fmt.Errorf("numbers %v, not %v; series %+v, findings %v", taken, c.numbered, report.Series, report.Findings)
	}
	return nil
}

// sorted is a sorted copy.
func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
