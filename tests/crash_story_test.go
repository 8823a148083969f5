package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// crashStory is one change played by people who do what people do when
// something fails: they try again, with the form they still have open.
type crashStory struct {
	c     *crashWorld
	title string
	issue jiratest.Issue
	// absent keeps the worker away while one approver decides.
	absent bool
}

// subject is the workflow id of the story's change.
func (s *crashStory) subject() string {
	return change.WorkflowID(s.c.w.Rules.Tickets().Site, s.issue.ID)
}

// play tells the whole story: two levels, three approvers, execution, and a
// click that comes after the end.
func (s *crashStory) play(ctx context.Context) error {
	var late slacktest.View
	steps := []struct {
		name string
		do   func() error
	}{
		{"submit", s.submit},
		{"card", func() error { return s.shows(ctx, "in_review", harness.Offers("approve")) }},
		{"open a form for later", func() (err error) {
			late, err = s.press(ctx, "jonas", "approve", harness.Offers("approve"))
			return err
		}},
		{"first approval", func() error { return s.act(ctx, "bruno", "approve", nil, harness.Offers("approve")) }},
		{"second approval", func() error { return s.alone(ctx, "chidi") }},
		{"question", func() error { return s.ask(ctx) }},
		{"third approval", func() error {
			return s.act(ctx, "farah", "approve", map[string]string{"comment": "Checked with finance"}, harness.Says("level 2 of 2"))
		}},
		{"approved", func() error { return s.shows(ctx, "approved", harness.Offers("start")) }},
		{"start", func() error { return s.act(ctx, "goran", "start", nil, harness.Offers("start")) }},
		{"executing", func() error { return s.shows(ctx, "executing", harness.Offers("finish")) }},
		{"finish", func() error {
			return s.act(ctx, "goran", "finish", map[string]string{"result": "succeeded", "note": "Limit is 5000"}, harness.Offers("finish"))
		}},
		{"closed", func() error { return s.shows(ctx, "closed", harness.Says("Closed")) }},
		{"over", func() error { return s.over(ctx) }},
		{"late click", func() error { return s.send(ctx, "jonas", late, nil, "is over") }},
		{"calm", func() error { return s.calm(ctx) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func (s *crashStory) submit() (err error) {
	w := s.c.w
	if s.issue, err = w.Site.Jira.CreateIssue(w.Jira("jonas"), harness.Ticket(map[string]string{"title": s.title})); err != nil {
		return err
	}
	return w.Site.Jira.Transition(w.Jira("jonas"), s.issue.Key, w.Rules.Tickets().SubmitStatus)
}

// shows waits until ticket and card both show it.
func (s *crashStory) shows(ctx context.Context, status string, want func(slacktest.Message) bool) error {
	w := s.c.w
	name := w.Rules.Tickets().Statuses[status]
	err := w.Site.Jira.WaitFor(ctx, func(jiratest.Snapshot) bool {
		issue, ok := w.Site.Jira.Issue(s.issue.Key)
		return ok && issue.Status == name
	})
	if err != nil {
		return err
	}
	_, err = s.card(ctx, want)
	return err
}

// card waits for the live card.
func (s *crashStory) card(ctx context.Context, want func(slacktest.Message) bool) (found slacktest.Message, err error) {
	err = s.c.w.Site.Slack.WaitFor(ctx, func(snap slacktest.Snapshot) bool {
		for _, m := range snap.Messages {
			if m.ThreadTS == "" && m.EventType() == "countersign_card" && strings.Contains(m.Shown(), s.title) && want(m) {
				found = m
				return true
			}
		}
		return false
	})
	return found, err
}

// alone is the second approval, in some stories while there is no worker.
func (s *crashStory) alone(ctx context.Context, who string) error {
	view, err := s.press(ctx, who, "approve", harness.Offers("approve"))
	if err != nil {
		return err
	}
	if s.absent {
		s.c.worker.Hold(true)
		s.c.worker.Kill()
		defer s.c.worker.Hold(false)
	}
	return s.send(ctx, who, view, nil, "")
}

// act presses a button and submits the form.
func (s *crashStory) act(ctx context.Context, who, action string, values map[string]string, want func(slacktest.Message) bool) error {
	view, err := s.press(ctx, who, action, want)
	if err != nil {
		return err
	}
	return s.send(ctx, who, view, values, "")
}

// press opens the form of a button, again and again until it opens. A form that
// opened although Slack showed an error is used.
func (s *crashStory) press(ctx context.Context, who, action string, want func(slacktest.Message) bool) (slacktest.View, error) {
	w := s.c.w
	user := w.Slack(who)
	for {
		card, err := s.card(ctx, func(m slacktest.Message) bool { return want(m) && harness.Offers(action)(m) })
		if err != nil {
			return slacktest.View{}, err
		}
		view, err := w.Site.Slack.Press(user, card.Channel, card.TS, action)
		if err == nil {
			return view, nil
		}
		for _, open := range w.Site.Slack.Views(user) {
			if strings.Contains(open.Metadata(), s.subject()+`"`) && strings.Contains(open.Metadata(), `"`+action+`"`) {
				return open, nil
			}
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return slacktest.View{}, errors.Join(waited, err)
		}
	}
}

// send submits a form until the answer says that it was received. refusal is
// the text of the refusal that is the right answer; empty: none is.
func (s *crashStory) send(ctx context.Context, who string, view slacktest.View, values map[string]string, refusal string) error {
	slack := s.c.w.Site.Slack
	for {
		result, err := slack.Submit(s.c.w.Slack(who), view, harness.Filled(view, values))
		text := errorText(result)
		switch {
		case err == nil && text == "":
			return nil
		case err == nil && refusal != "" && strings.Contains(text, refusal):
			return nil
		case err == nil && !strings.Contains(text, "Nothing was recorded"):
			return fmt.Errorf("%s was refused: %s", who, text)
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err, errors.New(text))
		}
	}
}

// ask is somebody who asks where the change stands.
func (s *crashStory) ask(ctx context.Context) error {
	for {
		value, err := s.c.w.Client.QueryWorkflow(ctx, s.subject(), "", change.QueryStanding)
		if err == nil {
			var standing change.Standing
			return value.Get(&standing)
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

func (s *crashStory) over(ctx context.Context) error {
	for {
		err := s.c.w.Client.GetWorkflow(ctx, s.subject(), "").Get(ctx, nil)
		if err == nil {
			return nil
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

// calm waits until nothing about this change is under way any more: the
// tracker's webhooks are delivered and the late click is on record.
func (s *crashStory) calm(ctx context.Context) error {
	err := s.c.w.Site.Jira.WaitFor(ctx, func(snap jiratest.Snapshot) bool {
		for _, d := range snap.Deliveries {
			if d.Key == s.issue.Key && !d.Done {
				return false
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return s.c.eventually(ctx, func() (bool, error) {
		records, err := s.c.reader.Records(ctx, s.subject())
		return err == nil && len(records) > 0 && records[len(records)-1].Record.Type == "change.late", err
	})
}
