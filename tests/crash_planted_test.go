package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	slackgo "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
)

// What the matrix looks for it also finds: doubles are planted after a story
// without a crash, and a story is held against the traces of another.
func TestCrash_PlantedDoublesAreFound(t *testing.T) {
	crashMode(t)
	c := newCrashWorld(t, true)
	defer c.close()
	ctx, cancel := context.WithTimeout(t.Context(), storyWithin)
	defer cancel()
	require.NoError(t, c.ready(ctx))
	s := c.next(crashPoint{})
	require.NoError(t, s.play(ctx))
	require.Empty(t, c.check(ctx, s))

	s.plot = winding
	text := fmt.Sprint(c.check(ctx, s))
	for _, part := range []string{"records are", "decisions of", "comments", "the ticket went through", "does not show the end", "notes"} {
		require.Contains(t, text, part)
	}
	s.plot = straight

	issue, ok := c.w.Site.Jira.Issue(s.issue.Key)
	require.True(t, ok)
	require.NoError(t, c.w.Site.Jira.Comment(issue.Comments[0].Author, issue.Key, issue.Comments[0].Body))
	require.Contains(t, fmt.Sprint(c.check(ctx, s)), "DUPLICATED: comment cs-")

	card, err := s.card(ctx, harness.Says("Closed"))
	require.NoError(t, err)
	c.post(t, card)
	require.Contains(t, fmt.Sprint(c.check(ctx, s)), "DUPLICATED: 2 live cards")
}

// post posts a message once more, as the app would.
func (c *crashWorld) post(t *testing.T, m slacktest.Message) {
	t.Helper()
	var blocks slackgo.Blocks
	require.NoError(t, json.Unmarshal(m.Blocks, &blocks))
	var meta slackgo.SlackMetadata
	require.NoError(t, json.Unmarshal(m.Metadata, &meta))
	api := slackgo.New(standin.SlackToken, slackgo.OptionAPIURL(c.w.Site.SlackURL))
	_, _, err := api.PostMessageContext(t.Context(), m.Channel,
		slackgo.MsgOptionText(m.Text, false), slackgo.MsgOptionBlocks(blocks.BlockSet...), slackgo.MsgOptionMetadata(meta))
	require.NoError(t, err)
}
