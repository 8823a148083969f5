package slack_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// socketStand is a workspace in Socket Mode whose app has no signing secret.
type socketStand struct {
	*stand
	cfg    slack.Config
	mux    *http.ServeMux
	socket *slack.Socket
	stop   func() // ends the socket and waits for it

	mu      sync.Mutex
	results map[string]int
}

func newSocketStand(t *testing.T, o slacktest.Options) *socketStand {
	t.Helper()
	o.SocketMode = true
	s := &socketStand{stand: newStand(t, o), results: map[string]int{}}
	s.cfg = slack.Config{
		APIURL: s.APIURL(), BotToken: s.Token(), AppToken: s.AppToken(), TeamID: s.TeamID(), Channels: map[string]string{"changes": changes},
		HTTP: httpcall.Config{Timeout: 2 * time.Second, Limits: map[string]httpcall.Limit{}},
		Refused: func(reason string) {
			s.stand.mu.Lock()
			defer s.stand.mu.Unlock()
			s.refused = append(s.refused, reason)
		},
		Envelope: func(kind, result string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.results[kind+" "+result]++
		},
	}
	interactions, err := slack.NewHandler(s.cfg, s.client, s.desk)
	require.NoError(t, err)
	commands, err := slack.NewCommandHandler(s.cfg, s.client, s.desk, map[string]slack.Command{"/incident": {Subject: "incident/new", Action: "declare"}})
	require.NoError(t, err)
	s.mux = http.NewServeMux()
	s.mux.Handle(slack.PathInteractions, interactions)
	s.mux.Handle(slack.PathCommands, commands)
	s.handler = s.mux
	s.socket, s.stop = s.run(t, s.cfg)
	return s
}

// run connects one more gateway.
func (s *socketStand) run(t *testing.T, cfg slack.Config) (*slack.Socket, func()) {
	t.Helper()
	client, err := slack.New(cfg)
	require.NoError(t, err)
	socket, err := slack.NewSocket(cfg, client, s.mux)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = socket.Run(ctx) // always nil
	}()
	stop := func() { cancel(); <-ended }
	t.Cleanup(func() {
		stop()
		require.Empty(t, s.Misdeeds())
	})
	return socket, stop
}

func (s *socketStand) count(result string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.results[result]
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, 20*time.Second, 5*time.Millisecond, what)
}

// reply has the desk answer the nth act, counted from 1, as told.
func (s *socketStand) reply(how func(n int, in compliance.Inbound) compliance.Reply) {
	n := 0
	s.desk.reply = func(_ context.Context, in compliance.Inbound) compliance.Reply {
		s.desk.mu.Lock()
		n++
		at := n
		s.desk.mu.Unlock()
		return how(at, in)
	}
}

func recorded(int, compliance.Inbound) compliance.Reply {
	return compliance.Reply{Outcome: compliance.Recorded, Text: "Your approval is recorded."}
}

// One way in: over the socket and over HTTP the same thing is the same delivery and
// gets the same answer, from an app without any signing secret.
func TestSocket_WhatArrivesIsWhatHTTPWouldHaveBrought(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	at := post(t, s.stand)
	s.reply(func(_ int, in compliance.Inbound) compliance.Reply {
		if in.Answer("comment") == "" {
			return compliance.Reply{Outcome: compliance.Declined, Text: "Say <why> & more.", Field: "comment"}
		}
		return recorded(0, in)
	})
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	res, err := s.Submit(alice, view, map[string]string{"tests": "yes", "risk": "yes"})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"comment": "Say <why> & more."}, res.Errors)
	res, err = s.Submit(alice, view, attested())
	require.NoError(t, err)
	require.Contains(t, res.Text, "Your approval is recorded.")

	over := &stand{Server: s.Server, desk: s.desk}
	status, body := postTo(t, signedHandler(t, s), s.Last())
	require.Equal(t, http.StatusOK, status)
	again, err := s.Envelope(s.Last())
	require.NoError(t, err)
	require.JSONEq(t, string(body), string(again))
	acts := over.desk.submitted()
	require.Len(t, acts, 4)
	for i := 2; i < 4; i++ {
		acts[i].Received = acts[1].Received
		require.Equal(t, acts[1], acts[i])
	}
	status, body = postTo(t, s.mux, s.Last())
	require.Equal(t, http.StatusUnauthorized, status, "what is posted is not believed without a secret to check it by")
	require.Contains(t, string(body), "SLACK_SIGNING_SECRET")
	require.Equal(t, []string{"no-secret"}, s.reasons())

	form, err := s.Command(alice, changes, "/incident", "orders are stuck")
	require.NoError(t, err)
	require.Equal(t, "Approve CHG-7", form.Title())
	_, err = s.Command(alice, changes, "/nothing", "")
	require.ErrorIs(t, err, slacktest.ErrNoForm)
	require.ErrorContains(t, err, "not known here")
	require.Zero(t, s.count("interactive left"))
	eventually(t, "both are counted", func() bool { return s.count("slash_commands acknowledged") == 2 })
}

// What could not be kept is not acknowledged, and is kept when it comes again; the
// person is told that it failed, and not that nothing was recorded.
func TestSocket_WhatIsNotKeptComesAgain(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	at := post(t, s.stand)
	s.reply(func(n int, in compliance.Inbound) compliance.Reply {
		if n == 1 {
			return compliance.Reply{Outcome: compliance.NotRecorded, Reason: compliance.Unreachable, Text: "Nothing was recorded."}
		}
		return recorded(n, in)
	})
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	_, err = s.Submit(alice, view, attested())
	require.ErrorIs(t, err, slacktest.ErrTimeout)
	eventually(t, "the second attempt", func() bool { return s.count("interactive acknowledged") == 2 })
	require.Equal(t, 1, s.count("interactive left"))
	acts := s.desk.submitted()
	require.Len(t, acts, 2)
	require.Equal(t, acts[0].Delivery, acts[1].Delivery)

	// Nothing that an answer explains comes again.
	s.reply(func(int, compliance.Inbound) compliance.Reply {
		return compliance.Reply{Outcome: compliance.NotRecorded, Reason: "malformed", Text: "Nothing was recorded: damaged."}
	})
	res, err := s.Submit(alice, view, attested())
	require.NoError(t, err)
	require.Equal(t, map[string]string{"tests": "Nothing was recorded: damaged."}, res.Errors)
}

