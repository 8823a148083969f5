package patch_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	vocabularytest.Sentences(t, patch.Reasons(), patch.OK, vocabularytest.Wording{
		Unknown: "was refused (", Never: []string{"hash", "digest", "workflow", "nonce", "binding", "null", "schema", "invalid"},
	})
}

func TestEveryEventIsListedAndHasControls(t *testing.T) {
	require.ElementsMatch(t, vocabularytest.Declared(t, "event.go", "Event"), patch.Events())
	for _, e := range patch.Events() {
		require.True(t, strings.HasPrefix(e, "patch."), e)
		controls := patch.Controls(e)
		frameworks := map[string]bool{}
		for _, c := range controls {
			name, _, ok := strings.Cut(c, ":")
			require.True(t, ok, c)
			frameworks[name] = true
		}
		require.Len(t, frameworks, 3, "%s: %v", e, controls)
	}
}
