package slack

import (
	"context"
	"errors"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// opStandDown is the operation in errors that no call to Slack is behind.
const opStandDown = "stand down"

// Pager calls people by a direct message with the page's buttons. It is made of
// the same parts as a card: what was posted before is found by its key, shown
// within Slack's limits, and rewritten.
type Pager struct{ client *Client }

// NewPager makes a Pager of a client.
func NewPager(client *Client) *Pager { return &Pager{client: client} }

// Send posts the page to a member, or, for a fixed contact, to a channel given
// by its id or its name in the policy. Slack has no idempotency key: with repeat
// an earlier message with the page's key is looked for, and adopted. A lost call
// that takes effect after that look leaves a second message, which the
// stand-down supersedes.
//
// The error is a *compliance.Failure: Refused when the member is deactivated,
// Blocked when the channel or the token needs a person, UnknownOutcome only
// when the message itself may have been posted.
func (p *Pager) Send(ctx context.Context, to compliance.Account, page compliance.Page, repeat bool) (compliance.Paged, error) {
	card := pageCard(page, "You are paged. Please acknowledge.", compliance.Attention)
	if len(page.Actions) == 0 {
		card.Status = "You are paged."
	}
	card.Actions = page.Actions
	if isMemberID(to.ID) {
		card.Notify = []compliance.PersonID{addressee}
	}
	posted, err := p.client.post(ctx, opPage, to.ID, card, called(to), repeat)
	if err != nil {
		return compliance.Paged{}, err
	}
	return compliance.Paged{Channel: Provider, Ref: posted.Channel + refSeparator + posted.Ref, Ambiguous: posted.Ambiguous}, nil
}

// StandDown rewrites the message: it says why, and has no buttons any more.
// Slack notifies nobody of a rewritten message, so somebody who sleeps sleeps
// on. A message that can no longer be rewritten gets a note in its stead.
func (p *Pager) StandDown(ctx context.Context, to compliance.Account, at compliance.Paged, page compliance.Page, why string) error {
	card := pageCard(page, "Stand down. "+oneLine(why), compliance.Neutral)
	posted := compliance.Posted{Ambiguous: at.Ambiguous}
	if at.Ref == "" {
		found, err := p.find(ctx, to, card)
		if err != nil || found.Ref == "" {
			return err
		}
		posted = found
	} else {
		var ok bool
		if posted.Channel, posted.Ref, ok = strings.Cut(at.Ref, refSeparator); !ok {
			return invalid(opStandDown, errors.New("the reference of the page was not made here"))
		}
	}
	_, err := p.client.Update(ctx, posted, card, called(to))
	return err
}

// find looks for what an attempt of unknown outcome may have posted.
func (p *Pager) find(ctx context.Context, to compliance.Account, card compliance.Card) (compliance.Posted, error) {
	id, err := p.client.conversation(ctx, to.ID)
	if err != nil {
		return compliance.Posted{}, err
	}
	found, err := p.client.find(ctx, id, card)
	if err != nil || len(found) == 0 {
		return compliance.Posted{}, err
	}
	return compliance.Posted{Channel: id, Ref: found[0], Ambiguous: len(found) > 1}, nil
}

// refSeparator stands between conversation and message in Paged.Ref; the
// message's own reference may hold a slash.
const refSeparator = ":"

// addressee is who is paged, in the cards of this file; the directory is not
// needed for it, because the account is the address.
const addressee compliance.PersonID = "addressee"

func called(to compliance.Account) map[compliance.PersonID]compliance.Person {
	return map[compliance.PersonID]compliance.Person{addressee: {ID: addressee, Accounts: map[string]string{Provider: to.ID}}}
}

// pageCard is a page as a card without buttons.
func pageCard(page compliance.Page, status string, tone compliance.Tone) compliance.Card {
	if page.Drill {
		status = "Drill, not a real incident. " + status
	}
	facts := []compliance.Fact{{Label: "Number", Text: page.Number}}
	if page.Severity != "" {
		facts = append(facts, compliance.Fact{Label: "Severity", Text: page.Severity})
	}
	if !page.At.IsZero() {
		facts = append(facts, compliance.Fact{Label: "Paged", At: page.At})
	}
	if page.Text != "" {
		facts = append(facts, compliance.Fact{Label: "What is known", Text: page.Text})
	}
	return compliance.Card{
		Subject: page.Subject, Key: page.Key, Title: page.Headline(), Status: status, Tone: tone,
		Facts: facts, Link: page.Link, LinkText: "Open it in full",
	}
}
