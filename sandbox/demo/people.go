package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// step bounds each wait of the story. A wait ends as soon as what it waits for
// happens.
const step = 90 * time.Second

// card waits until the change's card is as wanted.
func (p *play) card(ctx context.Context, want func(slacktest.Message) bool) (slacktest.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	var found slacktest.Message
	err := p.stage.Site.Slack.WaitFor(ctx, func(s slacktest.Snapshot) bool {
		for _, m := range s.Messages {
			if m.ThreadTS == "" && !m.Deleted && m.BotID != "" && strings.Contains(m.Shown(), title) && want(m) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		return found, fmt.Errorf("the card did not become what it should: %w", err)
	}
	return found, nil
}

// offers is wanted of a card that has a button for the action.
func offers(action string) func(slacktest.Message) bool {
	return func(m slacktest.Message) bool {
		return slices.ContainsFunc(m.Buttons(), func(b slacktest.Button) bool { return b.ActionID == action })
	}
}

// send presses a button and submits the form it opens, with these values and
// every statement confirmed.
func (p *play) send(user string, card slacktest.Message, action string, values map[string]string) (slacktest.ViewResult, error) {
	view, err := p.stage.Site.Slack.Press(user, card.Channel, card.TS, action)
	if err != nil {
		return slacktest.ViewResult{}, fmt.Errorf("press %s: %w", action, err)
	}
	filled := map[string]string{}
	maps.Copy(filled, values)
	for _, in := range view.Inputs() {
		if _, given := filled[in.Name]; !given && in.Required && len(in.Options) == 1 {
			filled[in.Name] = in.Options[0].Value
		}
	}
	result, err := p.stage.Site.Slack.Submit(user, view, filled)
	if err != nil {
		return result, fmt.Errorf("submit %s: %w", action, err)
	}
	return result, p.close(user, result)
}

// close puts away what a form left on the screen.
func (p *play) close(user string, result slacktest.ViewResult) error {
	if result.Cleared {
		return nil
	}
	return p.stage.Site.Slack.CloseView(user, result.View.ID)
}

// act is send for what must be accepted.
func (p *play) act(user string, card slacktest.Message, action string, values map[string]string) error {
	result, err := p.send(user, card, action, values)
	if err != nil {
		return err
	}
	for field, why := range result.Errors {
		return fmt.Errorf("%s was not accepted (%s): %s", action, field, why)
	}
	return nil
}

// status waits until the ticket has one of these logical statuses and tells it.
func (p *play) status(ctx context.Context, logical ...string) error {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	names := p.stage.Rules.Tickets().Statuses
	var now string
	err := p.stage.Site.Jira.WaitFor(ctx, func(s jiratest.Snapshot) bool {
		i := slices.IndexFunc(s.Issues, func(i jiratest.Issue) bool { return i.Key == p.ticket })
		if i < 0 {
			return false
		}
		now = s.Issues[i].Status
		return slices.ContainsFunc(logical, func(l string) bool { return names[l] == now })
	})
	if err != nil {
		return fmt.Errorf("ticket %s is %q and did not become %s: %w", p.ticket, now, strings.Join(logical, " or "), err)
	}
	p.say("", "Ticket %s: %s.", p.ticket, now)
	return nil
}

// channel is the logical name of a channel.
func (p *play) channel(id string) string {
	for name, c := range p.stage.Rules.Organisation().Channels {
		if c == id {
			return name
		}
	}
	return id
}
