package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
)

// acting is how people act in Slack on one subject. They do what people do when
// something fails: they try again, with the form they still have open.
type acting struct {
	*tale
	subject func() string // workflow id
	// mine tells the subject's cards from all other messages.
	mine func(m slacktest.Message) bool
}

// card waits until the subject's newest card is as wanted.
func (a *acting) card(ctx context.Context, want func(slacktest.Message) bool) (found slacktest.Message, err error) {
	err = a.c.w.Site.Slack.WaitFor(ctx, func(snap slacktest.Snapshot) bool {
		there := false
		for _, m := range snap.Messages {
			if m.ThreadTS == "" && !m.Deleted && m.EventType() == "countersign_card" && a.mine(m) {
				found, there = m, true
			}
		}
		return there && want(found)
	})
	if err != nil {
		err = fmt.Errorf("%w; the card is\n%s", err, found.Shown())
	}
	return found, err
}

// shows waits until the card is as wanted.
func (a *acting) shows(want func(slacktest.Message) bool) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := a.card(ctx, want)
		return err
	}
}

// acts presses a button and submits the form.
func (a *acting) acts(who, action string, values map[string]string, want func(slacktest.Message) bool) func(context.Context) error {
	return func(ctx context.Context) error {
		view, err := a.press(ctx, who, action, want)
		if err != nil {
			return err
		}
		return a.send(ctx, who, view, values, "")
	}
}

// alone is an approval, in some stories while there is no worker.
func (a *acting) alone(ctx context.Context, who string) error {
	view, err := a.press(ctx, who, "approve", harness.Offers("approve"))
	if err != nil {
		return err
	}
	defer a.away()()
	return a.send(ctx, who, view, nil, "")
}

// away takes the worker away, in stories that are to have none for a while, until
// it is called back.
func (a *acting) away() (back func()) {
	if !a.absent {
		return func() {}
	}
	a.c.worker.Hold(true)
	a.c.worker.Kill()
	return func() { a.c.worker.Hold(false) }
}

// press opens the form of a button, again and again until it opens. A form that
// opened although Slack showed an error is used.
func (a *acting) press(ctx context.Context, who, action string, want func(slacktest.Message) bool) (slacktest.View, error) {
	w := a.c.w
	user := w.Slack(who)
	for {
		card, err := a.card(ctx, func(m slacktest.Message) bool { return want(m) && harness.Offers(action)(m) })
		if err != nil {
			return slacktest.View{}, err
		}
		view, err := w.Site.Slack.Press(user, card.Channel, card.TS, action)
		if err == nil {
			return view, nil
		}
		for _, open := range w.Site.Slack.Views(user) {
			if strings.Contains(open.Metadata(), a.subject()+`"`) && strings.Contains(open.Metadata(), `"`+action+`"`) {
				return open, nil
			}
		}
		if waited := a.c.afterError(ctx); waited != nil {
			return slacktest.View{}, errors.Join(waited, err)
		}
	}
}

// send submits a form until the answer says that it was received. refusal is
// the text of the refusal that is the right answer; empty: none is.
func (a *acting) send(ctx context.Context, who string, view slacktest.View, values map[string]string, refusal string) error {
	slack := a.c.w.Site.Slack
	for {
		result, err := slack.Submit(a.c.w.Slack(who), view, harness.Filled(view, values))
		text := errorText(result)
		switch {
		case err == nil && text == "":
			return nil
		case err == nil && refusal != "" && strings.Contains(text, refusal):
			return nil
		case err == nil && !strings.Contains(text, "Nothing was"):
			return fmt.Errorf("%s was refused: %s", who, text)
		}
		if waited := a.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err, errors.New(text))
		}
	}
}

// ask is somebody who asks where the subject stands, as answer takes it.
func (a *acting) ask(query string, answer any) func(context.Context) error {
	return func(ctx context.Context) error { return a.c.ask(ctx, a.subject(), query, answer) }
}

func (c *crashWorld) ask(ctx context.Context, subject, query string, answer any) error {
	for {
		value, err := c.w.Client.QueryWorkflow(ctx, subject, "", query)
		if err == nil {
			return value.Get(answer)
		}
		if waited := c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

// over waits until the run of a subject has ended.
func (c *crashWorld) over(ctx context.Context, subject string) error {
	for {
		err := c.w.Client.GetWorkflow(ctx, subject, "").Get(ctx, nil)
		if err == nil {
			return nil
		}
		if waited := c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

// calm waits until the tracker has delivered what it has to say about tickets
// and the subject's last record is of this type.
func (c *crashWorld) calm(ctx context.Context, subject, last string, tickets ...string) error {
	err := c.w.Site.Jira.WaitFor(ctx, func(snap jiratest.Snapshot) bool {
		for _, d := range snap.Deliveries {
			for _, key := range tickets {
				if d.Key == key && !d.Done {
					return false
				}
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	return c.eventually(ctx, func() (bool, error) {
		records, err := c.reader.Records(ctx, subject)
		return err == nil && len(records) > 0 && records[len(records)-1].Record.Type == last, err
	})
}
