package tests

import (
	"context"
	"maps"
	"strings"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// changeStory is one change.
type changeStory struct {
	acting
	issue  jiratest.Issue
	fields map[string]string // of the ticket, beside the usual ones
	// older is the change that this one takes the place of, in one plot.
	older *changeStory
}

func newChangeStory(t *tale) *changeStory {
	s := &changeStory{acting: acting{tale: t}}
	s.subject = func() string { return change.WorkflowID(s.c.w.Rules.Tickets().Site, s.issue.ID) }
	// The page of an emergency that comes by direct message looks like a card.
	s.mine = func(m slacktest.Message) bool { return m.Channel[0] != 'D' && strings.Contains(m.Shown(), s.title) }
	s.fields = t.plot.fields()
	if t.plot == supersededPlot {
		s.older = newChangeStory(&tale{c: t.c, title: "Before " + strings.ToLower(t.title), plot: olderPart})
	}
	return s
}

func (s *changeStory) numbers() map[string]int {
	if s.older != nil {
		return map[string]int{"CHG": 2}
	}
	return map[string]int{"CHG": 1}
}

// changeTraces is what one change leaves behind, however often its processes
// were killed.
type changeTraces struct {
	records  []string
	voters   []string // of the decisions, by short name
	statuses []string // the ticket's, by logical name
	comments int      // one for each state, or version
	notes    int      // in the card's thread: somebody else's turn
	end      string   // what the card says
}

func (p plot) changeTraces() changeTraces {
	if of, aside := asideTraces()[p]; aside {
		return of
	}
	if p == straight {
		return changeTraces{
			records:  []string{"received", "submitted", "decided", "decided", "decided", "approved", "started", "finished", "closed", "late"},
			voters:   []string{"bruno", "chidi", "farah"},
			statuses: []string{"submitted", "in_review", "approved", "executing", "closed"},
			comments: 4, notes: 2, end: "Closed",
		}
	}
	return changeTraces{
		records:  []string{"received", "submitted", "decided", "rejected", "submitted", "decided", "voided", "submitted", "withdrawn", "late"},
		voters:   []string{"bruno", "bruno"}, // a denial of the first version, an approval of the second
		statuses: []string{"submitted", "in_review", "rejected", "submitted", "in_review", "withdrawn"},
		comments: 5, notes: 0, end: "Withdrawn",
	}
}

// steps of every plot end with a click that comes after the end.
func (s *changeStory) steps() []step {
	var late slacktest.View
	var steps []step
	if s.older != nil {
		steps = s.predecessor()
	}
	steps = append(steps, []step{
		{"submit", s.submit},
		{"card", s.stands("in_review", harness.Offers("approve"))},
		{"open a form for later", func(ctx context.Context) (err error) {
			late, err = s.press(ctx, "jonas", "approve", harness.Offers("approve"))
			return err
		}},
	}...)
	told := map[plot]func() []step{
		straight: s.straight, winding: s.winding, heldPlot: s.held, supersededPlot: s.superseding, emergencyPlot: s.emergency, expiredPlot: s.expiring, gatedPlot: s.gated,
	}
	steps = append(steps, told[s.plot]()...)
	return append(steps,
		step{"over", func(ctx context.Context) error { return s.c.over(ctx, s.subject()) }},
		step{"late click", func(ctx context.Context) error { return s.send(ctx, "jonas", late, nil, "is over") }},
		step{"calm", func(ctx context.Context) error { return s.c.calm(ctx, s.subject(), "change.late", s.issue.Key) }},
	)
}

func (s *changeStory) straight() []step {
	comment := map[string]string{"comment": "Checked with finance"}
	outcome := map[string]string{"result": "succeeded", "note": "Limit is 5000"}
	return []step{
		{"first approval", s.acts("bruno", "approve", nil, harness.Offers("approve"))},
		{"second approval", func(ctx context.Context) error { return s.alone(ctx, "chidi") }},
		{"question", s.ask(change.QueryStanding, &change.Standing{})},
		{"third approval", s.acts("farah", "approve", comment, harness.Says("level 2 of 2"))},
		{"approved", s.stands("approved", harness.Offers("start"))},
		{"start", s.acts("goran", "start", nil, harness.Offers("start"))},
		{"executing", s.stands("executing", harness.Offers("finish"))},
		{"finish", s.acts("goran", "finish", outcome, harness.Offers("finish"))},
		{"closed", s.stands("closed", harness.Says("Closed"))},
	}
}

func (s *changeStory) winding() []step {
	jira := s.c.w.Site.Jira
	jonas := s.c.w.Jira("jonas")
	return []step{
		{"denial", s.acts("bruno", "deny", map[string]string{"reason": "No test on real data"}, harness.Offers("deny"))},
		{"denied", s.stands("rejected", harness.Says("Denied"))},
		{"mend", func(context.Context) error {
			if err := jira.EditIssue(jonas, s.issue.Key, map[string]string{"test_plan": "A copy of real data"}); err != nil {
				return err
			}
			return jira.Transition(jonas, s.issue.Key, s.c.w.Rules.Tickets().SubmitStatus)
		}},
		{"second version", s.stands("in_review", harness.Says("version 2"))},
		{"approval", s.acts("bruno", "approve", nil, harness.Says("version 2"))},
		{"edit", func(context.Context) error {
			return jira.EditIssue(jonas, s.issue.Key, map[string]string{"risk": "low"})
		}},
		{"third version", s.stands("in_review", harness.Says("version 3"))},
		{"withdrawal", s.acts("jonas", "withdraw", map[string]string{"reason": "Next quarter"}, harness.Says("version 3"))},
		{"withdrawn", s.stands("withdrawn", harness.Says("Withdrawn"))},
	}
}

func (s *changeStory) submit(context.Context) (err error) {
	w := s.c.w
	fields := map[string]string{"title": s.title}
	maps.Copy(fields, s.fields)
	if s.issue, err = w.Site.Jira.CreateIssue(w.Jira("jonas"), harness.Ticket(fields)); err != nil {
		return err
	}
	return w.Site.Jira.Transition(w.Jira("jonas"), s.issue.Key, w.Rules.Tickets().SubmitStatus)
}

// stands waits until ticket and card both show it.
func (s *changeStory) stands(status string, want func(slacktest.Message) bool) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := s.c.hasStatus(ctx, func() string { return s.issue.Key }, s.c.w.Rules.Tickets().Statuses[status]); err != nil {
			return err
		}
		_, err := s.card(ctx, want)
		return err
	}
}

