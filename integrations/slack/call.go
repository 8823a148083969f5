package slack

import (
	"context"
	"errors"
	"strings"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// eventCall marks a message that calls people to a card.
const eventCall = "countersign_call"

// maxCalled bounds the mentions in one message, in runes; it says how many
// people more there are.
const maxCalled = 2000

// Note adds a message to a card's thread that mentions people: an edited card
// notifies nobody, a new message does. With repeat it is looked for by its key
// first, and what is found is left as it is. When the thread is gone the
// message stands in the channel.
//
// The error is a *compliance.Failure: Blocked when the channel or the token
// needs a person, UnknownOutcome when the message may exist.
func (c *Client) Note(ctx context.Context, at compliance.Posted, note compliance.Note, people map[compliance.PersonID]compliance.Person, repeat bool) error {
	thread, _ := splitRef(at.Ref)
	about := compliance.Card{Key: note.Key}
	if repeat {
		for _, in := range []string{thread, ""} { // Slack moves a reply to a deleted message into the channel
			found, err := c.findThread(ctx, at.Channel, in, eventCall, about, "")
			if err != nil || found != "" {
				return err
			}
		}
	}
	l := &layout{people: people}
	text := strings.TrimSpace(l.mentions(note.People, maxCalled) + " " + cutEscaped(note.Text, maxText-maxCalled-1, ""))
	if text == "" {
		return invalid(opNote, errors.New("a note needs a text or people"))
	}
	msg := message{text: text, blocks: []slackgo.Block{slackgo.NewSectionBlock(mrkdwn(text), nil, nil)}}
	_, err := c.send(ctx, opNote, at.Channel, thread, msg, cardMetadata(eventCall, about, ""))
	if codeOf(err) == "thread_not_found" {
		_, err = c.send(ctx, opNote, at.Channel, "", msg, cardMetadata(eventCall, about, ""))
	}
	return err
}

// Link is where people open a card; empty when Slack does not say.
func (c *Client) Link(ctx context.Context, at compliance.Posted) string {
	ts, _ := splitRef(at.Ref)
	return c.permalink(ctx, at.Channel, ts)
}
