package slack_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// checked is a workspace with the product's gateway before it, and what a checkup
// of it finds by item.
func checked(t *testing.T, o slacktest.Options, change func(*slack.Config, *stand)) map[string]checkup.Check {
	t.Helper()
	s := newStand(t, o)
	cfg := slack.Config{
		APIURL: s.APIURL(), BotToken: s.Token(), SigningSecret: s.SigningSecret(), TeamID: s.TeamID(), Channels: map[string]string{"changes": changes},
		HTTP: httpcall.Config{Timeout: 2 * time.Second, Limits: map[string]httpcall.Limit{}},
	}
	client, err := slack.New(cfg)
	require.NoError(t, err)
	commands, err := slack.NewCommandHandler(cfg, client, s.desk, map[string]slack.Command{"/incident": {Subject: "incident/new", Action: "declare"}})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle(slack.PathCommands, commands)
	gateway := httptest.NewServer(mux)
	t.Cleanup(gateway.Close)
	cfg.PublicURL = gateway.URL
	if change != nil {
		change(&cfg, s)
	}
	client, err = slack.New(cfg)
	require.NoError(t, err)
	found := map[string]checkup.Check{}
	for _, c := range client.Checkup(t.Context()) {
		require.Equal(t, slack.Provider, c.Part)
		require.Equal(t, c.Result == checkup.OK, c.Reason == "" && c.Mend == "", c.Item)
		require.NotContains(t, c.Detail+c.Mend, cfg.BotToken)
		require.NotContains(t, c.Detail+c.Mend, "xapp-1")
		require.False(t, cfg.SigningSecret != "" && strings.Contains(c.Detail+c.Mend, cfg.SigningSecret))
		found[c.Item] = c
	}
	require.Empty(t, s.desk.submitted(), "a checkup changes nothing")
	require.Empty(t, s.desk.presses())
	require.Empty(t, s.Snapshot().Messages)
	return found
}

func TestCheckupOfAnAppThatIsSetUp(t *testing.T) {
	found := checked(t, slacktest.Options{}, nil)
	for _, item := range []string{"token kind", "token", "clock", "scopes", "channel changes", "signing secret", "requests at the gateway"} {
		require.Equal(t, checkup.OK, found[item].Result, "%s: %+v", item, found[item])
	}
	require.Equal(t, checkup.Unseen, found["commands in Slack"].Reason, "only a person sees that")
	require.Len(t, found, 8)
}

// With an app-level token neither a secret nor a public address is needed. Nothing
// connects: somebody's click would be sent there.
func TestSocket_CheckupOfAnAppThatSlackCannotReach(t *testing.T) {
	var s *stand
	alone := func(c *slack.Config, of *stand) {
		s, c.AppToken, c.SigningSecret, c.PublicURL = of, of.AppToken(), "", ""
	}
	found := checked(t, slacktest.Options{SocketMode: true}, alone)
	for _, item := range []string{"token kind", "token", "clock", "scopes", "channel changes", "app token kind", "app token", "connection to Slack", "signing secret"} {
		require.Equal(t, checkup.OK, found[item].Result, "%s: %+v", item, found[item])
	}
	require.Equal(t, checkup.Unseen, found["commands in Slack"].Reason)
	require.Contains(t, found["commands in Slack"].Mend, "Socket Mode must be on")
	require.Len(t, found, 10)
	require.Zero(t, s.Sockets())

	found = checked(t, slacktest.Options{SocketMode: true}, func(c *slack.Config, of *stand) { c.AppToken = of.AppToken() })
	require.Equal(t, checkup.OK, found["requests at the gateway"].Result, "both ways at once")
	require.Len(t, found, 11)
	found = checked(t, slacktest.Options{SocketMode: true}, func(c *slack.Config, of *stand) { c.AppToken, c.PublicURL = of.AppToken(), "" })
	require.NotContains(t, found, "requests at the gateway", "nobody posts")
}

