package slack

import (
	"context"
	"errors"
	"log/slog"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

const noteRemark = ":paperclip: The card posted before can no longer be changed. This one stands in for it."

// stepIn makes a note stand in for the message lost, the card or an earlier
// note, which cannot be rewritten any more. Looking for the note first keeps a
// repeat after a crash or a lost answer from posting a second one.
func (c *Client) stepIn(ctx context.Context, at compliance.Posted, lost string, gone bool, card compliance.Card, people map[compliance.PersonID]compliance.Person) (compliance.Posted, error) {
	msg, err := render(card, people, noteRemark)
	if err != nil {
		return at, invalid(opNote, err)
	}
	posting, _ := splitRef(at.Ref)
	thread := posting
	if gone && lost == posting {
		thread = "" // a reply to a deleted message would stand alone anyway
	}
	meta := cardMetadata(eventNote, card, lost)
	ts := ""
	for _, in := range []string{posting, ""} { // Slack moves a reply to a deleted message into the channel
		if ts, err = c.findNote(ctx, at.Channel, in, lost, card); err != nil {
			return at, err
		}
		if ts != "" {
			break
		}
	}
	if ts != "" && ts != lost {
		if err := c.rewrite(ctx, at.Channel, ts, msg, meta); err != nil && !orphaning(err) {
			return at, err
		}
	} else {
		note, err := c.send(ctx, opNote, at.Channel, thread, msg, meta)
		if err != nil {
			return at, err
		}
		ts = note.Ref
	}
	c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a card cannot be rewritten, a note stands in for it",
		slog.String("channel", at.Channel), slog.String("card", posting), slog.String("note", ts))
	return compliance.Posted{Channel: at.Channel, Ref: posting + "/" + ts, Orphaned: true, Ambiguous: at.Ambiguous}, nil
}

// supersededMessage replaces a double of a card. It has no buttons.
func supersededMessage(card compliance.Card, link string) message {
	text := "Superseded: this card was posted twice."
	rich := text
	if u := linkTarget(link); u != "" {
		rich += " <" + u + "|Open the live one>."
	}
	title := cutPlain(oneLine(card.Title), maxHeader)
	if title == "" {
		title = "–"
	}
	return message{text: text, blocks: []slackgo.Block{
		slackgo.NewHeaderBlock(plain(title)),
		slackgo.NewSectionBlock(mrkdwn(rich), nil, nil),
	}}
}

// Tell shows a note in a channel to one member only. It is lost when the
// member's client reloads, so nothing that matters may be only there.
func (c *Client) Tell(ctx context.Context, channel, member, text string) error {
	if channel == "" || !isMemberID(member) {
		return invalid(opEphemeral, errors.New("a private note needs a channel and a member"))
	}
	return c.call(ctx, opEphemeral, func(ctx context.Context) error {
		_, err := c.api.PostEphemeralContext(ctx, channel, member,
			slackgo.MsgOptionText(cutEscaped(text, maxText, ""), false))
		return err
	})
}

// linkLabel is what stands on a reply's link.
const linkLabel = "Sign in and decide"

// linkBlocks are a text and below it the link.
func linkBlocks(text, link string) []slackgo.Block {
	return []slackgo.Block{
		slackgo.NewSectionBlock(plain(cutPlain(text, maxText)), nil, nil),
		slackgo.NewSectionBlock(mrkdwn("*<"+linkTarget(link)+"|"+linkLabel+">*"), nil, nil),
	}
}

// TellLink is Tell with a link below the text, which must be an http(s) address
// of at most 3,000 characters.
func (c *Client) TellLink(ctx context.Context, channel, member, text, link string) error {
	if channel == "" || !isMemberID(member) || linkTarget(link) == "" {
		return invalid(opEphemeral, errors.New("a private link needs a channel, a member and an address"))
	}
	return c.call(ctx, opEphemeral, func(ctx context.Context) error {
		_, err := c.api.PostEphemeralContext(ctx, channel, member,
			slackgo.MsgOptionText(cutEscaped(text, maxText, ""), false), slackgo.MsgOptionBlocks(linkBlocks(text, link)...))
		return err
	})
}
