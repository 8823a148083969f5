package activities

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/policy"
)

// fixedSource is the example policy.
type fixedSource struct{}

func (fixedSource) Rules(context.Context) (*policy.Rules, error) {
	rules, _, err := policy.LoadFS(policy.ExampleFS())
	return rules, err
}

func (fixedSource) Directory(context.Context) (*policy.Directory, error) {
	_, dir, err := policy.LoadFS(policy.ExampleFS())
	return dir, err
}

// A refusal is one record with the person as of now, however often the step
// runs; the worst the door can let through fits into the log.
func TestE15_RefusalIsRecordedOnce(t *testing.T) {
	log := evidencetest.New(t)
	e := &Evidence{Log: log, Blobs: log.Blobs(), Source: fixedSource{}, Now: time.Now}
	suite := &testsuite.WorkflowTestSuite{}
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(e)
	record := func(r door.Refusal) evidence.Receipt {
		t.Helper()
		value, err := env.ExecuteActivity(e.RecordRefusal, r)
		require.NoError(t, err)
		var receipt evidence.Receipt
		require.NoError(t, value.Get(&receipt))
		return receipt
	}
	dir, err := e.Source.Directory(t.Context())
	require.NoError(t, err)
	bruno := ""
	for _, p := range dir.People() {
		if p.ID == "p-bruno" {
			bruno = p.Accounts["slack"]
		}
	}
	require.NotEmpty(t, bruno)

	known := compliance.Inbound{
		Delivery: "d1", Surface: "slack", Actor: compliance.Account{Provider: "slack", ID: bruno}, Subject: "recipe/1", Action: "approve",
		Received: time.Date(2026, 11, 25, 21, 0, 0, 0, time.UTC),
	}
	first := record(door.New(known, "", "unknown-subject"))
	again := record(door.New(known, "", "unknown-subject"))
	require.Equal(t, first.Index, again.Index)
	require.True(t, again.Existing)

	worst := known
	worst.Delivery = strings.Repeat("\xff", 5000)
	worst.Subject, worst.Action, worst.Message = strings.Repeat("\u2028", 50_000), strings.Repeat("\x00", 500), "\"<>&"
	worst.Actor.ID = bruno + strings.Repeat("x", 70_000)
	second := record(door.New(worst, "", "too-large"))
	require.Equal(t, first.Index+1, second.Index)

	entry, err := log.Lookup(t.Context(), door.New(known, "", "").Key)
	require.NoError(t, err)
	require.Equal(t, door.EventRefused, entry.Record.Type)
	require.Equal(t, door.Subject, entry.Record.Subject)
	require.Equal(t, "p-bruno", entry.Record.Actor.Person)
	require.Equal(t, door.Controls(), entry.Record.Controls)
	require.Empty(t, entry.Record.State)
	snapshot, err := log.Blobs().Get(t.Context(), entry.Record.Actor.Snapshot)
	require.NoError(t, err)
	require.Contains(t, string(snapshot), "Bruno Keller")
	var facts door.Facts
	require.NoError(t, json.Unmarshal(entry.Record.Facts, &facts))
	require.Equal(t, "unknown-subject", facts.Reason)

	entry, err = log.Lookup(t.Context(), door.New(worst, "", "").Key)
	require.NoError(t, err)
	require.Empty(t, entry.Record.Actor.Person, "a cut account is nobody's")
	require.Empty(t, evidencetest.Check(t, log).Findings)
}
