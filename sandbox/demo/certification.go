package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/console"
)

// report is the document's title; its cards are found by it.
const report = "SOC 2 report of Tidewater"

// certification tells a vendor's document: asked for, received, accepted, taken
// back, and what that means for a change.
func (p *play) certification(ctx context.Context) error {
	for _, act := range []func(context.Context) error{p.tracked, p.supplied, p.takenBack, p.blocked} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) today() certification.Date { return certification.DateOf(time.Now().UTC()) }

// tracked: a document is wanted in 20 days, so a reminder is due at once.
func (p *play) tracked(ctx context.Context) error {
	need := p.today().Add(20)
	id, err := p.stage.Console().Track(ctx, console.Document{
		Vendor: "tidewater", Artefact: "soc2", Class: "soc2", Title: report, NeededBy: need,
		Name: "Tidewater", Owner: "p-bruno", Sponsor: "p-alice", Systems: []string{"sandbox"}, By: "bruno",
	})
	if err != nil {
		return err
	}
	p.about(id)
	p.say("Bruno", "has a report tracked that a new vendor owes by %s, in 20 days.", need)
	p.note("starter vendor add tidewater/soc2 --class soc2 --name Tidewater --owner p-bruno --sponsor p-alice --system sandbox --needed-by %s", need)
	card, err := p.card(ctx, report, offers("request"))
	if err != nil {
		return err
	}
	if err := p.task(ctx); err != nil {
		return err
	}
	p.say("", "The reminders of 90, 60 and 30 days are late: one goes out for all of them, in #%s, and a task is opened.", p.channel(card.Channel))
	if err := p.act(p.slack("bruno"), card, "request", map[string]string{"comment": "Their compliance desk, by mail"}); err != nil {
		return err
	}
	p.say("Bruno", "asks the vendor for it and says so on the card.")
	return nil
}

// task waits for the ticket of the renewal.
func (p *play) task(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	err := p.stage.Site.Jira.WaitFor(ctx, func(s jiratest.Snapshot) bool {
		for _, i := range s.Issues {
			if i.Type == "Task" && contains(i.Title+i.Text, "Tidewater", report) {
				return true
			}
		}
		return false
	})
	if err != nil {
		return errors.Join(errors.New("no task for the renewal was opened"), err)
	}
	return nil
}

// supplied: two people bring a document into force.
func (p *play) supplied(ctx context.Context) error {
	if err := p.receive(ctx, p.today().Add(-353), p.today().Add(12)); err != nil {
		return err
	}
	p.say("Bruno", "records that it came; it covers until %s.", p.today().Add(12))
	if err := p.review(ctx); err != nil {
		return err
	}
	p.say("Bruno", "presses “Accept…” himself.")
	if err := p.refusal(ctx, p.slack("bruno"), report, "accept", nil); err != nil {
		return err
	}
	if err := p.accept(ctx); err != nil {
		return err
	}
	p.say("Alice", "has read it and accepts.")
	if _, err := p.card(ctx, report, says("Expiring")); err != nil {
		return err
	}
	p.say("", "It is valid, for 12 days only: the ladder of its renewal has begun, at the rung of 14 days.")
	return nil
}

// takenBack: the vendor withdraws it, which counts at once.
func (p *play) takenBack(ctx context.Context) error {
	card, err := p.card(ctx, report, offers("withdraw"))
	if err != nil {
		return err
	}
	if err := p.act(p.slack("bruno"), card, "withdraw", map[string]string{"reason": "Their auditor withdrew the opinion, mail of today"}); err != nil {
		return err
	}
	if _, err := p.card(ctx, report, says("Taken back by the vendor")); err != nil {
		return err
	}
	p.say("Bruno", "records that the vendor took the report back. It covers nothing from this moment on.")
	return nil
}

// blocked: a change of a system that rests on the vendor waits for another one.
func (p *play) blocked(ctx context.Context) error {
	const blocked = "Add a field to the carrier form"
	issue, err := p.submitted("acc-jonas", blocked, "low", 0)
	if err != nil {
		return err
	}
	card, err := p.card(ctx, blocked, offers("approve"))
	if err != nil {
		return err
	}
	p.say("Jonas", "submits ticket %s, a change of a system that rests on this vendor. Its card says what is lacking.", issue.Key)
	if err := p.act(p.slack("chidi"), card, "approve", nil); err != nil {
		return err
	}
	p.say("Chidi", "approves all the same; the risk is low, one is enough.")
	p.say("Goran", "presses “Start…”.")
	if err := p.refusal(ctx, p.slack("goran"), blocked, "start", nil); err != nil {
		return err
	}
	if err := p.receive(ctx, p.today().Add(-5), p.today().Add(360)); err != nil {
		return err
	}
	if err := p.review(ctx); err != nil {
		return err
	}
	if err := p.accept(ctx); err != nil {
		return err
	}
	p.say("", "Another report comes; Bruno records it, Alice accepts it.")
	if card, err = p.card(ctx, blocked, offers("start")); err != nil {
		return err
	}
	if err := p.act(p.slack("goran"), card, "start", nil); err != nil {
		return err
	}
	p.say("Goran", "starts: the vendor is covered.")
	if card, err = p.card(ctx, blocked, offers("finish")); err != nil {
		return err
	}
	if err := p.act(p.slack("goran"), card, "finish", map[string]string{"result": "succeeded", "note": "The form shows the field."}); err != nil {
		return err
	}
	return p.statusOf(ctx, issue.Key, "closed")
}

func (p *play) receive(ctx context.Context, from, to certification.Date) error {
	card, err := p.card(ctx, report, offers("receive"))
	if err != nil {
		return err
	}
	return p.act(p.slack("bruno"), card, "receive", map[string]string{
		"from": from.String(), "to": to.String(), "document": fmt.Sprintf("vault://tidewater/%s.pdf", to), "kind": "renewal",
	})
}

func (p *play) review(ctx context.Context) error {
	return p.by(ctx, "alice", offers("review"), "review")
}

func (p *play) accept(ctx context.Context) error {
	return p.by(ctx, "alice", offers("accept"), "accept")
}

func (p *play) by(ctx context.Context, who string, want func(slacktest.Message) bool, action string) error {
	card, err := p.card(ctx, report, want)
	if err != nil {
		return err
	}
	return p.act(p.slack(who), card, action, nil)
}
