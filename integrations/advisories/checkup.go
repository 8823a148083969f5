package advisories

import (
	"context"
	"sync"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
)

const part = checkup.Part(Provider)

// Checkup fetches each feed that the policy names now. What a document says, the
// reading of feeds judges.
type Checkup struct {
	Client *Client
	Feeds  func(context.Context) ([]compliance.Feed, error)
}

// Checkup satisfies the port of a checkup.
func (c Checkup) Checkup(ctx context.Context) []checkup.Check {
	feeds, err := c.Feeds(ctx)
	if err != nil {
		return []checkup.Check{part.Wrong("feeds", checkup.Broken, "the policy cannot be read", "see what is said about the policy")}
	}
	checks := make([]checkup.Check, len(feeds))
	var all sync.WaitGroup
	for i, f := range feeds { // at the same time: one that hangs hides no other
		all.Go(func() {
			checks[i] = part.OK("feed "+f.ID, "it gives a whole document")
			if _, err := c.Client.Fetch(ctx, f, compliance.FeedMark{}); err != nil {
				checks[i] = part.Failed("feed "+f.ID, err, "correct the feed's address in rules/patch.yaml")
			}
		})
	}
	all.Wait()
	return checks
}
