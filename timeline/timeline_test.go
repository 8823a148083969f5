package timeline

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
)

func entry(t *testing.T, kind string, facts any) evidence.Entry {
	t.Helper()
	raw, err := json.Marshal(facts)
	require.NoError(t, err)
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return evidence.Entry{Index: 7, Hash: "abcdef", Record: evidence.Record{Event: evidence.Event{
		Type: kind, Number: "CHG-1", At: at, Facts: raw, Actor: &evidence.Actor{Person: "p-bruno"},
	}, Recorded: at}}
}

func tell(entries ...evidence.Entry) []Line {
	return Of(entries,
		func(id compliance.PersonID) string {
			return map[compliance.PersonID]string{"p-bruno": "Bruno", "p-chidi": "Chidi"}[id]
		},
		func(t time.Time) string { return t.Format(time.TimeOnly) })
}

// A record of a later release is shown as it stands, never dropped.
func TestUnknownKindIsShownAsItStands(t *testing.T) {
	e := entry(t, "change.postponed", map[string]string{"why": "rain"})
	e.Record.Late = true
	line := tell(e)[0]
	require.Equal(t, "postponed", line.Kind)
	require.Equal(t, "postponed.", line.Text)
	require.Equal(t, []string{`{"why":"rain"}`, "recorded late: the act did not wait for the log"}, line.Details)
	e.Record.Facts = json.RawMessage(`[1]`)
	require.Equal(t, "[1]", tell(e)[0].Details[0])
}