// A lost acknowledgement, and a connection that is cut after the act was made
// durable: it comes again as the same delivery, and the person gets the answer.
func TestSocket_LostAcknowledgementsAndCutConnections(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	at := post(t, s.stand)
	s.LoseAcks(func(attempt int) bool {
		if attempt == 0 {
			s.CutSockets()
		}
		return attempt == 0
	})
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err, "the form that the first attempt opened")
	eventually(t, "the press again", func() bool { return len(s.desk.presses()) == 2 })
	eventually(t, "the press acknowledged", func() bool { return last(s.Deliveries()).Status == http.StatusOK })
	require.Empty(t, s.Snapshot().Ephemerals, "nobody is told that the form did not open")

	res, err := s.Submit(alice, view, attested())
	require.NoError(t, err)
	require.Contains(t, res.Text, "Your approval is recorded.")
	acts := s.desk.submitted()
	require.Len(t, acts, 2)
	require.Equal(t, acts[0].Delivery, acts[1].Delivery)
	require.True(t, s.socket.Standing().Connected)
}

func last(all []slacktest.Delivery) slacktest.Delivery { return all[len(all)-1] }

// A refresh with an act under way: the new connection is there before the old one
// goes, and the act is acknowledged on the one it came by.
func TestSocket_ARefreshDropsNothing(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"warning", "refresh_requested"} {
		t.Run(reason, func(t *testing.T) {
			s := newSocketStand(t, slacktest.Options{})
			at := post(t, s.stand)
			s.reply(func(n int, in compliance.Inbound) compliance.Reply {
				s.Refresh(reason, 10*time.Second)
				eventually(t, "a second connection", func() bool { return s.Sockets() == 2 })
				return recorded(n, in)
			})
			view, err := s.Press(alice, changes, at.Ref, "approve")
			require.NoError(t, err)
			res, err := s.Submit(alice, view, attested())
			require.NoError(t, err)
			require.Contains(t, res.Text, "Your approval is recorded.")
			require.Len(t, s.desk.submitted(), 1)
			for range 10 { // Slack sends on either until it closes the first
				_, err := s.Press(alice, changes, at.Ref, "approve")
				require.NoError(t, err)
			}
			require.Zero(t, last(s.Deliveries()).Attempt+s.count("interactive left"))
			require.Equal(t, 2, s.Sockets())
			require.Equal(t, 2, s.Opened())
			require.True(t, s.socket.Standing().Connected)
		})
	}
}

// Two gateways, each with a connection: each envelope is one's.
func TestSocket_SeveralGateways(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	_, stop := s.run(t, s.cfg)
	eventually(t, "two connections", func() bool { return s.Sockets() == 2 })
	at := post(t, s.stand)
	for range 10 {
		_, err := s.Press(alice, changes, at.Ref, "approve")
		require.NoError(t, err)
	}
	stop()
	eventually(t, "one connection", func() bool { return s.Sockets() == 1 })
	_, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	require.Len(t, s.desk.presses(), 11)
}

// A stop finishes what is under way, acknowledges it and closes.
func TestSocket_AStopFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	at := post(t, s.stand)
	began, finish := make(chan struct{}), make(chan struct{})
	s.reply(func(n int, in compliance.Inbound) compliance.Reply {
		close(began)
		<-finish
		return recorded(n, in)
	})
	view, err := s.Press(alice, changes, at.Ref, "approve")
	require.NoError(t, err)
	var res slacktest.ViewResult
	answered := make(chan error, 1)
	go func() {
		var err error
		res, err = s.Submit(alice, view, attested())
		answered <- err
	}()
	<-began
	stopped := make(chan struct{})
	go func() { s.stop(); close(stopped) }()
	eventually(t, "reading ends", func() bool { return !s.socket.Standing().Connected })
	select {
	case <-stopped:
		require.Fail(t, "it did not wait for the act")
	default:
	}
	close(finish)
	require.NoError(t, <-answered)
	require.Contains(t, res.Text, "Your approval is recorded.")
	<-stopped
	require.Zero(t, s.count("interactive left"))
	eventually(t, "Slack sees it closed", func() bool { return s.Sockets() == 0 })
}

// The longest answers fit into one acknowledgement; Slack drops longer ones.
func TestSocket_TheLongestAnswersFit(t *testing.T) {
	t.Parallel()
	s := newSocketStand(t, slacktest.Options{})
	at := post(t, s.stand)
	long := strings.Repeat("👍", 20_000)
	for _, reply := range []compliance.Reply{
		{Outcome: compliance.Recorded, Text: long}, {Outcome: compliance.Declined, Text: long}, {Outcome: compliance.Recorded, Text: strings.Repeat("<&\"", 9000)},
		{Outcome: compliance.Declined, Text: long, Link: "https://gate.example/" + strings.Repeat("x", 2000)},
	} {
		s.reply(func(int, compliance.Inbound) compliance.Reply { return reply })
		view, err := s.Press(alice, changes, at.Ref, "approve")
		require.NoError(t, err)
		_, err = s.Submit(alice, view, attested())
		require.NoError(t, err)
	}
}
