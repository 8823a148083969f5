package slack

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// The kinds of message metadata by which the client knows its own messages again.
const (
	eventCard       = "countersign_card"
	eventNote       = "countersign_note"
	eventSuperseded = "countersign_superseded"
)

func cardMetadata(event string, card compliance.Card, of string) slackgo.SlackMetadata {
	payload := map[string]any{"key": card.Key, "subject": card.Subject}
	if of != "" {
		payload["of"] = of
	}
	return slackgo.SlackMetadata{EventType: event, EventPayload: payload}
}

// Post shows a card in a channel: the policy's logical name, a channel id, or
// a member's id for a direct message. Slack has no idempotency key, so a caller
// that repeats a call of unknown outcome says so: with repeat, the card is
// first looked for by its key and subject, and what is found is adopted; of
// several the earliest stays live and the others are superseded. The result of
// a repeat is Ambiguous, because the lost call may still take effect.
//
// The error is a *compliance.Failure: Invalid when the card cannot be shown,
// Blocked when the channel or the token needs a person, UnknownOutcome when the
// card may exist.
func (c *Client) Post(ctx context.Context, channel string, card compliance.Card, people map[compliance.PersonID]compliance.Person, repeat bool) (compliance.Posted, error) {
	return c.post(ctx, opPost, channel, card, people, repeat)
}

// post is Post as the named operation.
func (c *Client) post(ctx context.Context, op, channel string, card compliance.Card, people map[compliance.PersonID]compliance.Person, repeat bool) (compliance.Posted, error) {
	msg, err := render(card, people, "")
	if err != nil {
		return compliance.Posted{}, invalid(op, err)
	}
	id, err := c.conversation(ctx, channel)
	if err != nil {
		return compliance.Posted{}, err
	}
	if repeat {
		at, err := c.adopt(ctx, id, card, msg)
		if err != nil || at.Ref != "" {
			return at, err
		}
	}
	at, err := c.send(ctx, op, id, "", msg, cardMetadata(eventCard, card, ""))
	if compliance.ClassOf(err) == compliance.Blocked {
		c.forget(id) // in case it is the conversation that is no longer there
	}
	at.Ambiguous = repeat
	return at, err
}

// adopt takes over the earliest live posting of the card; the result is zero
// when there is none.
func (c *Client) adopt(ctx context.Context, channel string, card compliance.Card, msg message) (compliance.Posted, error) {
	found, err := c.find(ctx, channel, card)
	if err != nil {
		return compliance.Posted{}, err
	}
	for i, ts := range found {
		err := c.rewrite(ctx, channel, ts, msg, cardMetadata(eventCard, card, ""))
		if orphaning(err) {
			continue // deleted since, or no longer ours to edit: the next one lives
		}
		if err != nil {
			return compliance.Posted{}, err
		}
		c.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "adopted a card posted before",
			slog.String("channel", channel), slog.String("ts", ts), slog.Int("doubles", len(found)-1-i))
		if err := c.supersede(ctx, channel, ts, card, found[i+1:]); err != nil {
			return compliance.Posted{}, err
		}
		return compliance.Posted{Channel: channel, Ref: ts, Ambiguous: true}, nil
	}
	return compliance.Posted{}, nil
}

// Update rewrites a posted card, always with all its blocks: an update without
// blocks would keep the old buttons. Repeating it is harmless. When Slack no
// longer lets the card be rewritten (C19), one note in its thread, or in the
// channel when the card is gone, stands in for it, and the result is Orphaned;
// later updates rewrite that note. After an ambiguous posting it looks once for
// doubles and supersedes them.
//
// The error is a *compliance.Failure; at is then still what holds.
func (c *Client) Update(ctx context.Context, at compliance.Posted, card compliance.Card, people map[compliance.PersonID]compliance.Person) (compliance.Posted, error) {
	remark := ""
	if at.Orphaned {
		remark = noteRemark
	}
	msg, err := render(card, people, remark)
	if err != nil {
		return at, invalid(opUpdate, err)
	}
	posting, live := splitRef(at.Ref)
	event, of := eventCard, ""
	if at.Orphaned {
		event, of = eventNote, posting
	}
	err = c.rewrite(ctx, at.Channel, live, msg, cardMetadata(event, card, of))
	next := at
	switch {
	case orphaning(err):
		if next, err = c.stepIn(ctx, at, live, codeOf(err) == "message_not_found", card, people); err != nil {
			return at, err
		}
	case err != nil:
		return at, err
	}
	if at.Ambiguous {
		if err := c.settle(ctx, at.Channel, posting, card); err != nil {
			return at, err
		}
		next.Ambiguous = false
	}
	return next, nil
}

