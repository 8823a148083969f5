package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/workflows/incident"
)

// alarm is what monitoring notices; pages and cards are found by it.
const alarm = "Orders hang"

// incident tells an incident from its alert to its closure.
func (p *play) incident(ctx context.Context) error {
	page, err := p.paged(ctx)
	if err != nil {
		return err
	}
	id, card, err := p.acknowledged(ctx, page)
	if err != nil {
		return err
	}
	p.about(id)
	if card, err = p.worked(ctx, card); err != nil {
		return err
	}
	return p.reviewed(ctx, id, card)
}

// paged: whoever is on call is called, and when they do not answer, the next level.
func (p *play) paged(ctx context.Context) (slacktest.Message, error) {
	began := time.Now()
	err := p.stage.Site.Monitoring.Fire(ctx, standin.Alert{
		Name: alarm, System: "order-portal", Severity: "critical", Summary: "No order has gone through since noon.",
	})
	if err != nil {
		return slacktest.Message{}, err
	}
	p.say("", "Monitoring notices: “%s”, critical, in the order portal. Alertmanager sends it; it is answered once it is durable.", alarm)
	called := ""
	err = p.waiting(ctx, func(ctx context.Context) error {
		return p.stage.Site.PagerDuty.WaitFor(ctx, func(s pagerdutytest.Snapshot) bool {
			for _, i := range s.Incidents {
				if strings.Contains(i.Title, alarm) {
					called = i.Title
				}
			}
			return called != ""
		})
	})
	if err != nil {
		return slacktest.Message{}, err
	}
	p.say("", "PagerDuty calls Goran after %s: “%s”.", time.Since(began).Round(10*time.Millisecond), called)
	p.say("Goran", "does not answer. His level waits for %s.", delay)
	page, err := p.pageTo(ctx, "bruno", alarm)
	if err != nil {
		return page, err
	}
	p.say("", "The next level is Goran again, and his manager Bruno, who has no PagerDuty: a direct message in Slack.")
	return page, nil
}

// acknowledged: the first press ends the paging.
func (p *play) acknowledged(ctx context.Context, page slacktest.Message) (id string, card slacktest.Message, err error) {
	said, err := p.answer(p.slack("bruno"), page, "acknowledge")
	if err != nil {
		return "", card, err
	}
	p.say("Bruno", "presses “Acknowledge”: %s", said)
	if card, err = p.card(ctx, alarm, offers("update")); err != nil {
		return "", card, err
	}
	if id, err = p.incidentOf(ctx, alarm); err != nil {
		return "", card, err
	}
	err = p.waiting(ctx, func(ctx context.Context) error {
		return p.stage.Site.PagerDuty.WaitFor(ctx, func(s pagerdutytest.Snapshot) bool {
			for _, i := range s.Incidents {
				if i.Status == pagerdutytest.Triggered {
					return false
				}
			}
			return true
		})
	})
	if err != nil {
		return "", card, err
	}
	if err := p.invited(ctx, card.Channel, "bruno"); err != nil {
		return "", card, err
	}
	p.say("", "Goran is told to stand down: PagerDuty is silent. The incident has a channel of its own, and a ticket.")
	return id, card, nil
}

// worked: word of where it stands, and the end.
func (p *play) worked(ctx context.Context, card slacktest.Message) (slacktest.Message, error) {
	if err := p.act(p.slack("bruno"), card, "update", map[string]string{"note": "The queue of the portal is full; restarting its consumer."}); err != nil {
		return card, err
	}
	p.say("Bruno", "says what he knows. Without a word from him the paging would begin again.")
	card, err := p.card(ctx, alarm, offers("resolve"))
	if err != nil {
		return card, err
	}
	if err := p.act(p.slack("bruno"), card, "resolve", map[string]string{"note": "Orders flow again; ten test orders went through."}); err != nil {
		return card, err
	}
	p.say("Bruno", "resolves it, saying how he knows. A review is due in three days.")
	return p.card(ctx, alarm, offers("review"))
}

// reviewed: nothing is closed without a cause, and a change that mends it.
func (p *play) reviewed(ctx context.Context, id string, card slacktest.Message) error {
	const mend = "Limit how often an order is tried again"
	issue, err := p.submitted("acc-jonas", mend, "low", 0)
	if err != nil {
		return err
	}
	mending, err := p.card(ctx, mend, offers("approve"))
	if err != nil {
		return err
	}
	number := word(mending.Shown(), "CHG-")
	p.say("Jonas", "submits ticket %s, the change that mends it: %s.", issue.Key, number)
	review := map[string]string{"root_cause": "An order that failed was tried again without a limit.", "change": "CHG-4711", "actions": "Alarm when the queue is half full"}
	p.say("Bruno", "writes the review and names a change that does not exist.")
	if err := p.refusal(ctx, p.slack("bruno"), alarm, "review", review); err != nil {
		return err
	}
	review["change"] = number
	if card, err = p.card(ctx, alarm, offers("review")); err != nil {
		return err
	}
	if err := p.act(p.slack("bruno"), card, "review", review); err != nil {
		return err
	}
	p.say("Bruno", "names %s. What is to be done gets a ticket of its own.", number)
	// It is closed only when those tickets exist.
	if err := p.stands(ctx, id, func(s incident.Standing) bool { return s.Review != nil && !s.Review.Pending() }); err != nil {
		return err
	}
	p.say("Bruno", "wants to close it himself.")
	if err := p.refusal(ctx, p.slack("bruno"), alarm, "close", nil); err != nil {
		return err
	}
	if card, err = p.card(ctx, alarm, offers("close")); err != nil {
		return err
	}
	if err := p.join(card.Channel, "farah"); err != nil {
		return err
	}
	if err := p.act(p.slack("farah"), card, "close", nil); err != nil {
		return err
	}
	p.say("Farah", "of the change board joins the channel, reads the review and closes it.")
	if _, err := p.card(ctx, alarm, says("Closed")); err != nil {
		return err
	}
	return p.stage.Site.Monitoring.Resolve(ctx, standin.Alert{Name: alarm, System: "order-portal", Severity: "critical"})
}

// incidentOf finds the workflow id of the incident about a title by its number on the card.
func (p *play) incidentOf(ctx context.Context, title string) (string, error) {
	card, err := p.card(ctx, title, says("INC-"))
	if err != nil {
		return "", err
	}
	return p.byNumber(ctx, word(card.Shown(), "INC-"))
}

// stands waits until an incident says that it stands as wanted.
func (p *play) stands(ctx context.Context, id string, want func(incident.Standing) bool) error {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	for {
		s, err := p.stage.Console().Incident(ctx, id)
		if err == nil && want(s) {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("%s does not stand as it should", id), err, ctx.Err())
		case <-time.After(lookAgain): // a query's answer announces itself to nobody
		}
	}
}

// lookAgain is the pause between two looks at what announces itself to nobody.
const lookAgain = 50 * time.Millisecond
