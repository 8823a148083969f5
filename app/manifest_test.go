package app

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The file that people paste is what the gateway takes and what the code calls. It
// is made again by: go run ./cmd/gateway -slack-manifest https://countersign.example
func TestTheManifestThatPeoplePasteIsWhatTheCodeUses(t *testing.T) {
	want, err := SlackManifest("https://countersign.example")
	require.NoError(t, err)
	got, err := os.ReadFile("../docs/operate/slack-app.json")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run: go run ./cmd/gateway -slack-manifest https://countersign.example > docs/operate/slack-app.json")
	for command := range slashCommands() {
		require.Contains(t, string(want), `"command": "`+command+`"`)
	}
	require.Equal(t, 3, strings.Count(string(want), "https://countersign.example/slack/"), "two commands and the interactions")
}

// The file for gateways that connect themselves is as well, and holds no address.
func TestTheManifestWithoutAnAddressIsWhatTheCodeUses(t *testing.T) {
	want, err := SlackSocketManifest()
	require.NoError(t, err)
	got, err := os.ReadFile("../docs/operate/slack-app-socket.json")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run: go run ./cmd/gateway -slack-socket-manifest > docs/operate/slack-app-socket.json")
	require.Contains(t, string(want), `"socket_mode_enabled": true`)
	require.NotContains(t, string(want), "url")
	for command := range slashCommands() {
		require.Contains(t, string(want), `"command": "`+command+`"`)
	}
}
