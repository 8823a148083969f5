package advisories

import (
	"context"

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
	var checks []checkup.Check
	for _, f := range feeds {
		item := "feed " + f.ID
		if _, err := c.Client.Fetch(ctx, f, compliance.FeedMark{}); err != nil {
			checks = append(checks, part.Failed(item, err, "correct the feed's address in rules/patch.yaml"))
			continue
		}
		checks = append(checks, part.OK(item, "it gives a whole document"))
	}
	return checks
}
