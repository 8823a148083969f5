package slack_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// commanded is a stand whose app takes /incident.
func commanded(t *testing.T) *stand {
	s := newStand(t, slacktest.Options{})
	cfg := slack.Config{APIURL: s.APIURL(), BotToken: "xoxb-standin-token", SigningSecret: s.SigningSecret()}
	client, err := slack.New(cfg)
	require.NoError(t, err)
	h, err := slack.NewCommandHandler(cfg, client, s.desk, map[string]slack.Command{"/incident": {Subject: "incident/new", Action: "declare"}})
	require.NoError(t, err)
	app := httptest.NewServer(h)
	t.Cleanup(app.Close)
	s.SetCommandURL(app.URL)
	return s
}

// A command opens its form with what was written after it, and decides nothing.
func TestCommandOpensItsForm(t *testing.T) {
	s := commanded(t)
	s.desk.form = compliance.Form{Title: "Declare", Submit: "Declare", Fields: []compliance.Field{{Name: "title", Label: "What?", Kind: compliance.Prose, Required: true}}}
	view, err := s.Command(alice, changes, "/incident", "Orders hang")
	require.NoError(t, err)
	require.Empty(t, s.desk.submitted())
	pressed := s.desk.presses()
	require.Equal(t, "incident/new", pressed[0].Subject)
	require.Equal(t, compliance.Account{Provider: "slack", ID: alice}, pressed[0].Actor)
	require.Len(t, view.Inputs(), 1)

	s.desk.noForm = "Nobody can declare now."
	_, err = s.Command(alice, changes, "/incident", "")
	require.ErrorContains(t, err, "Nobody can declare now.")
	_, err = s.Command(alice, changes, "/other", "")
	require.ErrorContains(t, err, "not known here")
}

// Forged, stale and unsigned commands are not looked at.
func TestForgedCommandsAreRefused(t *testing.T) {
	s := commanded(t)
	body := []byte("command=%2Fincident&user_id=" + alice + "&trigger_id=1.2.3")
	for name, header := range map[string]http.Header{
		"forged":   slacktest.Sign("another-secret", time.Now(), body),
		"stale":    slacktest.Sign(s.SigningSecret(), time.Now().Add(-time.Hour), body),
		"unsigned": {"Content-Type": {"application/x-www-form-urlencoded"}},
	} {
		status, _, err := s.SendCommand(slacktest.SignedRequest{Header: header, Body: body})
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, status, name)
	}
	require.Empty(t, s.desk.presses())
}

// A room is made once: a name that is taken is this room, made by an attempt
// whose answer was lost. Who cannot be invited is counted, and no error.
func TestRoomIsFoundBeforeItIsRepeated(t *testing.T) {
	s := newStand(t, slacktest.Options{})
	rooms := slack.NewRooms(s.client)
	people := map[compliance.PersonID]compliance.Person{
		"p-alice": {ID: "p-alice", Accounts: map[string]string{"slack": alice}},
		"p-gone":  {ID: "p-gone", Accounts: map[string]string{"slack": "U0NOBODY"}},
		"p-none":  {ID: "p-none"},
	}
	first, err := rooms.Open(t.Context(), compliance.NewRoom{Name: "inc-3f2a9c1b7d04", Purpose: "Orders hang"}, people)
	require.NoError(t, err)
	require.Equal(t, 2, first.Missing)
	again, err := rooms.Open(t.Context(), compliance.NewRoom{Name: "inc-3f2a9c1b7d04"}, people)
	require.NoError(t, err)
	require.Equal(t, first.Channel, again.Channel)
	require.NoError(t, rooms.Invite(t.Context(), again, people))

	s.ForbidChannels("restricted_action")
	_, err = rooms.Open(t.Context(), compliance.NewRoom{Name: "inc-aaaaaaaaaaaa"}, people)
	require.Equal(t, compliance.Blocked, compliance.ClassOf(err))
	_, err = rooms.Open(t.Context(), compliance.NewRoom{}, people)
	require.Equal(t, compliance.Invalid, compliance.ClassOf(err))
}
