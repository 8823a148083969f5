package timeline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/door"
)

// A refusal at the door is told as one, with what was asked for as it came.
func TestRefusalAtTheDoorIsTold(t *testing.T) {
	line := tell(entry(t, door.EventRefused, door.Facts{
		Action: "approve-all", Asked: "change/example/1", Surface: "slack", Reason: "unknown-action", Altered: []string{"message: cut"},
	}))[0]
	require.Equal(t, `Tried to do "approve-all" from slack; nobody could look at it.`, line.Text)
	require.Equal(t, []string{`asked for: "change/example/1"`, "reason: unknown-action", "not as it came: message: cut"}, line.Details)
	require.True(t, line.Refused)
	require.Equal(t, "door refused", line.Kind, "it stands in the timeline of what it was asked for")
	require.Contains(t, told(door.EventRefused, `[1]`).Details, "[1]")
}
