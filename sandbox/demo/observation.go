package demo

import (
	"context"
	"errors"
	"strings"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/standin"
)

// observation tells an edit by hand: nobody approved it, so it is found, told, and
// explained by an approver under their name.
func (p *play) observation(ctx context.Context) error {
	targets := p.stage.Rules.Observed()
	if len(p.stage.Site.Yard) == 0 || len(targets) == 0 {
		return errors.New("there is no installation here that is observed: unset the PLATFORM_ variables, and have the policy observe one")
	}
	seen := targets[len(targets)-1]
	at, ok := p.stage.Site.Yard.Platform(seen.ID)
	if !ok {
		return errors.New(seen.ID + " is not here")
	}
	if err := p.stage.Console().LookNow(ctx); err != nil { // what later looks are compared with
		return err
	}
	p.say("", "The yard's targets are looked at every %s: what they serve is compared with what is on record.", strings.TrimSuffix(seen.Every.String(), "0s"))
	if err := at.Save(ctx, standin.Flows("edited by hand", standin.Works)); err != nil {
		return err
	}
	p.say("Somebody", "saves a flow on %s in its editor. There is no ticket, and nobody approved it.", at.ID)
	card, err := p.foundOn(ctx, seen)
	if err != nil {
		return err
	}
	return p.explained(ctx, seen, card)
}

// foundOn: the next look finds what nothing on record put there.
func (p *play) foundOn(ctx context.Context, seen policy.Observed) (slacktest.Message, error) {
	if err := p.stage.Console().LookNow(ctx); err != nil {
		return slacktest.Message{}, err
	}
	p.note("starter finding look-now")
	card, err := p.card(ctx, "Unexplained content on "+seen.ID, offers("explain"))
	if err != nil {
		return card, err
	}
	number := word(card.Shown(), "OBS-")
	id, err := p.byNumber(ctx, number)
	if err != nil {
		return card, err
	}
	p.about(id)
	p.say("", "The next look finds it: %s in #%s, with what it served before and when that was last seen.", number, p.channel(card.Channel))
	return card, nil
}

// explained: an approver names what is on record about the same system.
func (p *play) explained(ctx context.Context, seen policy.Observed, card slacktest.Message) error {
	number := word(card.Shown(), "OBS-")
	p.say("Farah", "says that CHG-4711 explains it.")
	if err := p.refusal(ctx, p.slack("farah"), number, "explain", map[string]string{"by": "CHG-4711", "reason": "It was that one"}); err != nil {
		return err
	}
	incident, err := p.declared(ctx, card.Channel, seen.System)
	if err != nil {
		return err
	}
	p.say("Bruno", "remembers that the gate stood open last night, and declares what he should have declared: %s.", incident)
	if card, err = p.card(ctx, number, offers("explain")); err != nil {
		return err
	}
	if err := p.act(p.slack("farah"), card, "explain", map[string]string{"by": incident, "reason": "Bruno mended the flow by hand while it was on"}); err != nil {
		return err
	}
	if _, err := p.card(ctx, number, says("Explained by "+incident)); err != nil {
		return err
	}
	p.say("Farah", "explains it by %s, under her name. From now on what is there counts as known.", incident)
	if err := p.stage.Console().LookNow(ctx); err != nil {
		return err
	}
	p.say("", "The next look finds nothing new.")
	return nil
}

// declared: somebody declares an incident with a slash command.
func (p *play) declared(ctx context.Context, channel, system string) (string, error) {
	const title = "The gate stood open"
	bruno := p.slack("bruno")
	view, err := p.stage.Site.Slack.Command(bruno, channel, "/incident", "")
	if err != nil {
		return "", err
	}
	result, err := p.stage.Site.Slack.Submit(bruno, view, map[string]string{"title": title, "system": system, "severity": "sev3"})
	if errors.Is(err, slacktest.ErrTimeout) { // a slow machine: what was sent counts all the same
		result, err = slacktest.ViewResult{View: view}, nil
	}
	if err != nil {
		return "", err
	}
	for field, why := range result.Errors {
		return "", errors.New("the incident was not declared (" + field + "): " + why)
	}
	if err := p.close(bruno, result); err != nil {
		return "", err
	}
	card, err := p.card(ctx, title, func(m message) bool { return word(m.Shown(), "INC-") != "" })
	return word(card.Shown(), "INC-"), err
}
