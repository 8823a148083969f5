package commands

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/feed"
)

// feedCommand is the group of what people do about feeds of advisories. Nobody acts
// on a feed: what it means is decided by the rules, and shown here.
func (p *program) feedCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "feed", Short: "Look at the feeds of advisories, have them read", RunE: group}
	cmd.AddCommand(p.feedListCommand(), p.feedShowCommand(), p.feedReadCommand())
	return cmd
}

func (p *program) feedListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the feeds, and how each stands",
		Long: "List the feeds of the policy as the last reading found them: whether each can be relied on,\n" +
			"when it was last read, what is in force, and how much in it is set aside.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withEngine(cmd.Context(), func(e engine) error {
				s, err := p.feedStanding(cmd.Context(), e)
				if err != nil {
					return err
				}
				return p.print(listed(s), func(w io.Writer) { p.writeFeeds(w, s.Feeds) })
			})
		},
	}
}

// listed is the list in JSON, also when it is empty.
func listed(s feed.Standing) []feed.Held {
	if s.Feeds == nil {
		return []feed.Held{}
	}
	return s.Feeds
}

// shownFeed is one feed with what it led to. JSON names are part of the output's contract.
type shownFeed struct {
	feed.Held
	Rollouts []rules.Advised `json:"rollouts"`
}

func (p *program) feedShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show FEED",
		Short: "Show a feed: its standing, what is set aside, what it opened",
		Long: "Show one feed by its id in the policy: how it stands, every entry that contradicts itself and\n" +
			"was set aside, documents that are still owed, and the rollouts that feeds opened.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd.CommandPath()+" needs the id of one feed", "see starter feed list")
			}
			return nil
		},
		ValidArgsFunction: completeNames(p.feedNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withEngine(cmd.Context(), func(e engine) error {
				s, err := p.feedStanding(cmd.Context(), e)
				if err != nil {
					return err
				}
				at := slices.IndexFunc(s.Feeds, func(h feed.Held) bool { return h.Feed.ID == args[0] })
				if at < 0 {
					return usage("there is no feed "+quote(args[0]), "see starter feed list")
				}
				shown := shownFeed{Held: s.Feeds[at], Rollouts: s.Rollouts}
				if shown.Rollouts == nil {
					shown.Rollouts = []rules.Advised{}
				}
				return p.print(shown, func(w io.Writer) { p.writeFeed(w, shown) })
			})
		},
	}
}

func (p *program) feedReadCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "read-now",
		Short: "Have all feeds read now, and list them",
		Long: "Have all feeds read now instead of when the schedule says, wait for it, and list them. While a\n" +
			"reading is under way none is begun: that one is waited for. A publisher that is down is tried\n" +
			"for a quarter of an hour; when --timeout is over the reading goes on.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withEngine(cmd.Context(), func(e engine) error { return p.readFeedsNow(cmd.Context(), e) })
		},
	}
}

func (p *program) feedNames(ctx context.Context) []string {
	e, err := p.dial(ctx, p)
	if err != nil {
		return nil
	}
	defer e.Close()
	s, err := p.feedStanding(ctx, e)
	if err != nil {
		return nil
	}
	var all []string
	for _, h := range s.Feeds {
		all = append(all, h.Feed.ID+"\t"+line(feedWords(h)))
	}
	return all
}
