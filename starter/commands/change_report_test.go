package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// chronicle writes changes into an evidence log as their processes do.
type chronicle struct {
	t   *testing.T
	log *evidence.Log
	n   int
}

func (c *chronicle) event(kind string, state rules.State, at time.Time, facts any) evidence.Event {
	data, err := json.Marshal(facts)
	require.NoError(c.t, err)
	c.n++
	return evidence.Event{Key: fmt.Sprintf("%s/%d", kind, c.n), Type: kind, Schema: 1, State: string(state), At: at, Facts: data}
}

// change records a change that was received at an instant, with what came of it.
func (c *chronicle) change(events ...evidence.Event) {
	c.t.Helper()
	subject := "change/example/" + events[0].Key
	received := c.event(rules.EventReceived, rules.Open, events[0].At, rules.ReceivedFacts{Key: "OPS-1"})
	received.Series = "CHG"
	all := append([]evidence.Event{received}, events...)
	for i := range all {
		all[i].Subject = subject
	}
	_, err := c.log.Append(context.Background(), all)
	require.NoError(c.t, err)
}

// reportedChanges is an evidence directory with a quarter's changes and one of the
// quarter before.
func reportedChanges(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	log, err := evidence.Open(context.Background(), evidence.Config{Dir: dir})
	require.NoError(t, err)
	c := &chronicle{t: t, log: log}
	monday := time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
	submitted := func(at time.Time, chain, risk, template string) evidence.Event {
		f := rules.SubmittedFacts{Version: 1, Chain: chain, Risk: risk}
		if template != "" {
			f.Template = &rules.TemplateUse{Name: template, Class: "standard", Digest: "d"}
		}
		return c.event(rules.EventSubmitted, rules.Open, at, f)
	}
	approved := func(at time.Time) evidence.Event {
		return c.event(rules.EventApproved, rules.WaitingWindow, at, rules.MovedFacts{Version: 1})
	}
	closed := func(at time.Time) evidence.Event {
		return c.event(rules.EventClosed, rules.Closed, at, rules.MovedFacts{})
	}
	for i, took := range []time.Duration{20 * time.Minute, 50 * time.Minute, 4 * time.Hour} {
		at := monday.AddDate(0, 0, i)
		c.change(submitted(at, "low-risk", "low", "restart-portal"), approved(at.Add(took)), closed(at.Add(took+time.Hour)))
	}
	c.change(submitted(monday, "standard", "medium", ""),
		c.event(rules.EventRefused, "", monday.Add(time.Hour), rules.ActFacts{Action: rules.ActionApprove, Reason: rules.IsRequester}),
		c.event(rules.EventVoided, rules.Open, monday.Add(2*time.Hour), rules.MovedFacts{Version: 1}),
		submitted(monday.Add(2*time.Hour), "standard", "medium", ""), approved(monday.Add(74*time.Hour)))
	c.change(c.event(rules.EventNotSubmitted, rules.Open, monday, rules.SubmittedFacts{Version: 1, Risk: "low", Reason: rules.DiffersFromTemplate}))
	c.change(submitted(monday, "high-risk", "high", ""), c.event(rules.EventStarted, rules.ExecutingUnapproved, monday.Add(10*time.Minute), rules.ActFacts{Action: rules.ActionStart}),
		c.event(rules.EventRefused, "", monday.Add(time.Hour), rules.ActFacts{Action: rules.ActionApprove, Reason: rules.IsRequester}))
	c.change(submitted(monday.AddDate(0, -1, 0), "standard", "medium", ""), approved(monday))
	require.NoError(t, log.Close())
	return dir
}

func TestRequirement13_TheReportIsReadFromTheRecord(t *testing.T) {
	dir := reportedChanges(t)
	code, out, notes := ran(t, "change", "report", "--evidence", dir, "--quarter", "2026Q4", "--color", "never")
	require.Equal(t, ExitOK, code, notes)
	golden(t, "change_report", out)
	code, out, _ = ran(t, "change", "report", "--evidence", dir, "--from", "2026-09-01", "--until", "2026-10-06", "--output", "json")
	require.Equal(t, ExitOK, code)
	golden(t, "change_report_json", out)
	code, out, _ = ran(t, "change", "report", "--evidence", dir, "--quarter", "2025-Q1", "--color", "never")
	require.Equal(t, ExitOK, code)
	require.Contains(t, out, "0 changes received from 2025-01-01 until 2025-04-01")
}

func TestRequirement13_PeriodsThatAreNoneAreRefused(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--quarter", "2026-Q5"}, "is no quarter"},
		{[]string{"--quarter", "2026-Q4", "--from", "2026-10-01"}, "exclude each other"},
		{[]string{"--from", "October"}, "neither a day nor an instant"},
		{[]string{"--from", "2026-10-02", "--until", "2026-10-02"}, "is empty"},
	} {
		code, _, notes := ran(t, append([]string{"change", "report", "--evidence", t.TempDir()}, c.args...)...)
		require.Equal(t, ExitUsage, code, c.args)
		require.Contains(t, notes, c.says)
	}
	from, until, err := reporting{}.period(instant())
	require.NoError(t, err)
	require.Equal(t, "2026-10-01 2027-01-01", from.Format(time.DateOnly)+" "+until.Format(time.DateOnly), "the quarter that is under way")
}