// settle supersedes every live posting of the card but the one that is kept.
func (c *Client) settle(ctx context.Context, channel, kept string, card compliance.Card) error {
	found, err := c.find(ctx, channel, card)
	if err != nil {
		return err
	}
	doubles := slices.DeleteFunc(found, func(ts string) bool { return ts == kept })
	return c.supersede(ctx, channel, kept, card, doubles)
}

// supersede rewrites doubles of a card so that only the kept one has buttons.
func (c *Client) supersede(ctx context.Context, channel, kept string, card compliance.Card, doubles []string) error {
	if len(doubles) == 0 {
		return nil
	}
	msg := supersededMessage(card, c.permalink(ctx, channel, kept))
	for _, ts := range doubles {
		err := c.rewrite(ctx, channel, ts, msg, cardMetadata(eventSuperseded, card, kept))
		if orphaning(err) {
			// Its buttons remain, but they carry the same binding as the kept
			// card's, so that a click there counts once, as one here would.
			c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a double of a card cannot be rewritten",
				slog.String("channel", channel), slog.String("ts", ts), slog.String("reason", codeOf(err)))
			continue
		}
		if err != nil {
			return err
		}
		c.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "superseded a double of a card",
			slog.String("channel", channel), slog.String("ts", ts))
	}
	return nil
}

// orphaning reports whether the error means that the message can never be
// rewritten again (C19).
func orphaning(err error) bool {
	if err == nil {
		return false
	}
	return slices.Contains([]string{"message_not_found", "cant_update_message", "edit_window_closed"}, codeOf(err))
}

// A reference is the card's timestamp, followed after a slash by that of the
// note standing in for it.
func splitRef(ref string) (posting, live string) {
	posting, note, ok := strings.Cut(ref, "/")
	if ok {
		return posting, note
	}
	return posting, posting
}

func (c *Client) send(ctx context.Context, op, channel, thread string, msg message, meta slackgo.SlackMetadata) (compliance.Posted, error) {
	opts := []slackgo.MsgOption{
		slackgo.MsgOptionText(msg.text, false), slackgo.MsgOptionBlocks(msg.blocks...), slackgo.MsgOptionMetadata(meta),
		slackgo.MsgOptionDisableLinkUnfurl(), slackgo.MsgOptionDisableMediaUnfurl(),
	}
	if thread != "" {
		opts = append(opts, slackgo.MsgOptionTS(thread))
	}
	var at compliance.Posted
	err := c.call(ctx, op, func(ctx context.Context) error {
		ch, ts, err := c.api.PostMessageContext(ctx, channel, opts...)
		if err == nil && (ch == "" || ts == "") {
			return errors.New("the answer names no message")
		}
		at = compliance.Posted{Channel: ch, Ref: ts}
		return err
	})
	if err != nil {
		return compliance.Posted{}, err
	}
	return at, nil
}

func (c *Client) rewrite(ctx context.Context, channel, ts string, msg message, meta slackgo.SlackMetadata) error {
	return c.call(ctx, opUpdate, func(ctx context.Context) error {
		_, _, _, err := c.api.UpdateMessageContext(ctx, channel, ts,
			slackgo.MsgOptionText(msg.text, false), slackgo.MsgOptionBlocks(msg.blocks...), slackgo.MsgOptionMetadata(meta))
		return err
	})
}

func (c *Client) permalink(ctx context.Context, channel, ts string) string {
	var link string
	err := c.call(ctx, opPermalink, func(ctx context.Context) (err error) {
		link, err = c.api.GetPermalinkContext(ctx, &slackgo.PermalinkParameters{Channel: channel, Ts: ts})
		return err
	})
	if err != nil {
		return "" // the text does without
	}
	return link
}
