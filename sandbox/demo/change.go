package demo

import (
	"context"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// title is the change's title; cards are found by it.
const title = "Raise the invoice limit to 5,000"

// ahead is how far off the planned start lies when the ticket is opened, so that
// the approved change has to wait for it.
const ahead = 12 * time.Second

// change tells a change from its ticket to the closed one.
func (p *play) change(ctx context.Context) error {
	for _, act := range []func(context.Context) error{p.submit, p.refused, p.approvals, p.window, p.execution} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// submit: Emeka opens a ticket and submits it; a card appears.
func (p *play) submit(ctx context.Context) error {
	start := time.Now().Add(ahead).Truncate(time.Second)
	jira := p.stage.Site.Jira
	issue, err := jira.CreateIssue("acc-emeka", map[string]string{
		"title": title, "purpose": "Larger customers are turned away at 2,000.",
		"system": "sandbox", "environment": "sandbox", "risk": "medium",
		"plan": "1. Import the package\n2. Restart the flows", "test_plan": "Run the regression suite and send one invoice of 4,999.",
		"rollback": "Import the former package", "rollback_owner": "acc-goran",
		"rollback_tested_on": time.Now().UTC().AddDate(0, 0, -7).Format(time.DateOnly),
		"implementer":        "acc-goran", "duration": "30m", "planned_start": start.UTC().Format(time.RFC3339),
	})
	if err != nil {
		return err
	}
	p.ticket, p.start = issue.Key, start
	p.about("change/" + p.stage.Rules.Tickets().Site + "/" + issue.ID)
	p.say("Emeka", "opens ticket %s, “%s”: risk medium, to be carried out by Goran at %s.", issue.Key, title, clock(start))
	if err := jira.Transition("acc-emeka", issue.Key, p.stage.Rules.Tickets().SubmitStatus); err != nil {
		return err
	}
	p.say("Emeka", "moves it to “%s”.", p.stage.Rules.Tickets().SubmitStatus)
	card, err := p.card(ctx, title, offers("approve"))
	if err != nil {
		return err
	}
	p.say("", "Countersign posts a card in #%s and asks the platform owners: two of them must approve.", p.channel(card.Channel))
	return p.status(ctx, "in_review")
}

// refused: who asks for a change does not decide on it.
func (p *play) refused(ctx context.Context) error {
	p.say("Emeka", "is a platform owner himself, presses “Approve…” and fills in the form.")
	if err := p.refusal(ctx, "U05EMEKA", title, "approve", nil); err != nil {
		return err
	}
	p.note("The refusal is on record too; it counts for nothing.")
	return nil
}

// approvals: two levels, each by people who may decide.
func (p *play) approvals(ctx context.Context) error {
	for _, a := range []struct{ user, name, card, said string }{
		{"U02BRUNO", "Bruno", "", "approves, confirming the three statements of the form. One more is needed."},
		{"U03CHIDI", "Chidi", "", "approves. Level 1 has its quorum."},
		{"U06FARAH", "Farah", "level 2 of 2", "of the change board approves level 2, seeing the same content."},
	} {
		card, err := p.card(ctx, title, func(m slacktest.Message) bool { return offers("approve")(m) && strings.Contains(m.Shown(), a.card) })
		if err != nil {
			return err
		}
		if err := p.act(a.user, card, "approve", nil); err != nil {
			return err
		}
		p.say(a.name, "%s", a.said)
	}
	return nil
}

// window: an approved change waits until it may start.
func (p *play) window(ctx context.Context) error {
	if err := p.status(ctx, "approved", "waiting_window"); err != nil {
		return err
	}
	if time.Now().Before(p.start) {
		p.say("", "The change is approved and waits for its planned start at %s; nobody can start it before.", clock(p.start))
	} else {
		p.say("", "The change is approved; its planned start at %s has come meanwhile.", clock(p.start))
	}
	if _, err := p.card(ctx, title, offers("start")); err != nil {
		return err
	}
	p.say("", "It may start now: the card offers “Start…”.")
	return nil
}

// execution: the implementer starts, reports, and the change closes.
func (p *play) execution(ctx context.Context) error {
	card, err := p.card(ctx, title, offers("start"))
	if err != nil {
		return err
	}
	if err := p.act("U07GORAN", card, "start", nil); err != nil {
		return err
	}
	p.say("Goran", "confirms backup and rollback, and starts.")
	if err := p.status(ctx, "executing"); err != nil {
		return err
	}
	if card, err = p.card(ctx, title, offers("finish")); err != nil {
		return err
	}
	report := map[string]string{"result": "succeeded", "note": "Sent an invoice of 4,999; it arrived."}
	if err := p.act("U07GORAN", card, "finish", report); err != nil {
		return err
	}
	p.say("Goran", "reports that it was carried out as approved.")
	if err := p.status(ctx, "closed"); err != nil {
		return err
	}
	p.note("The ticket was read once more: it still says what was approved. The change is closed.")
	return nil
}