// hasStatus waits until a ticket has a status, by the site's name.
func (c *crashWorld) hasStatus(ctx context.Context, key func() string, name string) error {
	return c.w.Site.Jira.WaitFor(ctx, func(jiratest.Snapshot) bool {
		issue, ok := c.w.Site.Jira.Issue(key())
		return ok && issue.Status == name
	})
}

func (s *changeStory) check(ctx context.Context, f *findings) {
	if s.older != nil {
		s.older.check(ctx, f)
	}
	if s.plot == emergencyPlot {
		s.checkPages(f)
	}
	want := s.plot.changeTraces()
	entries, types := s.c.recordsOf(ctx, f, s.subject())
	f.listed("records are", types, want.records)
	var voters []string
	for i, e := range entries {
		if types[i] == "decided" {
			voters = append(voters, e.Record.Actor.Person)
		}
	}
	// In whatever order: two that were received while nobody could look at them
	// are judged as they come.
	f.listed("on record are decisions of", sorted(voters), sorted(s.c.people(want.voters)))
	var statuses []string
	for _, logical := range want.statuses {
		statuses = append(statuses, s.c.w.Rules.Tickets().Statuses[logical])
	}
	s.c.checkTicket(f, s.issue.Key, want.comments, statuses)
	if cards := s.checkCards(f, 1, want.end, want.notes); len(cards) == 1 && len(cards[0].Buttons()) > 0 {
		f.lost("the card has buttons although the change is over")
	}
}
