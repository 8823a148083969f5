package slack

import (
	"context"
	"slices"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// historyPage is the page size Slack recommends at most; some apps get 15 all
// the same, and the look-back is then shorter.
const historyPage = 200

// find returns the timestamps of the live postings of the card in the channel,
// earliest first, as far back as the configured number of pages reaches.
func (c *Client) find(ctx context.Context, channel string, card compliance.Card) ([]string, error) {
	me, err := c.Me(ctx)
	if err != nil {
		return nil, err
	}
	var found []string
	cursor := ""
	for range c.cfg.HistoryPages {
		var page *slackgo.GetConversationHistoryResponse
		err := c.call(ctx, opLook, func(ctx context.Context) (err error) {
			page, err = c.api.GetConversationHistoryContext(ctx, &slackgo.GetConversationHistoryParameters{
				ChannelID: channel, Limit: historyPage, Cursor: cursor, IncludeAllMetadata: true,
			})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, m := range page.Messages {
			if me.wrote(m) && isAbout(m, eventCard, card, "") {
				found = append(found, m.Timestamp)
			}
		}
		if cursor = page.ResponseMetaData.NextCursor; cursor == "" || !page.HasMore {
			break
		}
	}
	slices.Sort(found) // timestamps have one fixed width
	return slices.Compact(found), nil
}

// findNote returns the timestamp of the note that stands in for the message of,
// empty when there is none. A note of a deleted card is in the channel, else in
// the card's thread.
func (c *Client) findNote(ctx context.Context, channel, thread, of string, card compliance.Card) (string, error) {
	return c.findThread(ctx, channel, thread, eventNote, card, of)
}

// findThread returns the timestamp of our first message of this kind in the
// thread, or in the channel when thread is empty; empty when there is none.
func (c *Client) findThread(ctx context.Context, channel, thread, event string, card compliance.Card, of string) (string, error) {
	me, err := c.Me(ctx)
	if err != nil {
		return "", err
	}
	cursor := ""
	for range c.cfg.HistoryPages {
		messages, next, err := c.notePage(ctx, channel, thread, cursor)
		if codeOf(err) == "thread_not_found" {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		for _, m := range messages {
			if me.wrote(m) && isAbout(m, event, card, of) {
				return m.Timestamp, nil
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return "", nil
}

func (c *Client) notePage(ctx context.Context, channel, thread, cursor string) (messages []slackgo.Message, next string, err error) {
	err = c.call(ctx, opThread, func(ctx context.Context) (err error) {
		if thread != "" {
			messages, _, next, err = c.api.GetConversationRepliesContext(ctx, &slackgo.GetConversationRepliesParameters{
				ChannelID: channel, Timestamp: thread, Limit: historyPage, Cursor: cursor, IncludeAllMetadata: true,
			})
			return err
		}
		page, err := c.api.GetConversationHistoryContext(ctx, &slackgo.GetConversationHistoryParameters{
			ChannelID: channel, Limit: historyPage, Cursor: cursor, IncludeAllMetadata: true,
		})
		if err == nil {
			messages, next = page.Messages, page.ResponseMetaData.NextCursor
		}
		return err
	})
	return messages, next, err
}

// wrote reports whether the message is this app's own: metadata alone proves
// nothing, every app may attach some.
func (i Identity) wrote(m slackgo.Message) bool {
	return (i.BotID != "" && m.BotID == i.BotID) || (i.UserID != "" && m.User == i.UserID)
}

func isAbout(m slackgo.Message, event string, card compliance.Card, of string) bool {
	p := m.Metadata.EventPayload
	if m.Metadata.EventType != event || p["key"] != card.Key || p["subject"] != card.Subject {
		return false
	}
	return of == "" || p["of"] == of
}
