package advisories_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/advisories"
)

func TestCheckupFetchesEveryFeedOfThePolicy(t *testing.T) {
	_, base := publisher(t)
	away := kev("http://127.0.0.1:1")
	away.ID = "away"
	look := func(feeds []compliance.Feed, err error) []checkup.Check {
		return advisories.Checkup{Client: client(2 * time.Second), Feeds: func(context.Context) ([]compliance.Feed, error) { return feeds, err }}.Checkup(t.Context())
	}
	checks := look([]compliance.Feed{kev(base), away}, nil)
	require.Len(t, checks, 2)
	require.Equal(t, checkup.OK, checks[0].Result, "%+v", checks[0])
	require.Equal(t, checkup.Unreachable, checks[1].Reason)
	require.Equal(t, "feed away", checks[1].Item)
	require.Equal(t, checkup.Broken, look(nil, errors.New("no policy"))[0].Reason)
}
