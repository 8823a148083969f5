package exception_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	exc "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	vocabularytest.Sentences(t, exc.Reasons(), exc.OK, vocabularytest.Wording{
		Unknown: "was refused (", Longest: 250,
	})
}

func TestEveryEventIsListedAndNamesItsControls(t *testing.T) {
	require.ElementsMatch(t, vocabularytest.Declared(t, "event.go", ""), exc.Events())
	ref := regexp.MustCompile(`^(SOC2:CC(3\.2|4\.1|9\.1)|ISO27001:A\.5\.(3|36)|NIST80053:(AC-5|CA-5|CA-7|RA-7))$`)
	for _, e := range exc.Events() {
		require.Regexp(t, `^exception\.[a-z_]+$`, e)
		require.NotEmpty(t, exc.Controls(e))
		for _, c := range exc.Controls(e) {
			require.Regexp(t, ref, c)
		}
	}
	require.Contains(t, exc.Controls(exc.EventGranted), "NIST80053:AC-5", "an exception is a matter of separated duties")
	require.Contains(t, exc.Controls(exc.EventConfirmed), "NIST80053:CA-7", "and its compensating control is monitored")
}
