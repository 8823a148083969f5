package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	require.Greater(t, len(change.Reasons()), 30)
	vocabularytest.Sentences(t, change.Reasons(), change.OK, vocabularytest.Wording{
		Unknown: "was refused (",
		Never:   []string{"hash", "workflow", "quorum", "nonce", "binding", "null", "error", "invalid"},
	})
}
