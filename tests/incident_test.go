package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/lowcodex/countersign/app"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/incident"
)

// forBruno has Bruno on call at the first level, with an account at PagerDuty.
func forBruno(t *testing.T, delays ...string) func(string) {
	return func(dir string) {
		harness.OnCall(t, dir, "p-bruno", delays...)
		harness.Edit(t, dir, "directory/people.yaml", "slack: U02BRUNO\n", "slack: U02BRUNO\n      pagerduty: PBRUNO1\n")
		harness.Edit(t, dir, "rules/escalation.yaml", "    p-hana: [slack, mail]", "    p-hana: [slack, mail]\n    p-bruno: [slack, pagerduty, mail]")
	}
}

// An alert comes in, whoever is on call is paged, acknowledges from Slack and
// gives the incident an end; the record verifies. The history up to the first
// send is short (I1, I2, I5, I8, I18, I27).
func TestIncident_FromAlertToClosure(t *testing.T) {
	t.Parallel()
	w := harness.NewWorld(t, harness.WorldOptions{Policy: forBruno(t)})
	w.Run(app.RoleAll)
	mends := w.Submit("jonas", harness.Ticket(map[string]string{"title": "Limit retries"}))
	w.Card("Limit retries", harness.Offers("approve"))

	w.Fire("Orders hang", "critical")
	w.Fire("Orders hang", "critical") // as Alertmanager does
	page := w.PageTo("bruno", "Orders hang")
	id := harness.Subject(t, page)
	s := w.Incident(id, func(s incident.Standing) bool { return s.Number == "INC-1" && s.Room != "" && s.Ticket.Key != "" })
	require.Equal(t, rules.Sev1, s.Severity)
	require.Equal(t, "order-portal", s.System)
	card := w.Card("INC-1 · Orders hang", harness.Offers("resolve"))
	require.Equal(t, s.Room, card.Channel, "the card is in the incident's own channel")
	channels := w.Site.Slack.Snapshot().Channels
	i := slices.IndexFunc(channels, func(c slacktest.Channel) bool { return c.ID == s.Room })
	require.Contains(t, channels[i].Members, w.Slack("bruno"), "whoever is paged is in it")

	for _, other := range []string{"chidi", "farah"} { // the channel is open to everybody
		require.NoError(t, w.Site.Slack.Join(s.Room, w.Slack(other)))
	}

	require.Regexp(t, "Paging has stopped|already on record", w.Answer("bruno", page, "acknowledge"))
	again := w.Answer("bruno", page, "acknowledge")
	require.Contains(t, again, "already on record")
	require.Regexp(t, `You acknowledged at \d\d:\d\d CES?T\.`, again, "by his own clock")
	card = w.Card("INC-1", harness.Offers("update"))
	require.Regexp(t, "Bruno Keller acknowledged INC-1 first|already on record", w.Answer("chidi", card, "acknowledge"))
	w.Do("bruno", card, "update", map[string]string{"note": "Restarting the flows"})
	card = w.Card("INC-1", harness.Says("Restarting the flows"))
	w.Do("bruno", card, "resolve", map[string]string{"note": "Orders flow again"})
	require.Contains(t, w.Answer("chidi", card, "acknowledge"), "already resolved")
	card = w.Card("INC-1", harness.Offers("review"))
	refused := w.Try("bruno", card, "review", map[string]string{"root_cause": "No limit on retries", "change": "CHG-77", "actions": "Limit retries"})
	require.Contains(t, errorText(refused), "does not exist")
	w.Do("bruno", card, "review", map[string]string{"root_cause": "No limit on retries", "change": "CHG-1", "actions": "Alert on retries @p-goran 2027-01-31"})
	card = w.Card("INC-1", harness.Offers("close"))
	s = w.Incident(id, func(s incident.Standing) bool { return s.Review != nil && !s.Review.Pending() })
	todo := s.Review.Actions[0].Ticket.Key
	require.Contains(t, errorText(w.Try("bruno", card, "close", nil)), "You wrote the review")
	w.Do("farah", card, "close", nil)
	w.Incident(id, func(s incident.Standing) bool { return s.State == rules.Closed && s.Behind == 0 })
	w.Card("INC-1", harness.Says("Still to be done: 1 of 1"))
	require.NoError(t, w.Site.Jira.TransitionWith(w.Jira("goran"), todo, "Done", map[string]string{"resolution": "Done"})) // its lesson is drawn later
	w.Incident(id, func(s incident.Standing) bool { return s.Review.Unfinished() == 0 })
	require.NoError(t, w.Client.GetWorkflow(t.Context(), id, "").Get(t.Context(), nil))

	recorded := w.Recorded(id)
	require.Subset(t, recorded, []string{"received", "paging", "paged", "acknowledged", "updated", "resolved", "reviewed", "refused", "closed"})
	require.Equal(t, "action_done", recorded[len(recorded)-1])
	ticket, _ := w.Site.Jira.Issue(s.Ticket.Key)
	require.Equal(t, "Closed", ticket.Status)
	require.NotEmpty(t, mends.Key)
	w.RecordHistory(id, "incident-from-alert-to-closure")
	w.RecordHistory(alertOf(t, w, id), "incident-alert")

	events, first := w.History(id), 0
	for n, e := range events.Events {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil && a.ActivityType.Name == "SendPage" {
			first = n + 1
			break
		}
	}
	alerts := w.Recorded(alertOf(t, w, id))
	require.Equal(t, "triggered", alerts[0])
	before := 0
	for n, e := range w.History(alertOf(t, w, id)).Events {
		if e.EventType == enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED {
			before = n + 1
		}
	}
	t.Logf("history up to the first send: %d events of the alert, %d of the incident; %d in all, %d bytes", before, first, len(events.Events), harness.Size(events))
	require.LessOrEqual(t, before+first, 45)
	report := w.Verify()
	require.Empty(t, report.Findings)
}

