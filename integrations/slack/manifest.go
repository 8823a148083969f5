package slack

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Manifest is the app's manifest, which people paste at api.slack.com to make the
// app or to bring it up to date: JSON with everything that this package uses and
// nothing else. gateway is the origin at which Slack reaches the gateway, such as
// "https://countersign.example"; commands are those of NewCommandHandler.
// https://docs.slack.dev/reference/app-manifest
func Manifest(gateway string, commands map[string]Command) ([]byte, error) {
	gateway = strings.TrimSuffix(gateway, "/")
	m := described(commands)
	for i := range m.Features.Commands {
		m.Features.Commands[i].URL = gateway + PathCommands
	}
	m.Settings.Interactivity.URL = gateway + PathInteractions
	return m.encode()
}

// SocketManifest is the manifest of an app whose gateway Slack cannot reach: Slack
// sends over the connections of a Socket, and so is given no address. The app-level
// token is not part of any manifest; people make it at api.slack.com.
func SocketManifest(commands map[string]Command) ([]byte, error) {
	m := described(commands)
	m.Settings.Socket = true
	return m.encode()
}

// described is what both have.
func described(commands map[string]Command) (m manifest) {
	m.Metadata.Major, m.Metadata.Minor = 1, 1
	m.Display.Name = "Countersign"
	m.Display.Description = "Approvals, patches and incidents as your policy says, with evidence"
	m.Features.Home.Messages, m.Features.Home.ReadOnly = true, true
	m.Features.Bot.Name, m.Features.Bot.Online = "countersign", true
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		c := commands[name]
		m.Features.Commands = append(m.Features.Commands, manifestCommand{name, "", c.Description, c.Hint, false})
	}
	m.OAuth.Scopes.Bot = Scopes()
	m.Settings.Interactivity.Enabled = true
	return m
}

func (m manifest) encode() ([]byte, error) {
	out, err := json.MarshalIndent(m, "", "  ")
	return append(out, '\n'), err
}

// manifest has the names of Slack's schema, in the order in which its pages show them.
type manifest struct {
	Metadata struct {
		Major int `json:"major_version"`
		Minor int `json:"minor_version"`
	} `json:"_metadata"`
	Display struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"display_information"`
	Features struct {
		// Pages are direct messages, which Slack refuses (messages_tab_disabled) to an
		// app without the tab. Nobody reads what is written there.
		Home struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
			ReadOnly bool `json:"messages_tab_read_only_enabled"`
		} `json:"app_home"`
		Bot struct {
			Name   string `json:"display_name"`
			Online bool   `json:"always_online"`
		} `json:"bot_user"`
		Commands []manifestCommand `json:"slash_commands"`
	} `json:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `json:"bot"`
		} `json:"scopes"`
	} `json:"oauth_config"`
	Settings struct {
		Interactivity struct {
			Enabled bool   `json:"is_enabled"`
			URL     string `json:"request_url,omitempty"`
		} `json:"interactivity"`
		OrgDeploy bool `json:"org_deploy_enabled"`
		Socket    bool `json:"socket_mode_enabled"`
		// A rotated token would end after twelve hours, and nothing here renews one.
		Rotation bool `json:"token_rotation_enabled"`
	} `json:"settings"`
}

type manifestCommand struct {
	Command     string `json:"command"`
	URL         string `json:"url,omitempty"`
	Description string `json:"description"`
	Hint        string `json:"usage_hint,omitempty"`
	Escape      bool   `json:"should_escape"`
}
