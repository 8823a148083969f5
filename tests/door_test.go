package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/record"
)

// An act that was authenticated and that no process could take is on record:
// once for each delivery, under the change it names or under the door, with the
// person and without a word of what was written. Unsigned ones are not. (E15)
func TestE15_RefusedAtTheDoorIsOnRecord(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{})
	stop := w.Run(app.RoleAll)
	issue := w.Submit("jonas", harness.Ticket(map[string]string{"title": "At the door"}))
	card := w.Card("At the door", harness.Offers("approve"))
	w.Status(issue.Key, "in_review")
	before := w.Records(issue)
	w.Press("bruno", card, "approve") // the form opens; what follows alters the press as it went over the wire
	pressed := w.Site.Slack.Last()
	subject := change.WorkflowID("example", issue.ID)

	// The same press with another reference behind the button.
	n := 0
	forge := func(edit func(binding map[string]any)) (slacktest.SignedRequest, string) {
		form, err := url.ParseQuery(string(pressed.Body))
		require.NoError(t, err)
		var payload map[string]any
		require.NoError(t, json.Unmarshal([]byte(form.Get("payload")), &payload))
		action := payload["actions"].([]any)[0].(map[string]any)
		var binding map[string]any
		require.NoError(t, json.Unmarshal([]byte(action["value"].(string)), &binding))
		edit(binding)
		value, err := json.Marshal(binding)
		require.NoError(t, err)
		n++
		action["value"], action["action_ts"] = string(value), "1790000000.00000"+string(rune('0'+n))
		r, err := w.Site.Slack.Signed(payload, time.Now())
		require.NoError(t, err)
		return r, "slack/" + w.Slack("bruno") + "/" + card.TS + "/" + action["action_ts"].(string)
	}
	notes := func() (onRecord int) {
		for _, e := range w.Site.Slack.Snapshot().Ephemerals {
			if strings.Contains(e.Text, "your attempt is on record") {
				onRecord++
			}
		}
		return onRecord
	}
	// A recording that a busy machine does not begin in time is none, and the person is
	// told so and presses again: the same press, which is one record all the same.
	send := func(r slacktest.SignedRequest) {
		t.Helper()
		before := notes()
		for range 20 {
			status, body, err := w.Site.Slack.Send(r)
			if errors.Is(err, slacktest.ErrTimeout) {
				continue
			}
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status, string(body))
			if notes() > before {
				return
			}
		}
		require.FailNow(t, "it does not come on record", "%+v", w.Site.Slack.Snapshot().Ephemerals)
	}
	recorded := func(delivery string) string {
		t.Helper()
		sum := sha256.Sum256([]byte(delivery))
		key := "door/" + hex.EncodeToString(sum[:])
		var result record.Result
		require.NoError(t, w.Client.GetWorkflow(t.Context(), record.WorkflowID(key), "").Get(t.Context(), &result))
		require.Empty(t, result.Reply)
		return key
	}

	unknownAction, first := forge(func(b map[string]any) { b["a"] = "approve-all" })
	for range 3 {
		send(unknownAction)
	}
	unknownSubject, second := forge(func(b map[string]any) { b["s"] = "recipe/example/1" })
	send(unknownSubject)
	malformed, third := forge(func(b map[string]any) { b["s"] = "change/example/1 or 2" })
	send(malformed)
	unsigned, _ := forge(func(b map[string]any) { b["a"] = "unsigned-all" })
	unsigned.Header.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64))
	status, body, err := w.Site.Slack.Send(unsigned)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, status, string(body))

	keys := []string{recorded(first), recorded(second), recorded(third)}
	require.GreaterOrEqual(t, notes(), 5, "each press is answered")
	require.Equal(t, append(before, "door.refused"), w.Records(issue), "three deliveries, one record, and nothing moved")
	stop()

	reader := w.Reader()
	atDoor, err := reader.Records(t.Context(), door.Subject)
	require.NoError(t, err)
	require.Len(t, atDoor, 2)
	for i, want := range []struct{ subject, action, asked, reason string }{
		{subject, "approve-all", subject, "unknown-action"},
		{door.Subject, "approve", "recipe/example/1", "unknown-subject"},
		{door.Subject, "approve", "change/example/1 or 2", "malformed"},
	} {
		entry, err := reader.Lookup(t.Context(), keys[i])
		require.NoError(t, err)
		require.Equal(t, door.EventRefused, entry.Record.Type)
		require.Equal(t, want.subject, entry.Record.Subject)
		require.Equal(t, "p-bruno", entry.Record.Actor.Person)
		require.Equal(t, w.Slack("bruno"), entry.Record.Actor.Account.ID)
		require.NotEmpty(t, entry.Record.Actor.Snapshot)
		var facts door.Facts
		require.NoError(t, json.Unmarshal(entry.Record.Facts, &facts))
		require.Equal(t, want.action, facts.Action)
		require.Equal(t, want.asked, facts.Asked)
		require.Equal(t, want.reason, facts.Reason)
		require.Equal(t, "slack", facts.Surface)
		require.Empty(t, facts.Altered)
	}
	standing, err := reader.Standing(t.Context(), subject)
	require.NoError(t, err)
	require.False(t, standing.Final)
	require.Empty(t, w.Verify().Findings)
}

// Once started, a recording waits for whoever is away: no worker, no log, no
// gateway that remembers.
func TestE15_RefusalSurvivesWhoeverStops(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{})
	in := compliance.Inbound{
		Delivery: "slack/U1/1/2", Surface: "slack", Actor: compliance.Account{Provider: "slack", ID: w.Slack("bruno")},
		Subject: "recipe/1", Action: "approve", Received: time.Now().UTC(),
	}
	r := door.New(in, "", "unknown-subject")
	run, err := w.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: record.WorkflowID(r.Key), TaskQueue: compliance.QueueWorkflows,
	}, record.Type, record.Input{Door: &r})
	require.NoError(t, err)    // the gateway is gone from here on
	w.Run(app.RoleWorkflows)() // a worker that cannot reach the log, and stops
	stop := w.Run(app.RoleAll)
	var result record.Result
	require.NoError(t, run.Get(t.Context(), &result))
	stop()
	entry, err := w.Reader().Lookup(t.Context(), r.Key)
	require.NoError(t, err)
	require.Equal(t, result.Receipt.Index, entry.Index)
	require.Empty(t, w.Verify().Findings)
}
