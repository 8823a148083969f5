package incident_test

import (
	"testing"

	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	vocabularytest.Sentences(t, incident.Reasons(), incident.OK, vocabularytest.Wording{
		Unknown: "No text is known", Never: []string{"hash", "workflow", "nonce", "binding", "null", "error", "invalid"},
	})
}
