package tests

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/integrations/alertmanager/alertmanagertest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/incident"
)

// todo are the tickets of what the review asked for.
func (s *incidentStory) todo() []string {
	var keys []string
	for _, i := range s.c.w.Site.Jira.Issues() {
		if i.Type == s.c.w.Rules.Tickets().Kinds[compliance.TicketAction].IssueType && strings.Contains(i.Text, s.stood.Number+":") {
			keys = append(keys, i.Key)
		}
	}
	return keys
}

// finish is somebody at the tracker who did what the review asked for.
func (s *incidentStory) finish(ctx context.Context) error {
	jira := s.c.w.Site.Jira
	for _, key := range s.todo() {
		if err := jira.TransitionWith(s.c.w.Jira("goran"), key, "Done", map[string]string{"resolution": "Done"}); err != nil {
			return err
		}
	}
	return s.c.eventually(ctx, func() (bool, error) {
		now := incident.Standing{}
		err := s.c.ask(ctx, s.subject(), incident.QueryStanding, &now)
		return err == nil && now.Review != nil && now.Review.Unfinished() == 0, err
	})
}

// fire is a monitoring system that finds something wrong, and Alertmanager, which
// sends until it is taken.
func (s *incidentStory) fire(ctx context.Context) error {
	sender := alertmanagertest.New(alertmanagertest.Options{
		URL: s.c.relay(relayToGateway).URL + "/alerts/alertmanager", Token: standin.AlertsToken,
	})
	sender.Fire(s.labels, map[string]string{"summary": s.title, "description": "No order since noon"}, false)
	for {
		err := sender.Flush(ctx)
		if err == nil {
			s.accepted = time.Now()
			return nil
		}
		if waited := s.c.afterError(ctx); waited != nil { // its next group interval
			return errors.Join(waited, err)
		}
	}
}

// paged waits until each of them was paged, on whatever channel.
func (s *incidentStory) paged(people ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		return s.c.eventually(ctx, func() (bool, error) {
			var missing []error
			for _, name := range people {
				pages := s.pagesTo(name)
				if len(pages) == 0 {
					missing = append(missing, errors.New(name+" was not paged"))
					continue
				}
				for _, p := range pages {
					if name == "bruno" && (s.first.IsZero() || p.at.Before(s.first)) {
						s.first = p.at
					}
				}
			}
			return len(missing) == 0, errors.Join(missing...)
		})
	}
}

// firstPage is how long after its acceptance the alert had paged who is on call.
func (s *incidentStory) firstPage() time.Duration { return max(0, s.first.Sub(s.accepted)) }

// opened waits for what the incident is talked about in.
func (s *incidentStory) opened(ctx context.Context) error {
	var alert incident.AlertStanding
	if err := s.c.ask(ctx, s.alert(), incident.QueryStanding, &alert); err != nil {
		return err
	}
	return s.c.eventually(ctx, func() (bool, error) {
		err := s.c.ask(ctx, alert.Incident, incident.QueryStanding, &s.stood)
		return err == nil && s.stood.Number != "" && s.stood.Room != "" && s.stood.Ticket.Key != "", err
	})
}

// acknowledge is one press: on the page, or on the card where the page came by
// another way.
func (s *incidentStory) acknowledge(ctx context.Context) error {
	w, on := s.c.w, slacktest.Message{}
	for _, p := range s.pagesTo("alice") {
		if p.message.TS != "" {
			on = p.message
		}
	}
	if on.TS == "" { // by mail: she looks for the incident's channel, which is open to everybody
		card, err := s.card(ctx, harness.Offers("acknowledge"))
		if err != nil {
			return err
		}
		if err := w.Site.Slack.Join(card.Channel, w.Slack("alice")); err != nil {
			return err
		}
		on = card
	}
	back := s.away()
	defer func() { back() }()
	for {
		s.presses++
		_, err := w.Site.Slack.Press(w.Slack("alice"), on.Channel, on.TS, "acknowledge")
		for _, word := range []string{"Paging has stopped", "already on record", "already acknowledged", "Received", "Recorded"} {
			if errors.Is(err, slacktest.ErrNoForm) && strings.Contains(err.Error(), word) {
				return nil
			}
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
		if s.stoodAcknowledged(ctx) {
			return nil // its buttons are gone: somebody who looks sees that it counted
		}
	}
}

func (s *incidentStory) stoodAcknowledged(ctx context.Context) bool {
	if s.absent {
		return false // nobody could answer
	}
	var now incident.Standing
	return s.c.ask(ctx, s.subject(), incident.QueryStanding, &now) == nil && now.State == rules.Acknowledged
}

// stoodDown waits until each of them was told that the page is no longer theirs,
// on every channel by which it came.
func (s *incidentStory) stoodDown(people ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		return s.c.eventually(ctx, func() (bool, error) {
			var open []error
			for _, name := range people {
				for _, p := range s.pagesTo(name) {
					if !p.stoodDown {
						open = append(open, errors.New(name+" was not stood down at "+p.channel))
					}
				}
			}
			return len(open) == 0, errors.Join(open...)
		})
	}
}
