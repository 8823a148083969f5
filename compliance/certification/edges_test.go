package certification_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cert "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestA8_TheTableIsClosedAndEveryStateIsReachable(t *testing.T) {
	vocabularytest.Table(t, cert.Edges(), cert.States(), []cert.State{cert.Missing}, cert.CanMove)
	vocabularytest.Ends(t, cert.Edges(), cert.States())
	for _, a := range cert.States() {
		require.Equal(t, a == cert.Superseded || a == cert.Withdrawn, a.Terminal(), a)
		require.False(t, a.Accepted() && a.Gathering())
		require.Equal(t, a.Terminal(), !a.Accepted() && !a.Gathering())
		require.True(t, !a.Accepted() || cert.CanMove(a, cert.Withdrawn), "a vendor notice is immediate: %s", a)
		require.True(t, !a.Accepted() || cert.CanMove(a, cert.Superseded), "a renewal is always welcome: %s", a)
	}
}

// A8: nothing covers that nobody accepted, nothing comes back from expiry but by grace.
func TestA8_WaysIn(t *testing.T) {
	for _, s := range cert.States() {
		require.Equal(t, s == cert.UnderReview, cert.CanMove(s, cert.Valid), s)
		require.Equal(t, s == cert.Expiring || s == cert.Expired, cert.CanMove(s, cert.Grace), s)
		require.Equal(t, s == cert.Expiring || s == cert.Grace, cert.CanMove(s, cert.Expired), s)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := cert.Missing
		for range 40 {
			next := at.Next()
			if len(next) == 0 {
				require.True(t, at.Terminal())
				return
			}
			at = rapid.SampledFrom(next).Draw(t, "next")
		}
	})
}
