package tests

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/incident"
)

// What senders and people get wrong has an outcome that somebody can read, and
// nothing that is wrong out there is lost: what a source sends and nobody can
// take calls somebody, a storm is one incident for each key, and what is forged
// or repeated counts for nothing (I2, I8, I11).
func TestIncident_BadInput(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{Policy: forBruno(t)})
	w.Run(app.RoleAll)

	t.Run("in PagerDuty: given to somebody else, forged, repeated", func(t *testing.T) {
		w.Site.Slack.ForbidChannels("restricted_action")
		defer w.Site.Slack.ForbidChannels("")
		deactivate(w, "bruno", true)
		defer deactivate(w, "bruno", false)
		w.Fire("Given away", "critical")
		var theirs pagerdutytest.Incident
		require.NoError(t, w.Site.PagerDuty.WaitFor(t.Context(), func(s pagerdutytest.Snapshot) bool {
			i := slices.IndexFunc(s.Incidents, func(i pagerdutytest.Incident) bool { return strings.Contains(i.Title, "Given away") })
			if i >= 0 {
				theirs = s.Incidents[i]
			}
			return i >= 0
		}))
		id := fmt.Sprint(theirs.Details["subject"])
		require.NoError(t, w.Site.PagerDuty.Reassign("PBRUNO1", theirs.ID, "PGORAN7"))
		card := w.Card("Given away", harness.Says("which is no acknowledgement"))
		require.Contains(t, card.Shown(), "Nobody has acknowledged")
		w.Incident(id, harness.IsState(rules.Triggered))

		var delivery pagerdutytest.Delivery
		require.NoError(t, w.Site.PagerDuty.WaitFor(t.Context(), func(s pagerdutytest.Snapshot) bool {
			i := slices.IndexFunc(s.Deliveries, func(d pagerdutytest.Delivery) bool {
				return d.Done && bytes.Contains(d.Body, []byte("incident.reassigned"))
			})
			if i >= 0 {
				delivery = s.Deliveries[i]
			}
			return i >= 0
		}))
		signed := map[string]string{"X-PagerDuty-Signature": pagerdutytest.Sign(delivery.Body, standin.PagerDutyWebhookSecret)}
		for range 2 {
			status, body := post(w, "/pagerduty/webhook", signed, delivery.Body)
			require.Equal(t, http.StatusAccepted, status, body)
		}
		forged := bytes.ReplaceAll(delivery.Body, []byte("incident.reassigned"), []byte("incident.resolved"))
		status, body := post(w, "/pagerduty/webhook", signed, forged)
		require.Equal(t, http.StatusUnauthorized, status)
		require.Contains(t, body, "PAGERDUTY_WEBHOOK_SECRET")

		require.NoError(t, w.Site.PagerDuty.Acknowledge("PGORAN7", theirs.ID))
		s := w.Incident(id, func(s incident.Standing) bool { return s.State == rules.Acknowledged && s.Behind == 0 })
		require.Equal(t, "p-goran", string(s.Owner))
		recorded := w.Recorded(id)
		require.Equal(t, 1, len(slices.DeleteFunc(slices.Clone(recorded), func(r string) bool { return r != "reassigned" })), "%v", recorded)
		require.NotContains(t, recorded, "resolved")
		w.RecordHistory(id, "incident-reassigned-acknowledged")
	})
	t.Run("a storm of reports over eight keys is eight incidents", func(t *testing.T) {
		const keys, reports = 8, 10
		var all errgroup.Group
		all.SetLimit(16)
		for n := range keys * reports {
			all.Go(func() error {
				for until := time.Now().Add(harness.StoryWithin); ; {
					status := w.Alert(harness.Reported(fmt.Sprintf("Storm %d", n%keys), "firing", "critical", nil), standin.AlertsToken)
					if status == http.StatusOK {
						return nil
					}
					// On a busy machine it may not be taken in time; a source repeats it then.
					if status != http.StatusServiceUnavailable || time.Now().After(until) {
						return fmt.Errorf("report %d: %d", n, status)
					}
				}
			})
		}
		require.NoError(t, all.Wait())
		subjects := map[string]bool{}
		for n := range keys {
			page := w.PageTo("bruno", fmt.Sprintf("Storm %d", n))
			subjects[harness.Subject(t, page)] = true
		}
		require.Len(t, subjects, keys)
		pages := 0
		for _, m := range w.Site.Slack.Snapshot().Messages {
			if m.Channel[0] == 'D' && strings.Contains(m.Shown(), "Storm ") {
				pages++
			}
		}
		require.Equal(t, keys, pages, "nobody is paged twice for the same")
		for id := range subjects {
			w.Act("storm/"+id, "bruno", id, rules.ActionAcknowledge, nil)
		}
	})

	t.Run("a body too large, one that cannot be read, a path of no source", func(t *testing.T) {
		require.Equal(t, http.StatusRequestEntityTooLarge, w.Alert(bytes.Repeat([]byte(" "), 1<<20+1), standin.AlertsToken))
		page := w.PageTo("bruno", "Alerts of alertmanager cannot be taken")
		require.Contains(t, page.Shown(), "the body is larger than")
		w.Answer("bruno", page, "acknowledge")
		require.Equal(t, http.StatusBadRequest, w.Alert([]byte(`{"alerts":[`), standin.AlertsToken))
		status, _ := post(w, "/alerts/prometheus", map[string]string{"Authorization": "Bearer " + standin.AlertsToken}, []byte(`{}`))
		require.Equal(t, http.StatusNotFound, status)
		page = w.PageTo("bruno", "Alerts of intake cannot be taken")
		w.Answer("bruno", page, "acknowledge")
		require.Equal(t, http.StatusUnauthorized, w.Alert([]byte(`{"alerts":[`), "not-the-token-of-anybody"))
	})

	require.Empty(t, w.Verify().Findings)
}

// post sends a request to the gateway and returns its status and answer.
func post(w *harness.World, path string, header map[string]string, body []byte) (int, string) {
	w.T.Helper()
	req, err := http.NewRequest(http.MethodPost, w.Gateway+path, bytes.NewReader(body))
	require.NoError(w.T, err)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.T, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(w.T, err)
	return resp.StatusCode, string(answer)
}
