package commands

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/feed"
	"github.com/lowcodex/countersign/workflows/steps"
)

// A feed is shown with why it cannot be relied on, what in it was set aside, what is
// owed, and what it opened; other people's text cannot act on the terminal.
func TestFeedsArePrintedInEveryForm(t *testing.T) {
	digest := "sha256:3f2a9c01b2d4e5f60718293a4b5c6d7e8f9001122334455667788990aabbccdd"
	kev := feed.Held{
		Feed:     compliance.Feed{ID: "known-exploited", Kind: compliance.FeedKEV, Address: "https://publisher.example/kev.json"},
		FeedHeld: steps.FeedHeld{Digest: digest, LastRead: instant()},
		Version:  "2026.11.22", Released: instant().Add(-time.Hour),
		Quarantined: []rules.Quarantined{{CVE: "CVE-2021-34527", Reason: rules.DueBeforeAdded, Detail: "due 2021-07-20, added 2021-11-03", Vendor: "Microsoft", Product: "Windows"}},
	}
	index := feed.Held{
		Feed:  compliance.Feed{ID: "publisher", Kind: compliance.FeedCSAFIndex, Address: "https://publisher.example/index.json"},
		Found: rules.FeedStale, Detail: "no answer in time \x1b[2J", Owed: []compliance.Feed{{ID: "SSA-1"}},
	}
	rollouts := []rules.Advised{
		{Kind: rules.OpenRollout, Document: "SSA-2", System: "portal", Rollout: "patch/advisory/SSA-2/portal", Number: "PAT-3", State: rules.Rolling},
		{Kind: rules.LeaveAlone, Document: "SSA-0", System: "portal"},
	}
	for _, output := range []string{"table", "json"} {
		p, out, _ := fixed(t, output, nil)
		require.NoError(t, p.print(listed(feed.Standing{Feeds: []feed.Held{kev, index}}), func(w io.Writer) { p.writeFeeds(w, []feed.Held{kev, index}) }))
		for _, s := range []shownFeed{{kev, rollouts}, {index, []rules.Advised{}}} {
			require.NoError(t, p.print(s, func(w io.Writer) { p.writeFeed(w, s) }))
		}
		require.NotContains(t, out.String(), "\x1b")
		golden(t, "feeds-"+output, out.String())
	}
	p, out, _ := fixed(t, "table", nil)
	p.writeFeeds(p.out, nil)
	require.Equal(t, "no feed has been read yet\n", out.String())
	for _, why := range []rules.Reason{rules.OK, rules.FeedStale, rules.FeedUnread, rules.FeedUnreachable, rules.FeedOlder, rules.FeedRejected} {
		require.NotContains(t, feedWords(feed.Held{Found: why}), "-")
	}
}
