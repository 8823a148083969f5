package slack_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// What is wrong with a token, or with the app's settings, and how to mend it. No
// try ends the socket, and a mend at Slack is found.
func TestSocket_SaysWhatIsWrongAndHowToMendIt(t *testing.T) {
	t.Parallel()
	const mend = "set SLACK_APP_TOKEN to an app-level token (xapp-…) with the scope connections:write: at api.slack.com/apps"
	for name, c := range map[string]struct {
		options slacktest.Options
		token   string
		off     bool
		class   compliance.Class
		says    []string
	}{
		"a bot token":     {token: "xoxb-standin-token", class: compliance.Blocked, says: []string{"not_allowed_token_type", mend}},
		"another token":   {token: "xapp-1-other", class: compliance.Blocked, says: []string{"invalid_auth", mend}},
		"without scope":   {options: slacktest.Options{AppScopes: []string{"authorizations:read"}}, class: compliance.Blocked, says: []string{"missing_scope", "lacks the scope connections:write", mend}},
		"Socket Mode off": {off: true, class: compliance.Blocked, says: []string{"Socket Mode is off", "api.slack.com/apps"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSocketStand(t, c.options)
			s.stop()
			s.SetSocketMode(!c.off)
			cfg := s.cfg
			if c.token != "" {
				cfg.AppToken = c.token
			}
			socket, _ := s.run(t, cfg)
			eventually(t, "the failure", func() bool { return socket.Standing().Failure != nil })
			stands := socket.Standing()
			require.False(t, stands.Connected || stands.Ever)
			require.Equal(t, c.class, compliance.ClassOf(stands.Failure))
			for _, text := range c.says {
				require.Contains(t, stands.Failure.Error(), text)
			}
			require.NotContains(t, stands.Failure.Error(), cfg.AppToken)
			require.NotContains(t, stands.Failure.Error(), "ticket")
			if c.off {
				s.SetSocketMode(true)
				eventually(t, "connected after the mend", func() bool { return socket.Standing().Connected })
				require.NoError(t, socket.Standing().Failure)
			}
		})
	}
}

// Slack takes ten connections of an app; the eleventh gateway waits for a place.
func TestSocket_TheEleventhConnection(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	for range 9 {
		s.run(t, s.cfg)
	}
	eventually(t, "ten connections", func() bool { return s.Sockets() == 10 })
	eleventh, _ := s.run(t, s.cfg)
	eventually(t, "the failure", func() bool { return eleventh.Standing().Failure != nil })
	require.Equal(t, compliance.Throttled, compliance.ClassOf(eleventh.Standing().Failure))
	require.Contains(t, eleventh.Standing().Failure.Error(), "ten connections")
	require.Equal(t, 10, s.Sockets())
}

// What stands between is told apart, the pause that Slack asks for is kept, and the
// address of a connection, which holds a ticket, is in no error.
func TestSocket_TroubleOnTheWay(t *testing.T) {
	t.Parallel()
	nowhere := elsewhere(t)
	for name, c := range map[string]struct {
		fault faults.Fault
		api   string
		class compliance.Class
		says  string
	}{
		"throttled":      {fault: faults.Fault{Kind: faults.Status, Status: 429, Header: http.Header{"Retry-After": {"40"}}}, class: compliance.Throttled},
		"a proxy's page": {fault: faults.Fault{Kind: faults.HTML}, class: compliance.Unavailable, says: "login page"},
		"reset":          {fault: faults.Fault{Kind: faults.Reset}, class: compliance.Unavailable},
		"no way":         {api: nowhere, class: compliance.Unavailable, says: "open WebSockets (wss)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSocketStand(t, slacktest.Options{})
			s.stop()
			cfg := s.cfg
			if c.api != "" {
				cfg.APIURL = c.api
			} else {
				c.fault.Op, c.fault.Times = "apps.connections.open", -1
				s.Faults().Add(c.fault)
			}
			socket, _ := s.run(t, cfg)
			eventually(t, "the failure", func() bool { return socket.Standing().Failure != nil })
			failed := socket.Standing().Failure
			require.Equal(t, c.class, compliance.ClassOf(failed), "%v", failed)
			require.Contains(t, failed.Error(), c.says)
			require.NotContains(t, failed.Error(), "ticket")
			if c.class == compliance.Throttled {
				var f *compliance.Failure
				require.ErrorAs(t, failed, &f)
				require.Equal(t, 40*time.Second, f.RetryAfter)
			}
		})
	}
}

// Tries are a second to a minute apart, or as far as Slack asks for.
func TestSocket_PausesBetweenTries(t *testing.T) {
	t.Parallel()
	require.Zero(t, slack.Pause(0, nil), "a refresh waits for nothing")
	for tries, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 6: 32 * time.Second, 7: time.Minute, 100: time.Minute} {
		for range 100 {
			require.InDelta(t, most*3/4, slack.Pause(tries, nil), float64(most/4))
		}
	}
	asked := &compliance.Failure{Class: compliance.Throttled, RetryAfter: 7 * time.Minute}
	require.InDelta(t, 7*time.Minute, slack.Pause(1, asked), float64(time.Second))
}
