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

func (s *crashStory) submit(context.Context) (err error) {
	w := s.c.w
	if s.issue, err = w.Site.Jira.CreateIssue(w.Jira("jonas"), harness.Ticket(map[string]string{"title": s.title})); err != nil {
		return err
	}
	return w.Site.Jira.Transition(w.Jira("jonas"), s.issue.Key, w.Rules.Tickets().SubmitStatus)
}

// shows waits until ticket and card both show it.
func (s *crashStory) shows(status string, want func(slacktest.Message) bool) func(context.Context) error {
	w := s.c.w
	name := w.Rules.Tickets().Statuses[status]
	return func(ctx context.Context) error {
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

// acts presses a button and submits the form.
func (s *crashStory) acts(who, action string, values map[string]string, want func(slacktest.Message) bool) func(context.Context) error {
	return func(ctx context.Context) error {
		view, err := s.press(ctx, who, action, want)
		if err != nil {
			return err
		}
		return s.send(ctx, who, view, values, "")
	}
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