// alertOf is the workflow id of an incident's alert, from the record.
func alertOf(t *testing.T, w *harness.World, id string) string {
	t.Helper()
	entries, err := w.Reader().Records(t.Context(), id)
	require.NoError(t, err)
	require.Contains(t, string(entries[0].Record.Facts), `"alert":"alert/`)
	facts := string(entries[0].Record.Facts)
	from := strings.Index(facts, `"alert":"`) + len(`"alert":"`)
	return facts[from : from+strings.Index(facts[from:], `"`)]
}

// One world, several incidents side by side: other channels, other surfaces,
// what people and senders do wrong, and the engine away for a while.
func TestIncident_Stories(t *testing.T) {
	w := harness.NewWorld(t, harness.WorldOptions{Policy: forBruno(t, "4s", "4s", "4s")})
	stop := w.Run(app.RoleAll)

	t.Run("Slack is down: the next channel is used, and answered there (I18)", func(t *testing.T) {
		w.Site.Slack.ForbidChannels("restricted_action")
		defer w.Site.Slack.ForbidChannels("")
		deactivate(w, "bruno", true)
		w.Fire("Gone from Slack", "critical")
		var key string
		require.NoError(t, w.Site.PagerDuty.WaitFor(t.Context(), func(s pagerdutytest.Snapshot) bool {
			for _, i := range s.Incidents {
				if strings.Contains(i.Title, "Gone from Slack") {
					key = i.ID
				}
			}
			return key != ""
		}))
		require.NoError(t, w.Site.PagerDuty.Acknowledge("PBRUNO1", key))
		card := w.Card("Gone from Slack", harness.Says("Acknowledged"))
		require.Equal(t, w.Channel("incidents"), card.Channel)
		require.Contains(t, card.Shown(), "No channel of its own could be made")
		deactivate(w, "bruno", false)
	})

	t.Run("both are down: e-mail through a real SMTP server", func(t *testing.T) {
		deactivate(w, "bruno", true)
		defer deactivate(w, "bruno", false)
		w.Site.PagerDuty.Faults().Add(faults.Fault{Kind: faults.Status, Status: http.StatusBadRequest, Times: 1})
		defer w.Site.PagerDuty.Faults().Clear()
		w.Fire("Only mail works", "critical")
		require.NoError(t, w.Site.Mail.WaitFor(t.Context(), func(all []mailtest.Mail) bool {
			return slices.ContainsFunc(all, func(m mailtest.Mail) bool { return strings.Contains(m.Subject(), "Only mail works") })
		}))
	})

	t.Run("declared with a slash command", func(t *testing.T) {
		view, err := w.Site.Slack.Command(w.Slack("hana"), w.Channel("changes"), "/incident", "The yard stands still")
		require.NoError(t, err)
		result, err := w.Site.Slack.Submit(w.Slack("hana"), view, harness.Filled(view, map[string]string{
			"title": "The yard stands still", "system": "claims-desk", "severity": "sev2",
		}))
		require.NoError(t, err)
		require.Contains(t, result.Text, "is declared")
		page := w.PageTo("bruno", "The yard stands still")
		require.Regexp(t, "is yours|already on record", w.Answer("bruno", page, "acknowledge"))
		card := w.Card("The yard stands still", harness.Offers("resolve"))
		w.Do("bruno", card, "resolve", map[string]string{"note": "A cable"})
		id := harness.Subject(t, page)
		w.Incident(id, harness.IsState(rules.Resolved))
		w.RecordHistory(id, "incident-declared-resolved")
	})

	t.Run("an unlinked person, a forged alert, a replayed press", func(t *testing.T) {
		require.Equal(t, http.StatusUnauthorized, w.Alert(harness.Reported("Forged", "firing", "critical", nil), "not-the-token-of-anybody"))
		w.Fire("Strangers", "critical")
		page := w.PageTo("bruno", "Strangers")
		id := harness.Subject(t, page)
		w.Site.Slack.AddUser(slacktest.User{ID: "U99STRANGER", Name: "Stranger"})
		s := w.Incident(id, func(s incident.Standing) bool { return s.Room != "" && len(s.Cards) > 0 })
		require.NoError(t, w.Site.Slack.Join(s.Room, "U99STRANGER"))
		card := w.Card("Strangers", func(m slacktest.Message) bool { return m.Channel == s.Room && harness.Offers("acknowledge")(m) })
		_, err := w.Site.Slack.Press("U99STRANGER", card.Channel, card.TS, "acknowledge")
		require.ErrorContains(t, err, "does not belong to exactly one person")
		w.Incident(id, func(s incident.Standing) bool { return s.Page >= 2 }) // escalation went on
		w.Answer("bruno", page, "acknowledge")
		replayed := w.Site.Slack.Last()
		status, _, err := w.Site.Slack.Send(replayed)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		w.Incident(id, func(s incident.Standing) bool { return s.State == rules.Acknowledged && s.Behind == 0 })
		count := 0
		for _, r := range w.Recorded(id) {
			if r == "acknowledged" {
				count++
			}
		}
		require.Equal(t, 1, count, "a replay counts once")
		w.RecordHistory(id, "incident-escalated-acknowledged")
	})

	t.Run("late steps after the engine's outage fire once, with stated lateness (I31)", func(t *testing.T) {
		w.Fire("While nobody worked", "critical")
		page := w.PageTo("bruno", "While nobody worked")
		id := harness.Subject(t, page)
		stop()
		due := w.AwaitEvent(id, len(w.History(id).GetEvents()), enumspb.EVENT_TYPE_TIMER_FIRED).GetEventTime().AsTime()
		back := time.Now()
		stop = w.Run(app.RoleAll)
		s := w.Incident(id, func(s incident.Standing) bool { return s.Page >= 2 && s.Behind == 0 })
		w.Act("late-ack", "bruno", id, rules.ActionAcknowledge, nil)
		seen := map[string]int{}
		for _, p := range s.Paged {
			seen[fmt.Sprint(p.Page, p.Person)]++
		}
		for key, n := range seen {
			require.Equal(t, 1, n, key)
		}
		entries, err := w.Reader().Records(t.Context(), id)
		require.NoError(t, err)
		var late []time.Duration
		for _, e := range entries {
			var f rules.PageFacts
			if e.Record.Type == rules.EventPaging {
				require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
				late = append(late, f.Late)
			}
		}
		require.Greater(t, slices.Max(late), back.Sub(due), "how late it was is on record")
	})

	report := w.Verify()
	require.Empty(t, report.Findings)
}

// deactivate takes somebody's account at the chat away, or gives it back.
func deactivate(w *harness.World, user string, gone bool) {
	id := w.Slack(user)
	for _, u := range w.Site.Slack.Snapshot().Users {
		if u.ID == id {
			u.Deleted = gone
			w.Site.Slack.AddUser(u)
		}
	}
}
