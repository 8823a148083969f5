package demo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// message is what stands in a channel.
type message = slacktest.Message

// slack is a person's account there, by the name they have at the command line.
func (p *play) slack(name string) string {
	for _, who := range p.stage.Directory.People() {
		if who.Accounts["cli"] == name {
			return who.Accounts["slack"]
		}
	}
	return ""
}

// join has somebody join a channel that is open to everybody.
func (p *play) join(channel, name string) error {
	return p.stage.Site.Slack.Join(channel, p.slack(name))
}

// invited waits until the app has asked somebody into a channel.
func (p *play) invited(ctx context.Context, channel, name string) error {
	member := p.slack(name)
	err := p.waiting(ctx, func(ctx context.Context) error {
		return p.stage.Site.Slack.WaitFor(ctx, func(s slacktest.Snapshot) bool {
			return slices.ContainsFunc(s.Channels, func(c slacktest.Channel) bool { return c.ID == channel && slices.Contains(c.Members, member) })
		})
	})
	if err != nil {
		return fmt.Errorf("nobody asked %s into the incident's channel: %w", name, err)
	}
	return nil
}

// pageTo waits for the direct message that calls somebody.
func (p *play) pageTo(ctx context.Context, name, words string) (slacktest.Message, error) {
	member := p.slack(name)
	var found slacktest.Message
	err := p.waiting(ctx, func(ctx context.Context) error {
		return p.stage.Site.Slack.WaitFor(ctx, func(s slacktest.Snapshot) bool {
			for _, c := range s.Channels {
				if !strings.HasPrefix(c.ID, "D") || !slices.Contains(c.Members, member) {
					continue
				}
				for _, m := range s.In(c.ID) {
					if strings.Contains(m.Shown(), words) && offers("acknowledge")(m) {
						found = m
						return true
					}
				}
			}
			return false
		})
	})
	if err != nil {
		return found, fmt.Errorf("nobody called %s: %w", name, err)
	}
	return found, nil
}

// waiting bounds a wait.
func (p *play) waiting(ctx context.Context, wait func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	return wait(ctx)
}

// submitted has somebody open and submit a change of the sandbox system, to be
// carried out by Goran so much later.
func (p *play) submitted(by, title, risk string, later time.Duration) (jiratest.Issue, error) {
	fields := map[string]string{
		"title": title, "purpose": "Larger customers are turned away at 2,000.", "system": "sandbox", "environment": "sandbox", "risk": risk,
		"plan": "1. Import the package\n2. Restart the flows", "test_plan": "Run the regression suite and send one invoice of 4,999.",
		"rollback": "Import the former package", "rollback_owner": "acc-goran",
		"rollback_tested_on": time.Now().UTC().AddDate(0, 0, -7).Format(time.DateOnly), "implementer": "acc-goran", "duration": "30m",
	}
	if later > 0 {
		fields["planned_start"] = time.Now().Add(later).UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	issue, err := p.stage.Site.Jira.CreateIssue(by, fields)
	if err != nil {
		return issue, err
	}
	return issue, p.stage.Site.Jira.Transition(by, issue.Key, p.stage.Rules.Tickets().SubmitStatus)
}

// byNumber is the workflow id of what has this number on record.
func (p *play) byNumber(ctx context.Context, number string) (string, error) {
	reader, err := evidence.OpenReader(ctx, p.stage.Evidence())
	if err != nil {
		return "", err
	}
	standing, err := reader.ByNumber(ctx, number)
	return standing.Subject, errors.Join(err, reader.Close())
}

// word is the first word of a text with this beginning, such as CHG-7.
func word(text, beginning string) string {
	return regexp.MustCompile(regexp.QuoteMeta(beginning) + `[0-9]+`).FindString(text)
}

// contains reports whether a text has one of these in it.
func contains(text string, any ...string) bool {
	return slices.ContainsFunc(any, func(part string) bool { return strings.Contains(text, part) })
}

// status waits until the change's ticket has one of these logical statuses and tells it.
func (p *play) status(ctx context.Context, logical ...string) error {
	return p.statusOf(ctx, p.ticket, logical...)
}

func (p *play) statusOf(ctx context.Context, key string, logical ...string) error {
	ctx, cancel := context.WithTimeout(ctx, step)
	defer cancel()
	names := p.stage.Rules.Tickets().Statuses
	var now string
	err := p.stage.Site.Jira.WaitFor(ctx, func(s jiratest.Snapshot) bool {
		i := slices.IndexFunc(s.Issues, func(i jiratest.Issue) bool { return i.Key == key })
		if i < 0 {
			return false
		}
		now = s.Issues[i].Status
		return slices.ContainsFunc(logical, func(l string) bool { return names[l] == now })
	})
	if err != nil {
		return fmt.Errorf("ticket %s is %q and did not become %s: %w", key, now, strings.Join(logical, " or "), err)
	}
	p.say("", "Ticket %s: %s.", key, now)
	return nil
}
