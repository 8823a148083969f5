package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/certification"
)

// owes is a policy in which one vendor owes one report, needed in so many days.
func owes(today certification.Date, in int) string {
	return fmt.Sprintf(`apiVersion: countersign/v1
kind: artefacts
channel: vendors
fallback: p-farah
grace_approvers: [change-board]
classes:
  - {name: soc2, title: SOC 2 Type II report}
vendors:
  - id: acme
    name: Acme
    owner: p-bruno
    sponsor: p-dana
    systems: [sandbox]
    contacts: [{name: Desk, email: desk@acme.example}]
    artefacts:
      - {id: soc2, class: soc2, title: SOC 2 report, needed_by: "%s"}
`, today.Add(in))
}

const acme = "certification/acme/soc2"

// assured is a world with one tracker, as somebody sees it.
type assured struct {
	*harness.World
	today certification.Date
	// passed is how far the tracker's clock was advanced.
	passed time.Duration
}

func newAssured(t *testing.T, in int) *assured {
	today := certification.DateOf(time.Now().UTC())
	w := &assured{World: harness.NewWorld(t, harness.WorldOptions{Artefacts: owes(today, in)}), today: today}
	w.Run(app.RoleAll)
	return w
}

// standing waits until the tracker satisfies want, and is what it says then.
func (w *assured) standing(want func(process.Standing) bool) process.Standing {
	w.T.Helper()
	return w.standingOf(acme, want)
}

func (w *assured) standingOf(id string, want func(process.Standing) bool) process.Standing {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	var s process.Standing
	for {
		v, err := w.Client.QueryWorkflow(ctx, id, "", process.QueryStanding)
		if err == nil {
			require.NoError(w.T, v.Get(&s))
			if want(s) {
				return s
			}
		}
		select {
		case <-ctx.Done():
			require.FailNow(w.T, "the tracker never stood as expected", "%+v", s)
		case <-time.After(50 * time.Millisecond): // a query's answer announces itself to nobody
		}
	}
}

func (w *assured) is(state certification.State, version int) process.Standing {
	w.T.Helper()
	return w.standing(func(s process.Standing) bool { return s.State == state && s.Version == version })
}

// until lets the tracker live up to a day of its calendar.
func (w *assured) until(day certification.Date) {
	w.T.Helper()
	year, month, date := day.Civil()
	to := time.Date(year, month, date, 12, 0, 0, 0, time.UTC)
	d := to.Sub(time.Now()) - w.passed
	require.Positive(w.T, d)
	harness.Advance(w.T, w.Client, "default", acme, d)
	w.passed += d
}

// card is the newest card of the artefact that satisfies want.
func (w *assured) card(want func(slacktest.Message) bool) slacktest.Message {
	w.T.Helper()
	var found slacktest.Message
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	err := w.Site.Slack.WaitFor(ctx, func(s slacktest.Snapshot) bool {
		newest := slacktest.Message{}
		for _, m := range s.In(w.Channel("vendors")) {
			if m.ThreadTS == "" && !m.Deleted && m.EventType() == "countersign_card" {
				newest = m
			}
		}
		found = newest
		return newest.TS != "" && want(newest)
	})
	require.NoError(w.T, err, "the newest card is\n%s", found.Shown())
	return found
}

// supply has a document received by the owner, and accepted by his manager.
func (w *assured) supply(from, to certification.Date) {
	w.T.Helper()
	w.Do("bruno", w.card(harness.Offers("receive")), "receive", map[string]string{
		"from": from.String(), "to": to.String(), "document": "vault://acme/" + to.String(), "kind": "renewal",
	})
	w.Do("alice", w.card(harness.Offers("review")), "review", nil)
	w.Do("alice", w.card(harness.Offers("accept")), "accept", nil)
}

func (w *assured) entries() []evidence.Entry {
	w.T.Helper()
	entries, err := w.Reader().Records(context.Background(), acme)
	require.NoError(w.T, err)
	return entries
}

// keys counts the records of a type by their keys.
func (w *assured) keys(kind string) []string {
	var out []string
	for _, e := range w.entries() {
		if e.Record.Type == "certification."+kind {
			out = append(out, e.Record.Key)
		}
	}
	return out
}

// tasks are the renewals' tickets.
func (w *assured) tasks() []jiratest.Issue {
	var out []jiratest.Issue
	for _, i := range w.Site.Jira.Issues() {
		if i.Type == "Task" {
			out = append(out, i)
		}
	}
	return out
}

func factsOf[F any](t *testing.T, e evidence.Entry) F {
	var f F
	require.NoError(t, json.Unmarshal(e.Record.Facts, &f))
	return f
}