func TestCheckupSaysWhatIsWrongAndHowToMendIt(t *testing.T) {
	const token = "xoxb-standin-token"
	for name, c := range map[string]struct {
		options slacktest.Options
		change  func(*slack.Config, *stand)
		item    string
		reason  checkup.Reason
		says    string
	}{
		"a user's token":      {change: func(c *slack.Config, _ *stand) { c.BotToken = "xoxp-1" }, item: "token kind", reason: checkup.Malformed, says: "a user's token"},
		"an app-level token":  {change: func(c *slack.Config, _ *stand) { c.BotToken = "xapp-1" }, item: "token kind", reason: checkup.Malformed, says: "OAuth & Permissions"},
		"no token of Slack's": {change: func(c *slack.Config, _ *stand) { c.BotToken = "secret" }, item: "token kind", reason: checkup.Malformed, says: "no token"},
		"a wrong token":       {change: func(c *slack.Config, _ *stand) { c.BotToken = "xoxb-other" }, item: "token", reason: checkup.Refused, says: "install the app again"},
		"another workspace":   {change: func(c *slack.Config, _ *stand) { c.TeamID = "T09OTHER" }, item: "workspace", reason: checkup.Different, says: "SLACK_TEAM_ID"},
		"a host that is not":  {change: func(c *slack.Config, _ *stand) { c.APIURL = "http://127.0.0.1:1/api/" }, item: "token", reason: checkup.Unreachable, says: "SLACK_API_URL"},
		"a page of a proxy": {change: func(_ *slack.Config, s *stand) {
			s.Faults().Add(faults.Fault{Op: "auth.test", Kind: faults.HTML, Times: 1})
		}, item: "token", reason: checkup.ElsewhereAPI, says: "sign-in page"},
		"a clock that is slow": {options: slacktest.Options{Now: func() time.Time { return time.Now().Add(3 * time.Minute) }}, item: "clock", reason: checkup.ClockSkew, says: "NTP"},
		"a missing scope":      {options: slacktest.Options{Scopes: without("im:write")}, item: "scopes", reason: checkup.Lacking, says: "Reinstall to Workspace"},
		"a scope too many":     {options: slacktest.Options{Scopes: append(slack.Scopes(), "admin")}, item: "more scopes", reason: checkup.Surplus, says: "remove"},
		"no sight of channels": {options: slacktest.Options{Scopes: without("channels:read", "groups:read")}, item: "channel changes", reason: checkup.Refused, says: "manifest"},
		"no such channel":      {change: func(c *slack.Config, _ *stand) { c.Channels = map[string]string{"changes": "C0NOWHERE"} }, item: "channel changes", reason: checkup.Missing, says: "organisation.yaml"},
		"without the bot": {change: func(_ *slack.Config, s *stand) {
			s.AddChannel(slacktest.Channel{ID: changes, Name: "changes", WithoutApp: true})
		}, item: "channel changes", reason: checkup.Different, says: "/invite"},
		"an archived channel": {change: func(_ *slack.Config, s *stand) {
			s.AddChannel(slacktest.Channel{ID: changes, Name: "changes", Archived: true})
		}, item: "channel changes", reason: checkup.Different, says: "unarchive"},
		"no signing secret":         {change: func(c *slack.Config, _ *stand) { c.SigningSecret = "" }, item: "signing secret", reason: checkup.Unseen, says: "Basic Information"},
		"the client secret's form":  {change: func(c *slack.Config, _ *stand) { c.SigningSecret = "xyz" }, item: "signing secret", reason: checkup.Malformed, says: "client secret"},
		"another signing secret":    {change: func(c *slack.Config, _ *stand) { c.SigningSecret = "00000000000000000000000000000000" }, item: "requests at the gateway", reason: checkup.Refused, says: "same SLACK_SIGNING_SECRET"},
		"a bot token for the app's": {change: func(c *slack.Config, _ *stand) { c.AppToken = c.BotToken }, item: "app token kind", reason: checkup.Malformed, says: "App-Level Tokens"},
		"a wrong app token":         {change: func(c *slack.Config, _ *stand) { c.AppToken = "xapp-1-other" }, item: "app token", reason: checkup.Refused, says: "SLACK_APP_TOKEN"},
		"an app token's scope": {options: slacktest.Options{AppScopes: []string{"authorizations:read"}},
			change: func(c *slack.Config, s *stand) { c.AppToken = s.AppToken() }, item: "app token", reason: checkup.Lacking, says: "connections:write"},
		"no way to connections": {change: func(c *slack.Config, _ *stand) {
			c.APIURL, c.AppToken = elsewhere(t), "xapp-1-any"
		}, item: "connection to Slack", reason: checkup.Unreachable, says: "wss"},
		"no public address":         {change: func(c *slack.Config, _ *stand) { c.PublicURL = "" }, item: "requests at the gateway", reason: checkup.Unseen, says: "COUNTERSIGN_PUBLIC_URL"},
		"a gateway that is away":    {change: func(c *slack.Config, _ *stand) { c.PublicURL = "http://127.0.0.1:1" }, item: "requests at the gateway", reason: checkup.Unreachable, says: "COUNTERSIGN_PUBLIC_URL"},
		"an address of another":     {change: func(c *slack.Config, s *stand) { c.PublicURL = s.URL() }, item: "requests at the gateway", reason: checkup.ElsewhereAPI, says: "own address"},
		"something else that is OK": {change: func(c *slack.Config, _ *stand) { c.PublicURL = page(t) }, item: "requests at the gateway", reason: checkup.ElsewhereAPI, says: "unchanged"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.options.Token == "" {
				c.options.Token = token
			}
			found := checked(t, c.options, c.change)
			got, ok := found[c.item]
			require.True(t, ok, "%+v", found)
			require.Equal(t, c.reason, got.Reason, "%+v", got)
			require.Contains(t, got.Detail+" "+got.Mend, c.says)
		})
	}
}

// elsewhere is a Web API whose connections lead nowhere.
func elsewhere(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-OAuth-Scopes", strings.Join(slack.Scopes(), ","))
		if strings.HasSuffix(r.URL.Path, "apps.connections.open") {
			_, _ = w.Write([]byte(`{"ok":true,"url":"ws://127.0.0.1:1/link/?ticket=1"}`))
			return
		}
		_, _ = w.Write([]byte(`{"ok":true,"team_id":"T01EXAMPLE","channel":{"id":"C01CHANGES","is_member":true}}`))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/api/"
}

// page is an address at which anything is answered with a page.
func page(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>sign in</html>"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// without is every scope but these.
func without(scopes ...string) []string {
	var out []string
	for _, s := range slack.Scopes() {
		if !slices.Contains(scopes, s) {
			out = append(out, s)
		}
	}
	return out
}

// A token that lacks channels:read cannot adopt a room whose answer was lost; the
// page on configuring left that scope out.
func TestRoomsNeedChannelsRead(t *testing.T) {
	s := newStand(t, slacktest.Options{Scopes: without("channels:read")})
	rooms := slack.NewRooms(s.client)
	_, err := rooms.Open(t.Context(), compliance.NewRoom{Name: "inc-7"}, nil)
	require.NoError(t, err)
	_, err = rooms.Open(t.Context(), compliance.NewRoom{Name: "inc-7"}, nil)
	require.Equal(t, compliance.Blocked, compliance.ClassOf(err))
}
