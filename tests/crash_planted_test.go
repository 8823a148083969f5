package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	slackgo "github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
)

// What the matrix looks for it also finds: doubles are planted after a story
// without a crash, and a story is held against the traces of another.
func TestCrash_PlantedDoublesAreFound(t *testing.T) {
	crashMode(t)
	c := newCrashWorld(t, true, nil)
	defer c.close()
	ctx, cancel := context.WithTimeout(t.Context(), storyWithin)
	defer cancel()
	require.NoError(t, c.ready(ctx))
	told, tale := c.next(crashPoint{plot: straight})
	s, ok := told.(*changeStory)
	require.True(t, ok)
	require.NoError(t, play(ctx, s))
	require.Empty(t, c.look(ctx, s).all)

	tale.plot = winding
	text := fmt.Sprint(c.look(ctx, s).all)
	for _, part := range []string{"records are", "decisions of", "comments", "the ticket went through", "does not show the end", "notes"} {
		require.Contains(t, text, part)
	}
	tale.plot = straight

	issue, ok := c.w.Site.Jira.Issue(s.issue.Key)
	require.True(t, ok)
	require.NoError(t, c.w.Site.Jira.Comment(issue.Comments[0].Author, issue.Key, issue.Comments[0].Body))
	require.Contains(t, fmt.Sprint(c.look(ctx, s).all), "DUPLICATED: comment cs-")

	card, err := s.card(ctx, harness.Says("Closed"))
	require.NoError(t, err)
	c.post(t, card)
	require.Contains(t, fmt.Sprint(c.look(ctx, s).all), "DUPLICATED: live cards")
}

// The same for pages: one that is there twice without a kill is found, and with a
// kill a third one; so is one that went to nobody.
func TestCrash_PlantedPagesAreFound(t *testing.T) {
	crashMode(t)
	c := newCrashWorld(t, true, nil)
	defer c.close()
	ctx, cancel := context.WithTimeout(t.Context(), storyWithin)
	defer cancel()
	require.NoError(t, c.prepared(ctx, incidentPlot))
	require.NoError(t, c.ready(ctx))
	told, tale := c.next(crashPoint{plot: incidentPlot})
	s, ok := told.(*incidentStory)
	require.True(t, ok)
	require.NoError(t, play(ctx, s))
	f := c.look(ctx, s)
	require.Empty(t, f.all)
	require.Empty(t, f.repeats)

	pages := s.pagesTo("alice")
	require.Len(t, pages, 1)
	c.post(t, pages[0].message)
	require.Contains(t, fmt.Sprint(c.look(ctx, s).all), "DUPLICATED: 1 pages are there once more")
	tale.killed = true
	f = c.look(ctx, s)
	require.Empty(t, f.all, "one for a kill is tolerated, and counted")
	require.Len(t, f.repeats, 1)
	c.post(t, pages[0].message)
	require.Contains(t, fmt.Sprint(c.look(ctx, s).all), "DUPLICATED: 2 pages are there once more")

	for _, p := range s.pagesTo("alice") { // as if none had ever been sent
		require.NoError(t, c.w.Site.Slack.Delete(p.message.Channel, p.message.TS))
	}
	require.Contains(t, fmt.Sprint(c.look(ctx, s).all), "LOST: page 2 never reached p-alice")
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

// A press that was killed and made again is no double; a refusal of anything else,
// or of anybody who did not acknowledge, is found.
func TestCrash_PlantedRefusalsAreFound(t *testing.T) {
	types := []string{"received", "paging", "paging", "paged", "paged", "acknowledged", "stood_down", "resolved", "reviewed", "action_done", "closed", "refused", "late"}
	for name, c := range map[string]struct {
		who, action string
		reason      rules.Reason
		found       bool
	}{
		"pressed again":          {"p-alice", rules.ActionAcknowledge, rules.AlreadyClosed, false},
		"by somebody else":       {"p-bruno", rules.ActionAcknowledge, rules.AlreadyClosed, true},
		"of another act":         {"p-alice", rules.ActionResolve, rules.AlreadyClosed, true},
		"for another reason":     {"p-alice", rules.ActionAcknowledge, rules.StaleButton, true},
		"by nobody that we know": {"", rules.ActionAcknowledge, rules.AlreadyClosed, true},
	} {
		entries := make([]evidence.Entry, len(types))
		for i, kind := range types {
			switch kind {
			case "acknowledged":
				entries[i].Record.Actor = &evidence.Actor{Person: "p-alice"}
			case "refused":
				facts, err := json.Marshal(rules.ActFacts{Action: c.action, Reason: c.reason})
				require.NoError(t, err)
				entries[i].Record.Facts, entries[i].Record.Actor = facts, &evidence.Actor{Person: c.who}
			}
		}
		var f findings
		(&incidentStory{}).checkRecords(&f, entries, types)
		require.Equal(t, c.found, len(f.all) > 0, "%s: %v", name, f.all)
	}
}
