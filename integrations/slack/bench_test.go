package slack_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// BenchmarkPressAndSubmit is a whole approval as far as this package has part
// in it: press, form opened, submit, answer. Slack allows 3 s for each half.
func BenchmarkPressAndSubmit(b *testing.B) {
	s := newStand(b, slacktest.Options{})
	at := post(b, s)
	for b.Loop() {
		view, err := s.Press(alice, changes, at.Ref, "approve")
		require.NoError(b, err)
		_, err = s.Submit(alice, view, attested())
		require.NoError(b, err)
		require.NoError(b, s.CloseView(alice, view.ID))
	}
}

// BenchmarkUpdate is one rewrite of a card.
func BenchmarkUpdate(b *testing.B) {
	s := newStand(b, slacktest.Options{})
	at := post(b, s)
	for b.Loop() {
		_, err := s.client.Update(b.Context(), at, reviewCard(), people())
		require.NoError(b, err)
	}
}
