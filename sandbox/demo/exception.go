package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// exception tells an exception from a control: asked for, decided by somebody else,
// and over at once when what stands in for the control fails.
func (p *play) exception(ctx context.Context) error {
	card, err := p.excepted(ctx)
	if err != nil {
		return err
	}
	number := word(card.Shown(), "EXC-")
	id, err := p.byNumber(ctx, number)
	if err != nil {
		return err
	}
	p.about(id)
	p.say("Bruno", "who owns it, presses “Approve…” himself.")
	if err := p.refusal(ctx, p.slack("bruno"), number, "approve", nil); err != nil {
		return err
	}
	if err := p.act(p.slack("farah"), card, "approve", map[string]string{"comment": "For two weeks"}); err != nil {
		return err
	}
	if card, err = p.card(ctx, number, offers("fails")); err != nil {
		return err
	}
	p.say("Farah", "approves: %s is in force until %s. Hana will be asked every 30 days whether the second review works.", number, p.today().Add(14))
	if err := p.act(p.slack("hana"), card, "fails", map[string]string{"reason": "Nobody has read a change for a week"}); err != nil {
		return err
	}
	if card, err = p.card(ctx, number, says("its compensating control fails")); err != nil {
		return err
	}
	p.say("Hana", "finds that it does not: %s excuses nothing from this moment on.", number)
	p.note("What it excused is open again, with the day on which it began and a short deadline; everybody concerned is told.")
	if err := p.act(p.slack("bruno"), card, "end", map[string]string{"outcome": "remedied", "reason": "The suite is whole again"}); err != nil {
		return err
	}
	if _, err = p.card(ctx, number, says("What it excused is remedied")); err != nil {
		return err
	}
	p.say("Bruno", "remedies the matter and says so.")
	return nil
}

// excepted: somebody asks with a slash command.
func (p *play) excepted(ctx context.Context) (slacktest.Message, error) {
	changes, ok := p.stage.Rules.Channel("changes")
	if !ok {
		return slacktest.Message{}, errors.New("the policy has no channel changes")
	}
	view, err := p.stage.Site.Slack.Command(p.slack("goran"), changes, "/exception", "gate/tests")
	if err != nil {
		return slacktest.Message{}, fmt.Errorf("write /exception: %w", err)
	}
	result, err := p.stage.Site.Slack.Submit(p.slack("goran"), view, map[string]string{
		"control": "gate/tests", "system": "order-portal", "reason": "The suite is being rebuilt", "compensating": "Two people read each change",
		"verifier": "p-hana", "owner": "p-bruno", "since": p.today().Add(-20).String(), "until": p.today().Add(14).String(),
	})
	if errors.Is(err, slacktest.ErrTimeout) { // a slow machine: what was sent counts all the same
		result, err = slacktest.ViewResult{View: view}, nil
	}
	if err != nil {
		return slacktest.Message{}, fmt.Errorf("ask for an exception: %w", err)
	}
	for field, why := range result.Errors {
		return slacktest.Message{}, fmt.Errorf("the exception was not asked for (%s): %s", field, why)
	}
	if err := p.close(p.slack("goran"), result); err != nil {
		return slacktest.Message{}, err
	}
	p.say("Goran", "writes /exception: the Order portal's changes go on without their tests for two weeks.")
	card, err := p.card(ctx, "Exception from gate/tests", offers("approve"))
	if err == nil {
		p.say("", "Its card in #%s says what stands in for the control, who checks that it works, and since when the matter is open.", p.channel(card.Channel))
	}
	return card, err
}
