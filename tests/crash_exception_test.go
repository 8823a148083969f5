package tests

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/exception"
)

// exceptionStory is one exception from a check of the gate: asked for, granted,
// over because the compensating control fails, and remedied.
type exceptionStory struct {
	acting
	stood exception.Standing
}

func newExceptionStory(t *tale) *exceptionStory {
	s := &exceptionStory{acting: acting{tale: t}}
	s.subject = func() string { return s.stood.Subject }
	s.mine = func(m slacktest.Message) bool { return strings.Contains(m.Shown(), s.title) }
	return s
}

func (s *exceptionStory) numbers() map[string]int { return map[string]int{rules.Series: 1} }

func (s *exceptionStory) steps() []step {
	fails := map[string]string{"reason": "Nobody has read a change for a week"}
	over := map[string]string{"outcome": "remedied", "reason": "The suites are whole again"}
	var late slacktest.View
	return []step{
		{"request", s.request},
		{"card and ticket", s.requested},
		{"open a form for later", func(ctx context.Context) (err error) {
			late, err = s.press(ctx, "alice", "approve", harness.Offers("approve"))
			return err
		}},
		{"approval", s.acts("farah", "approve", nil, harness.Offers("approve"))},
		{"in force", s.shows(harness.Offers("fails"))},
		{"question", s.ask(exception.QueryStanding, &exception.Standing{})},
		{"the control fails", s.acts("hana", "fails", fails, harness.Offers("fails"))},
		{"reopened", s.shows(harness.Says("Remedy by"))},
		{"remedied", s.acts("bruno", "end", over, harness.Says("Remedy by"))},
		{"over", func(ctx context.Context) error { return s.c.over(ctx, s.subject()) }},
		{"late click", func(ctx context.Context) error { return s.send(ctx, "alice", late, nil, "is over") }},
		{"calm", func(ctx context.Context) error {
			return s.c.calm(ctx, s.subject(), rules.EventLate, s.stood.Ticket.Key)
		}},
	}
}

// request is somebody who asks for the exception with the slash command, again
// until the form opens and its answer says that it is asked for.
func (s *exceptionStory) request(ctx context.Context) error {
	w := s.c.w
	view, err := w.Site.Slack.Command(w.Slack("goran"), w.Channel("changes"), "/exception", "gate/tests")
	for err != nil {
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
		if open := w.Site.Slack.Views(w.Slack("goran")); len(open) > 0 {
			view = open[len(open)-1]
			break
		}
		view, err = w.Site.Slack.Command(w.Slack("goran"), w.Channel("changes"), "/exception", "gate/tests")
	}
	return s.send(ctx, "goran", view, map[string]string{
		"control": "gate/tests", "system": "order-portal", "reason": s.title, "compensating": "Two people read each change",
		"owner": "bruno keller", "verifier": "p-hana", "until": time.Now().AddDate(0, 0, 30).Format(time.DateOnly),
	}, "")
}

// requested waits for the card, which says which exception it is, and its ticket.
func (s *exceptionStory) requested(ctx context.Context) error {
	card, err := s.card(ctx, harness.Offers("approve"))
	if err != nil {
		return err
	}
	var value struct {
		S string `json:"s"`
	}
	if err := json.Unmarshal([]byte(card.Buttons()[0].Value), &value); err != nil {
		return err
	}
	return s.c.eventually(ctx, func() (bool, error) {
		err := s.c.ask(ctx, value.S, exception.QueryStanding, &s.stood)
		return err == nil && s.stood.Ticket.Key != "", err
	})
}

func (s *exceptionStory) check(ctx context.Context, f *findings) {
	_, types := s.c.recordsOf(ctx, f, s.subject())
	f.listed("records are", types, []string{"requested", "granted", "failed", "ended", "late"})
	var went []string
	for _, logical := range []string{"in_force", "reopened", "done"} { // it is opened as requested
		went = append(went, s.c.w.Rules.Tickets().Kinds[compliance.TicketException].Statuses[logical])
	}
	s.c.checkTicket(f, s.stood.Ticket.Key, 4, went)
	tickets := 0
	for _, i := range s.c.w.Site.Jira.Issues() {
		if strings.Contains(i.Text, s.title) {
			tickets++
		}
	}
	f.counted("tickets of the exception", tickets, 1)
	s.checkCards(f, 1, "remedied", 4)
}
