package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/workflows/incident"
)

// Edit rewrites a file of a policy; what is to be replaced must be there.
func Edit(t testing.TB, dir, file, from, to string) {
	t.Helper()
	path := filepath.Join(dir, file)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(b), from, file)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(b), from, to, 1)), 0o600))
}

// OnCall makes one person be on call around the clock, at the first level,
// whatever day it is, and gives the levels these delays.
func OnCall(t testing.TB, dir, person string, delays ...string) {
	t.Helper()
	Edit(t, dir, "rules/escalation.yaml", "      - name: On call\n        targets: [{kind: rotation, name: follow-the-sun}]",
		"      - name: On call\n        targets: [{kind: person, name: "+person+"}]")
	for i, old := range []string{"5m", "10m", "15m"} {
		if i < len(delays) {
			Edit(t, dir, "rules/escalation.yaml", "delay: "+old+"\n", "delay: "+delays[i]+"\n")
		}
	}
}

// Reported is what Alertmanager sends about one alert.
func Reported(key, status, severity string, labels map[string]string) []byte {
	l := map[string]string{"alertname": key, "severity": severity, "system": "order-portal"}
	for k, v := range labels {
		l[k] = v
	}
	ends := "0001-01-01T00:00:00Z"
	if status == "resolved" {
		ends = time.Now().UTC().Format(time.RFC3339)
	}
	b, err := json.Marshal(map[string]any{
		"version": "4", "groupKey": "{}:{alertname=\"" + key + "\"}", "truncatedAlerts": 0, "status": status, "receiver": "countersign",
		"groupLabels": map[string]string{"alertname": key}, "commonLabels": l, "commonAnnotations": map[string]string{}, "externalURL": "http://alertmanager.example",
		"alerts": []any{map[string]any{
			"status": status, "labels": l, "annotations": map[string]string{"summary": key, "description": "No order since noon"},
			"startsAt": "2026-11-25T12:00:00Z", "endsAt": ends, "generatorURL": "http://prometheus.example/graph", "fingerprint": fmt.Sprintf("%x", key),
		}},
	})
	if err != nil {
		panic(err)
	}
	return b
}

// Alert sends a notification to the gateway as Alertmanager does and returns
// the status of the answer.
func (w *World) Alert(body []byte, token string) int {
	w.T.Helper()
	req, err := http.NewRequest(http.MethodPost, w.Gateway+"/alerts/alertmanager", bytes.NewReader(body))
	require.NoError(w.T, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.T, err)
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// Fire has Alertmanager report that something is wrong.
func (w *World) Fire(key, severity string) {
	w.T.Helper()
	require.Equal(w.T, http.StatusOK, w.Alert(Reported(key, "firing", severity, nil), standin.AlertsToken))
}

// Incident waits until the incident about a title satisfies want.
func (w *World) Incident(id string, want func(incident.Standing) bool) incident.Standing {
	w.T.Helper()
	ctx := w.within()
	for {
		var s incident.Standing // an answer leaves out what is empty
		answer, err := w.Client.QueryWorkflow(ctx, id, "", incident.QueryStanding)
		if err == nil {
			err = answer.Get(&s)
		}
		if err == nil && want(s) {
			return s
		}
		select {
		case <-ctx.Done():
			shown, _ := json.MarshalIndent(s, "", " ")
			shown = append(shown, w.Log.Errors()...)
			require.FailNow(w.T, "the incident is not as expected", "%v\n%s", err, shown)
		case <-time.After(50 * time.Millisecond): // a query is asked again: a standing announces itself to nobody
		}
	}
}

// IsState is satisfied by an incident in a state.
func IsState(state rules.State) func(incident.Standing) bool {
	return func(s incident.Standing) bool { return s.State == state }
}

// PageTo waits for the direct message that pages somebody about a title.
func (w *World) PageTo(user, title string) slacktest.Message {
	w.T.Helper()
	member := w.Slack(user)
	var found slacktest.Message
	err := w.Site.Slack.WaitFor(w.within(), func(s slacktest.Snapshot) bool {
		direct := map[string]bool{}
		for _, c := range s.Channels {
			for _, m := range c.Members {
				direct[c.ID] = direct[c.ID] || c.ID[0] == 'D' && m == member
			}
		}
		for _, m := range s.Messages {
			if direct[m.Channel] && !m.Deleted && strings.Contains(m.Shown(), title) {
				found = m
				return true
			}
		}
		return false
	})
	require.NoError(w.T, err, "nobody paged %s about %q\n%s", user, title, w.cards())
	return found
}

// Subject is the workflow id that a message's buttons are about.
func Subject(t testing.TB, m slacktest.Message) string {
	t.Helper()
	require.NotEmpty(t, m.Buttons(), m.Shown())
	var b struct {
		S string `json:"s"`
	}
	require.NoError(t, json.Unmarshal([]byte(m.Buttons()[0].Value), &b))
	return b.S
}

// Answer has somebody press a button that is the whole act, and returns what
// they are told. Where the machine was too slow to say it in time, which is no
// refusal, they press again.
func (w *World) Answer(user string, m slacktest.Message, action string) string {
	w.T.Helper()
	ctx := w.within()
	for {
		_, err := w.Site.Slack.Press(w.Slack(user), m.Channel, m.TS, action)
		require.ErrorIs(w.T, err, slacktest.ErrNoForm)
		if !strings.Contains(err.Error(), "the outcome follows") || ctx.Err() != nil {
			return err.Error()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second): // what was received is being judged
		}
	}
}

// Recorded are the types of the evidence about any subject, in order, without
// the process's name.
func (w *World) Recorded(subject string) []string {
	w.T.Helper()
	entries, err := w.Reader().Records(w.within(), subject)
	require.NoError(w.T, err)
	types := make([]string, len(entries))
	for i, e := range entries {
		_, types[i], _ = strings.Cut(e.Record.Type, ".")
	}
	return types
}

// Act sends what somebody does as an update, as the gateway does.
func (w *World) Act(delivery, user, subject, action string, answers map[string]string) compliance.Reply {
	w.T.Helper()
	in := compliance.Inbound{
		Delivery: delivery, Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: user}, Subject: subject, Action: action, Received: time.Now().UTC(),
	}
	for k, v := range answers {
		in.Answers = append(in.Answers, compliance.Answer{Name: k, Value: v, Shown: k})
	}
	return w.update(in)
}

func (w *World) update(in compliance.Inbound) compliance.Reply {
	w.T.Helper()
	name, ok := incident.UpdateFor(in.Action)
	require.True(w.T, ok)
	var reply compliance.Reply
	handle, err := w.Client.UpdateWorkflow(w.within(), client.UpdateWorkflowOptions{
		WorkflowID: in.Subject, UpdateID: in.Delivery, UpdateName: name, Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	require.NoError(w.T, err)
	require.NoError(w.T, handle.Get(w.within(), &reply))
	return reply
}

// Errors are the lines of warnings and errors, for a failed test.
func (l *Lines) Errors() []byte {
	var out []byte
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"level":"WARN"`) || strings.Contains(line, `"level":"ERROR"`) {
			out = append(out, line...)
		}
	}
	return out
}
