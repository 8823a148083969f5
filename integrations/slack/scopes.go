package slack

import "slices"

// Where the gateway takes what Slack sends; the manifest names them.
const (
	PathInteractions = "/slack/interactions"
	PathCommands     = "/slack/commands"
)

// scopeCommands is what an app with slash commands needs besides the methods' scopes.
const scopeCommands = "commands"

// method is a method of the Web API that this package calls.
type method struct {
	call   string   // of the library
	name   string   // Slack's
	scopes []string // of the bot token, all of which are used; none: any token may
}

// scopeConnections is what the app-level token must have, and nothing else.
// https://docs.slack.dev/reference/methods/apps.connections.open
const scopeConnections = "connections:write"

// methods is every call of this package with the least scopes that it needs. A
// test compares it with the source, so that neither the manifest nor the checkup
// can ask for more or less than the code uses.
// https://docs.slack.dev/reference/methods (scopes of each method)
func methods() []method {
	const write, rooms = "chat:write", "channels:manage"
	cards := []string{"channels:history", "groups:history", "im:history"} // where cards and pages are looked for
	return []method{
		{"StartSocketModeContext", "apps.connections.open", nil}, // an app-level token's: scopeConnections
		{"AuthTestContext", "auth.test", nil},
		{"PostMessageContext", "chat.postMessage", []string{write}},
		{"PostEphemeralContext", "chat.postEphemeral", []string{write}},
		{"UpdateMessageContext", "chat.update", []string{write}},
		{"GetPermalinkContext", "chat.getPermalink", nil},
		{"GetConversationHistoryContext", "conversations.history", cards},
		{"GetConversationRepliesContext", "conversations.replies", cards},
		{"OpenConversationContext", "conversations.open", []string{"im:write"}},
		{"OpenViewContext", "views.open", nil},
		{"CreateConversationContext", "conversations.create", []string{rooms}},
		{"InviteUsersToConversationContext", "conversations.invite", []string{rooms}},
		{"SetPurposeOfConversationContext", "conversations.setPurpose", []string{rooms}},
		{"GetConversationsContext", "conversations.list", []string{"channels:read"}},
		{"GetConversationInfoContext", "conversations.info", []string{"channels:read", "groups:read"}},
	}
}

// Scopes are the scopes that the bot token must have, sorted.
func Scopes() []string {
	all := []string{scopeCommands}
	for _, m := range methods() {
		all = append(all, m.scopes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
