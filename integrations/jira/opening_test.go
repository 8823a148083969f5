package jira_test

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/jira/jiratest"
)

// Whatever is opened, however often and at the same time, and however the
// first attempts end: one key has one ticket, and everybody is told the same.
func TestConcurrentRepeatsOpenOneTicket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(append(compliance.TicketKinds(), compliance.TicketChange)).Draw(t, "kind")
		lag := rapid.IntRange(0, 2).Draw(t, "searches that miss the ticket")
		callers := rapid.IntRange(2, 5).Draw(t, "callers")
		lost := rapid.Bool().Draw(t, "the first answer is lost")
		before := rapid.Bool().Draw(t, "opened before")
		stand, err := jiratest.New(kinds(jiratest.Options{Lag: jiratest.Lag{Searches: lag}}))
		require.NoError(t, err)
		server := httptest.NewServer(stand)
		defer func() {
			require.NoError(t, stand.Close())
			server.Close()
		}()
		worker := func() *jira.Client {
			cfg := config(server.URL)
			withKinds(&cfg)
			client, err := jira.New(cfg)
			require.NoError(t, err)
			return client
		}
		asked := newTicket("key")
		if kind != compliance.TicketChange {
			asked = newTask(kind, "key")
		}
		if lost {
			stand.Fail(faults.Fault{Kind: faults.Reset, After: true, Op: "createIssue"})
		}
		clients := []*jira.Client{worker()}
		if before {
			if _, err := clients[0].Open(context.Background(), asked, false); err != nil {
				require.Equal(t, compliance.UnknownOutcome, compliance.ClassOf(err))
			}
			clients = append(clients, worker()) // between two workers the search is what they share
		}
		refs := make([]compliance.TicketRef, callers)
		errs := make([]error, callers)
		var all sync.WaitGroup
		for n := range callers {
			all.Go(func() { refs[n], errs[n] = clients[n%len(clients)].Open(context.Background(), asked, before || n > 0) })
		}
		all.Wait()
		require.Len(t, stand.Issues(), 1)
		for n := range callers {
			require.NoError(t, errs[n])
			require.Equal(t, stand.Issues()[0].ID, refs[n].ID)
		}
	})
}

// Who waits for another's attempt does not wait longer than they have, and goes
// on by themselves when it failed.
func TestOpeningBehindAnother(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{}), withKinds)
	created, answer := make(chan struct{}), make(chan struct{})
	var first sync.Once
	stand.OnEffect(func(op string) {
		if op == "createIssue" {
			first.Do(func() { close(created); <-answer })
		}
	})
	asked := newTask(compliance.TicketAction, "INC-7/action/1")
	ahead := make(chan error, 1)
	go func() {
		_, err := client.Open(t.Context(), asked, false)
		ahead <- err
	}()
	<-created
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := client.Open(ctx, asked, true)
	require.Contains(t, requireClass(t, err, compliance.Unavailable).Detail, "being opened for too long")
	close(answer)
	require.NoError(t, <-ahead)

	stand.Fail(faults.Fault{Kind: faults.Status, Status: 503, Op: "createIssue"})
	asked.Key = "INC-7/action/2"
	errs := make([]error, 3)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() { _, errs[n] = client.Open(t.Context(), asked, false) })
	}
	all.Wait()
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
		}
	}
	require.LessOrEqual(t, failed, 1)
	require.Len(t, stand.Issues(), 2)
}

// A first attempt that was held up until its repetition was through opens no second
// ticket: it does not search, and the search may not show the first one yet.
func TestAFirstAttemptBehindItsRepetition(t *testing.T) {
	stand, client := site(t, kinds(jiratest.Options{Lag: jiratest.Lag{Searches: 2}}), withKinds)
	asked := newTask(compliance.TicketAction, "INC-7/action/1")
	repeated, err := client.Open(t.Context(), asked, true)
	require.NoError(t, err)
	first, err := client.Open(t.Context(), asked, false)
	require.NoError(t, err)
	require.Equal(t, repeated, first)
	require.Len(t, stand.Issues(), 1)
}
