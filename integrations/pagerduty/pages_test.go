package pagerduty_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
)

func TestPageOpensAnIncident(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	paged, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	got := s.settled(t)
	require.Len(t, got, 1)
	require.Equal(t, compliance.Paged{Channel: "pagerduty", Ref: got[0].Key}, paged)
	require.Regexp(t, `^cs1\|incident/3f2a9c1b7d04\|3f2a9c1b7d04\.3\.2\.1795312800\|[0-9a-f]{16}$`, got[0].Key)
	require.Equal(t, "SEV1 INC-7 Queue is growing", got[0].Title)
	require.Equal(t, "critical", got[0].Severity)
	require.Equal(t, ann, got[0].Paged[0].User)
	require.Equal(t, map[string]any{"number": "INC-7", "subject": "incident/3f2a9c1b7d04", "paged": ann, "text": "Orders wait for 40 minutes."}, got[0].Details)
	require.Equal(t, []string{"https://countersign.example/incidents/INC-7"}, got[0].Links)
}

// I18: the same key is one incident, whatever was lost on the way, and another
// person's or page's is another one.
func TestI18_RepeatedPageIsOneIncident(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	s.Faults().Add(faults.Fault{Kind: faults.Reset, After: true})
	_, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.Equal(t, compliance.UnknownOutcome, compliance.ClassOf(err))
	for range 2 {
		_, err = s.client.Send(t.Context(), toAnn, alarm(), true)
		require.NoError(t, err)
	}
	require.Len(t, s.settled(t), 1)
	require.Equal(t, 3, s.Incidents()[0].Triggers)
	require.Len(t, s.Incidents()[0].Paged, 1, "nobody is called again for the same page")

	_, err = s.client.Send(t.Context(), compliance.Account{Provider: "pagerduty", ID: ben}, alarm(), false)
	require.NoError(t, err)
	next := alarm()
	next.Key = "INC-7/page/4/p-ann/pagerduty"
	_, err = s.client.Send(t.Context(), toAnn, next, false)
	require.NoError(t, err)
	require.Len(t, s.settled(t), 3)
}

// I30: an exercise says so first, and rings all the same.
func TestI30_DrillSaysSo(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	page := alarm()
	page.Drill = true
	_, err := s.client.Send(t.Context(), toAnn, page, false)
	require.NoError(t, err)
	got := s.settled(t)[0]
	require.True(t, strings.HasPrefix(got.Title, "Drill: SEV1"))
	require.Contains(t, got.Details["drill"], "exercise")
	require.Equal(t, "critical", got.Severity)
}

// What is too long is cut between characters, and still taken.
func TestLongPageIsCut(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	page := alarm()
	page.Title, page.Text = strings.Repeat("ä🚦", 2000), strings.Repeat("ä", 1<<20)
	page.Link = "https://x.example/" + strings.Repeat("a", 1<<20)
	page.Severity = "a word nobody knows"
	_, err := s.client.Send(t.Context(), toAnn, page, false)
	require.NoError(t, err)
	got := s.settled(t)[0]
	require.Equal(t, 1024, utf8.RuneCountInString(got.Title))
	require.True(t, strings.HasSuffix(got.Title, "…"))
	require.Equal(t, "critical", got.Severity, "what is not known counts as the worst")
	require.Empty(t, got.Links, "half a link leads nowhere")
}

func TestPageThatNoKeyCanCarry(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	for name, spoil := range map[string]func(*compliance.Page){
		"subject too long": func(p *compliance.Page) {
			p.Subject, p.Ref = "incident/"+strings.Repeat("7", 40), strings.Repeat("r", 200)
		},
		"space in subject":   func(p *compliance.Page) { p.Subject = "incident/INC 7" },
		"bar in subject":     func(p *compliance.Page) { p.Subject = "incident|INC-7" },
		"reference is a no":  func(p *compliance.Page) { p.Ref = "-" },
		"umlaut in subject":  func(p *compliance.Page) { p.Subject = "incident/ä" },
		"reference line end": func(p *compliance.Page) { p.Ref = "a\nb" },
	} {
		page := alarm()
		spoil(&page)
		_, err := s.client.Send(t.Context(), toAnn, page, false)
		require.Equal(t, compliance.Invalid, compliance.ClassOf(err), name)
		require.Equal(t, compliance.Invalid, compliance.ClassOf(s.client.StandDown(t.Context(), toAnn, compliance.Paged{}, page, "x")), name)
	}
	require.Empty(t, s.Events(), "nothing was sent")
	page := alarm()
	page.Ref = strings.Repeat("r", compliance.MaxPageRef)
	_, err := s.client.Send(t.Context(), toAnn, page, false)
	require.NoError(t, err, "the longest reference that is allowed fits")
}

