package tests

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/tests/harness"
)

// One id leads from the click through the gateway and the process to the
// record, the card and the log lines of all of them. Requirement 87.
func TestRequirement87_OneCorrelationID(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{})
	stop := w.Run(app.RoleAll)
	w.Submit("jonas", harness.Ticket(map[string]string{"title": "Correlated", "risk": "low"}))
	card := w.Card("Correlated", harness.Offers("approve"))
	w.Do("bruno", card, "approve", nil)
	w.Card("Correlated", harness.Offers("start"))
	stop()
	ids := map[string]string{}
	for line := range strings.Lines(w.Log.String()) {
		var entry struct{ Msg, Correlation string }
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		if entry.Correlation != "" {
			ids[entry.Msg] = entry.Correlation
		}
	}
	require.NotEmpty(t, ids["act answered"], "the gateway's line")
	require.Equal(t, ids["act answered"], ids["act on record"], "the record's line")
	require.NotEmpty(t, ids["events on record"], "the webhook's id reached the submission's record")
}
