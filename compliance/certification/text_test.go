package certification_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	cert "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestEveryReasonIsListedOnceAndHasItsOwnSentence(t *testing.T) {
	vocabularytest.Sentences(t, cert.Reasons(), cert.OK, vocabularytest.Wording{
		Unknown: "was refused (", Never: []string{"hash", "workflow", "binding", "null", "error", "invalid", "rung", "offset"},
	})
}

func TestEveryEventIsListedAndNamesItsControls(t *testing.T) {
	require.ElementsMatch(t, vocabularytest.Declared(t, "event.go", ""), cert.Events())
	ref := regexp.MustCompile(`^(SOC2:CC9\.2|ISO27001:A\.5\.(3|19|22)|NIST80053:(AC-5|RA-7|SA-9|SR-6))$`)
	for _, e := range cert.Events() {
		require.Regexp(t, `^certification\.[a-z]+$`, e)
		require.NotEmpty(t, cert.Controls(e))
		for _, c := range cert.Controls(e) {
			require.Regexp(t, ref, c)
		}
	}
	require.Contains(t, cert.Controls(cert.EventGranted), "NIST80053:AC-5", "a grace is a matter of separated duties")
}

// A9: what a change is told, and by when.
func TestA9_ConditionsOfTheVendorsAChangeTouches(t *testing.T) {
	w := inForce(t)
	require.Empty(t, w.conditions())
	w.until("2026-12-30T08:59")
	require.Empty(t, w.conditions())
	w.until("2026-12-30T09:00")
	list := w.conditions()
	require.Len(t, list, 1)
	require.Equal(t, "soc2 of acme is covered up to and including 2026-12-31; changes that start after that will have to wait (CER-7).", list[0].Text(w.now))
	require.False(t, list[0].Blocks(at("2026-12-31T23:59")))
	require.True(t, list[0].Blocks(at("2027-01-01")), "a change planned for after the expiry is stopped before it")

	// It blocks from its instant on, whether or not any worker has noticed.
	late, err := cert.Conditions(w.track, at("2027-03-01"))
	require.NoError(t, err)
	require.Equal(t, cert.Expired, late[0].State)
	require.Equal(t, cert.CoverEnded, late[0].Reason)
	require.Equal(t, at("2027-01-01"), late[0].Since)
	require.Equal(t, "soc2 of acme is covered up to and including 2026-12-31; changes that touch the vendor wait (CER-7).", late[0].Text(at("2027-03-01")))
	require.Equal(t, cert.Expiring, w.track.Current.State, "and asking changes nothing")

	other := late[0]
	other.Vendor, other.Since = "zenith", at("2026-06-01")
	third := late[0]
	third.Vendor = "unused"
	require.Equal(t, []cert.Condition{other, late[0]}, cert.Touching([]cert.Condition{late[0], third, other}, []string{"acme", "zenith"}))
	require.Empty(t, cert.Touching(late, nil))
	b, err := json.Marshal(late[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"vendor":"acme","artefact":"soc2","number":"CER-7","state":"expired","reason":"cover-ended","since":"2027-01-01T00:00:00Z","last":"2026-12-31"}`, string(b))
	w.supply(span("2027-01-01", "2027-12-31"), false)
	require.Empty(t, w.conditions(), "a renewal ends it")
}

func TestG2_KeysAreOnePerStep(t *testing.T) {
	require.Equal(t, "CER-7/v2/rung/30", cert.RungKey("CER-7", 2, false, 30))
	require.Equal(t, "CER-7/v2/rung/-7", cert.RungKey("CER-7", 2, false, -7))
	require.Equal(t, "CER-7/v2/needed/30", cert.RungKey("CER-7", 2, true, 30))
	require.Equal(t, "CER-7/v2/expired/1798761600", cert.MoveKey("CER-7", cert.Move{Version: 2, To: cert.Expired, At: at("2027-01-01")}))
	require.Equal(t, "CER-7/act/5d41402abc4b2a76"[:10], cert.ActKey("CER-7", "d1")[:10])
	require.NotEqual(t, cert.ActKey("CER-7", "d1"), cert.ActKey("CER-7", "d2"))
	require.Len(t, cert.ActKey("CER-7", "d1"), len("CER-7/act/")+32)
}