func TestI18_ClassesOfRefusedEvents(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{PerMinute: 1})
	foreign, err := pagerduty.New(pagerduty.Config{EventsURL: "http://127.0.0.1:1", RoutingKey: strings.Repeat("x", 32)})
	require.NoError(t, err)
	_, err = foreign.Send(t.Context(), toAnn, alarm(), false)
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "nobody listens there")

	_, err = s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	_, err = s.client.Send(t.Context(), toAnn, alarm(), false)
	require.Equal(t, compliance.Throttled, compliance.ClassOf(err))
	require.ErrorContains(t, err, "too quickly", "PagerDuty's own reason")

	body := `{"status":"invalid event","message":"Event object is invalid","errors":["Invalid routing key"]}`
	s.Faults().Add(faults.Fault{Kind: faults.Status, Status: http.StatusBadRequest, Body: body})
	_, err = s.client.Send(t.Context(), toAnn, alarm(), false)
	require.Equal(t, compliance.Blocked, compliance.ClassOf(err))
	require.ErrorContains(t, err, "PAGERDUTY_ROUTING_KEY", "it says how to mend it")

	s.Faults().Add(faults.Fault{Kind: faults.Status, Status: http.StatusOK, Body: `{"status":"success"}`})
	_, err = s.client.Send(t.Context(), toAnn, alarm(), false)
	require.Equal(t, compliance.UnknownOutcome, compliance.ClassOf(err), "only 202 says that an event was taken")
}

// I10: the page stops ringing, and its coming back is nobody's act.
func TestI10_StandDownResolves(t *testing.T) {
	s := newStand(t, pagerdutytest.Options{})
	paged, err := s.client.Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, s.client.StandDown(t.Context(), toAnn, paged, alarm(), "Ben\nhas it."))
	}
	require.Equal(t, pagerdutytest.Resolved, s.settled(t)[0].Status)
	require.Empty(t, s.desk.submitted())
	require.Equal(t, 1, s.desk.counted(pagerduty.DeliveryEcho), "the resolution, once")

	// Nobody knows whether the page was sent: its key is known all the same.
	next := alarm()
	next.Key = "INC-7/page/4/p-ann/pagerduty"
	_, err = s.client.Send(t.Context(), toAnn, next, false)
	require.NoError(t, err)
	require.NoError(t, s.client.StandDown(t.Context(), toAnn, compliance.Paged{Channel: "pagerduty"}, next, "Ben has it."))
	require.Equal(t, pagerdutytest.Resolved, s.settled(t)[1].Status)

	events := s.Events()
	var last struct {
		Payload struct {
			Summary string `json:"summary"`
		} `json:"payload"`
	}
	require.NoError(t, json.Unmarshal(events[len(events)-1].Body, &last))
	require.Equal(t, "Stand down: Ben has it.", last.Payload.Summary)
	require.Equal(t, compliance.Invalid, compliance.ClassOf(s.client.StandDown(t.Context(), toAnn, compliance.Paged{Ref: "srv01/mysql"}, alarm(), "x")),
		"somebody else's incident is never resolved")
}

func TestConfigurationIsChecked(t *testing.T) {
	for want, cfg := range map[string]pagerduty.Config{
		"PAGERDUTY_ROUTING_KEY":    {RoutingKey: "short"},
		"PAGERDUTY_EVENTS_URL":     {RoutingKey: routingKey, EventsURL: "events.pagerduty.com"},
		"PAGERDUTY_WEBHOOK_SECRET": {RoutingKey: routingKey, WebhookSecrets: []string{"short"}},
	} {
		_, err := pagerduty.New(cfg)
		require.ErrorContains(t, err, want)
	}
	_, err := pagerduty.New(pagerduty.Config{RoutingKey: routingKey, EventsURL: "https://events.eu.pagerduty.com/v2/enqueue"})
	require.NoError(t, err, "the whole address of the documentation is understood")
	_, err = pagerduty.NewHandler(pagerduty.Config{WebhookSecrets: []string{"short"}}, &desk{})
	require.ErrorContains(t, err, "PAGERDUTY_WEBHOOK_SECRET")
	_, err = pagerduty.NewHandler(pagerduty.Config{}, nil)
	require.ErrorContains(t, err, "dispatcher")
}

func TestDefaultLimitsKeepBelowThePublishedRate(t *testing.T) {
	first := 0.0
	for _, l := range pagerduty.DefaultLimits() {
		first += float64(l.Burst) + l.PerSecond*time.Minute.Seconds()
	}
	require.LessOrEqual(t, first, 120.0, "events in the first minute")
}
