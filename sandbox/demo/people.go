package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// step bounds each wait of the story. A wait ends as soon as what it waits for
// happens.
const step = 90 * time.Second

// card waits until a card with these words is as wanted.
func (p *play) card(ctx context.Context, words string, want func(slacktest.Message) bool) (slacktest.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	var found slacktest.Message
	err := p.stage.Site.Slack.WaitFor(ctx, func(s slacktest.Snapshot) bool {
		for _, m := range slices.Backward(s.Messages) {
			if m.ThreadTS == "" && !m.Deleted && m.BotID != "" && strings.Contains(m.Shown(), words) && want(m) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		return found, fmt.Errorf("the card %q did not become what it should: %w", words, err)
	}
	return found, nil
}

// offers is wanted of a card that has a button for the action.
func offers(action string) func(slacktest.Message) bool {
	return func(m slacktest.Message) bool {
		return slices.ContainsFunc(m.Buttons(), func(b slacktest.Button) bool { return b.ActionID == action })
	}
}

// says is wanted of a card that shows the text.
func says(text string) func(slacktest.Message) bool {
	return func(m slacktest.Message) bool { return strings.Contains(m.Shown(), text) }
}

// follows is in every answer whose outcome is told later, on the card.
const follows = "follows"

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
		if _, given := filled[in.Name]; !given && in.Required && len(in.Options) == 1 { // a statement to confirm
			filled[in.Name] = in.Options[0].Value
		}
	}
	result, err := p.stage.Site.Slack.Submit(user, view, filled)
	if errors.Is(err, slacktest.ErrTimeout) {
		// A slow machine: what was sent counts all the same, and what follows tells.
		return slacktest.ViewResult{Text: follows}, p.stage.Site.Slack.CloseView(user, view.ID)
	}
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

// answer presses a button that is the whole act and returns what the person is told.
func (p *play) answer(user string, m slacktest.Message, action string) (string, error) {
	_, err := p.stage.Site.Slack.Press(user, m.Channel, m.TS, action)
	if !errors.Is(err, slacktest.ErrNoForm) {
		return "", fmt.Errorf("press %s: %w", action, err)
	}
	_, said, _ := strings.Cut(err.Error(), slacktest.ErrNoForm.Error()+": ")
	return said, nil
}

// refusal tells why a form was not accepted; it is an error when it was. Where the
// answer takes longer than the surface waits, it says that the outcome follows:
// then the person presses again, and is refused again.
func (p *play) refusal(ctx context.Context, user, words, action string, values map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	for {
		card, err := p.card(ctx, words, offers(action))
		if err != nil {
			return err
		}
		result, err := p.send(user, card, action, values)
		switch {
		case err != nil:
			return err
		case len(result.Errors) > 0:
			for _, why := range result.Errors {
				p.say("", "Refused: %s", why)
			}
			return nil
		case !strings.Contains(result.Text, follows):
			return fmt.Errorf("%s was not refused: %q", action, result.Text)
		}
		p.note("The answer takes longer than the form waits for, so it is pressed again.")
	}
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
