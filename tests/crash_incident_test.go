package tests

import (
	"context"
	"strings"
	"time"

	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/alertmanager/alertmanagertest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/incident"
)

// incidentStory is one incident from the alert to its closure. Bruno is paged
// first, at PagerDuty; nobody answers, so his manager Alice is paged in Slack and
// Goran by mail, and Alice acknowledges once every page has arrived.
type incidentStory struct {
	acting
	labels   map[string]string
	stood    incident.Standing
	accepted time.Time // when the sender was told that its alert was taken
	first    time.Time // when a provider took the first page of who is on call
	presses  int       // of the acknowledgement
}

func newIncidentStory(t *tale) *incidentStory {
	s := &incidentStory{acting: acting{tale: t}, labels: map[string]string{"alertname": t.title, "severity": "critical", "system": "order-portal"}}
	s.subject = func() string { return s.stood.Subject }
	s.mine = func(m slacktest.Message) bool {
		return m.Channel == s.stood.Room && strings.Contains(m.Shown(), s.title)
	}
	return s
}

func (s *incidentStory) numbers() map[string]int { return map[string]int{"INC": 1} }

// alert is the workflow id of the story's alert.
func (s *incidentStory) alert() string {
	id, err := rules.AlertID("alertmanager", rules.DedupKey(alertmanagertest.Fingerprint(s.labels)))
	if err != nil {
		panic(err) // of constants
	}
	return id
}

func (s *incidentStory) steps() []step {
	review := map[string]string{"root_cause": "No limit on retries", "change": s.c.mends, "actions": "Alert on retries"}
	var late slacktest.View
	return []step{
		{"alert", s.fire},
		{"first page", s.paged("bruno")},
		{"escalation", s.paged("alice", "goran")},
		{"room and ticket", s.opened},
		{"acknowledge", s.acknowledge},
		{"acknowledged", s.shows(harness.Says("Acknowledged"))},
		{"stood down", s.stoodDown("bruno", "goran")},
		{"question", s.ask(incident.QueryStanding, &incident.Standing{})},
		{"open a form for later", func(ctx context.Context) (err error) {
			late, err = s.press(ctx, "alice", "update", harness.Offers("update"))
			return err
		}},
		{"resolve", s.acts("alice", "resolve", map[string]string{"note": "Orders flow again"}, harness.Offers("resolve"))},
		{"review", s.acts("alice", "review", review, harness.Offers("review"))},
		{"its board reads along", func(context.Context) error { return s.c.w.Site.Slack.Join(s.stood.Room, s.c.w.Slack("farah")) }},
		{"tickets of what is to be done", func(ctx context.Context) error {
			return s.c.eventually(ctx, func() (bool, error) {
				now := incident.Standing{} // an answer leaves out what is empty
				err := s.c.ask(ctx, s.subject(), incident.QueryStanding, &now)
				return err == nil && now.Review != nil && !now.Review.Pending(), err
			})
		}},
		{"what was to be done is done", s.finish},
		{"close", s.acts("farah", "close", nil, harness.Offers("close"))},
		{"closed", s.shows(harness.Says("Closed"))},
		{"over", func(ctx context.Context) error { return s.c.over(ctx, s.subject()) }},
		{"late click", func(ctx context.Context) error {
			return s.send(ctx, "alice", late, map[string]string{"note": "One more thing"}, "is over")
		}},
		{"its alert is over", func(ctx context.Context) error { return s.c.over(ctx, s.alert()) }},
		{"calm", func(ctx context.Context) error {
			return s.c.calm(ctx, s.subject(), rules.EventLate, s.stood.Ticket.Key)
		}},
	}
}
