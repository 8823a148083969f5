package tests

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// traces is what one story leaves behind, however often its processes were killed.
type traces struct {
	records  []string
	voters   []string // of the decisions, by short name
	statuses []string // the ticket's, by logical name
	comments int      // one for each state, or version
	notes    int      // in the card's thread: somebody else's turn
	end      string   // what the card says
}

func (p plot) traces() traces {
	if p == straight {
		return traces{
			records:  []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "finished", "closed", "late"},
			voters:   []string{"bruno", "chidi", "farah"},
			statuses: []string{"submitted", "in_review", "approved", "executing", "closed"},
			comments: 4, notes: 2, end: "Closed",
		}
	}
	return traces{
		records:  []string{"received", "submitted", "decided", "rejected", "submitted", "decided", "voided", "submitted", "withdrawn", "late"},
		voters:   []string{"bruno", "bruno"}, // a denial of the first version, an approval of the second
		statuses: []string{"submitted", "in_review", "rejected", "submitted", "in_review", "withdrawn"},
		comments: 5, notes: 0, end: "Withdrawn",
	}
}

var crashMarker = regexp.MustCompile(`cs-[0-9a-f]{16}`)

// check compares what is there with what must be, and says of each difference
// whether something is missing or there twice.
func (c *crashWorld) check(ctx context.Context, s *crashStory) []crashProblem {
	var found []crashProblem
	say := func(doubled bool, format string, args ...any) {
		found = append(found, crashProblem{doubled, fmt.Sprintf(format, args...)})
	}
	want := s.plot.traces()
	entries, err := c.reader.Records(ctx, s.subject())
	if err != nil {
		say(false, "records cannot be read: %v", err)
	}
	types := make([]string, len(entries))
	var voters []string
	for i, e := range entries {
		types[i] = strings.TrimPrefix(e.Record.Type, "change.")
		if types[i] == "decided" {
			voters = append(voters, e.Record.Actor.Person)
		}
	}
	if !slices.Equal(types, want.records) {
		say(len(types) > len(want.records), "records are %v", types)
	}
	// In whatever order: two that were received while nobody could look at them
	// are judged as they come.
	slices.Sort(voters)
	if !slices.Equal(voters, slices.Sorted(slices.Values(c.people(want.voters)))) {
		say(len(voters) > len(want.voters), "decisions of %v are on record", voters)
	}
	c.checkTicket(s, say)
	c.checkSurface(s, say)
	report, err := c.verified(ctx)
	if err != nil {
		say(false, "the log cannot be verified: %v", err)
	}
	for _, f := range report.Findings {
		say(f.Check == evidence.CheckKey, "evidence: %s", f)
	}
	return found
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

func (c *crashWorld) checkTicket(s *crashStory, say func(bool, string, ...any)) {
	issue, ok := c.w.Site.Jira.Issue(s.issue.Key)
	if !ok {
		say(false, "the ticket is gone")
		return
	}
	marks := map[string]bool{}
	for _, comment := range issue.Comments {
		mark := crashMarker.FindString(comment.Body)
		if marks[mark] {
			say(true, "comment %s is there twice", mark)
		}
		marks[mark] = true
	}
	should := s.plot.traces()
	if len(issue.Comments) != should.comments {
		say(len(issue.Comments) > should.comments, "the ticket has %d comments", len(issue.Comments))
	}
	var want, statuses []string
	for _, logical := range should.statuses {
		want = append(want, c.w.Rules.Tickets().Statuses[logical])
	}
	for _, edit := range issue.History {
		if edit.Field == "status" {
			statuses = append(statuses, edit.To)
		}
	}
	if !slices.Equal(statuses, want) {
		say(len(statuses) > len(want), "the ticket went through %v", statuses)
	}
}

func (c *crashWorld) checkSurface(s *crashStory, say func(bool, string, ...any)) {
	var live []slacktest.Message
	notes := map[string]int{}
	all := c.w.Site.Slack.Snapshot().Messages
	for _, m := range all {
		if m.Deleted || !strings.Contains(m.Shown(), s.title) {
			continue
		}
		switch m.EventType() {
		case "countersign_card":
			live = append(live, m)
		case "countersign_superseded":
			if len(m.Buttons()) > 0 {
				say(true, "a superseded card still has buttons")
			}
		}
	}
	if len(live) != 1 {
		say(len(live) > 1, "%d live cards", len(live))
		return
	}
	if len(live[0].Buttons()) > 0 || !strings.Contains(live[0].Shown(), s.plot.traces().end) {
		say(false, "the card does not show the end: %s", live[0].Shown())
	}
	for _, m := range all {
		if m.Channel == live[0].Channel && m.ThreadTS == live[0].TS && !m.Deleted {
			notes[string(m.Metadata)+m.Text]++
			if notes[string(m.Metadata)+m.Text] > 1 {
				say(true, "the note %q is there twice", m.Text)
			}
		}
	}
	if should := s.plot.traces().notes; len(notes) != should {
		say(len(notes) > should, "%d notes in the card's thread: %v", len(notes), notes)
	}
}

func (c *crashWorld) verified(ctx context.Context) (evidence.Report, error) {
	env := c.w.Env()
	return evidence.Verify(ctx, evidence.VerifyInput{
		Dir: env["COUNTERSIGN_EVIDENCE"], PublicKey: c.reader.PublicKey(), Anchors: []string{env["COUNTERSIGN_EVIDENCE_ANCHORS"]},
	})
}

// audit looks at the whole log of a world after all its stories: one number for
// each, none missing.
func (c *crashWorld) audit() error {
	ctx := context.Background()
	c.records.Close() // publishes the last checkpoint
	report, err := c.verified(ctx)
	if err != nil {
		return err
	}
	if len(report.Findings) > 0 || len(report.Series) != 1 || report.Series[0].Count != c.stories || len(report.Series[0].Gaps) > 0 {
		return fmt.Errorf("%d stories, series %+v, findings %v", c.stories, report.Series, report.Findings)
	}
	return nil
}
