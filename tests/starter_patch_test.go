package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	changes "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/patch"
)

// starter runs one command line on this world, in JSON, and reads its result
// into out unless that is nil.
func (y *yard) starter(want int, out any, args ...string) (said string) {
	y.T.Helper()
	code, stdout, stderr := y.run(args...)
	require.Equal(y.T, want, code, "starter %s\n%s%s", strings.Join(args, " "), stdout, stderr)
	if out != nil {
		require.NoError(y.T, json.Unmarshal([]byte(stdout), out), stdout)
	}
	return stdout + stderr
}

func (y *yard) run(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := y.Env()
	code = commands.Run(context.Background(), append(args, "--output", "json"), strings.NewReader(""), &out, &errs, env.Environ())
	return code, out.String(), errs.String()
}

// shows asks on the command line until the rollout stands as wanted.
func (y *yard) shows(number string, wanted func(patch.Standing) bool) patch.Standing {
	y.T.Helper()
	return shown(y, "patch", number, wanted)
}

// shown asks for what is known by its number, which lists learn a moment after
// the process, until it stands as wanted.
func shown[S any](y *yard, group, number string, wanted func(S) bool) S {
	y.T.Helper()
	deadline := time.Now().Add(harness.StoryWithin)
	for {
		var s S
		code, stdout, stderr := y.run(group, "show", number)
		if code == commands.ExitOK {
			require.NoError(y.T, json.Unmarshal([]byte(stdout), &s), stdout)
			if wanted(s) {
				return s
			}
		}
		require.True(y.T, time.Now().Before(deadline), "%s does not come to stand as wanted: %+v %s", number, s, stderr)
		select {
		case <-y.T.Context().Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// approves has a change approved on the command line.
func (y *yard) approves(change string) {
	y.T.Helper()
	shown(y, "change", change, func(s changes.Standing) bool { return s.Level == 1 })
	for _, who := range []string{"cli:bruno", "cli:chidi", "cli:farah"} {
		y.starter(commands.ExitOK, nil, "change", "approve", change, "--as", who, "--attest", "tests,risk,rollback")
	}
}

// Everything about a rollout can be done from the command line, which never
// talks to the platform itself: it is started once however often that is asked
// for, stopped, resumed and taken back, and its payload rolled out again after
// the bar was lifted.
func TestStarter_WholeRollout(t *testing.T) {
	t.Parallel()
	y := newYard(t, false, 8*time.Second)
	stop := y.Run(app.RoleAll)
	y.fleet.Save("yard-dev", harness.Yard("new"))
	type begun struct{ Number, Change, State, Text, Payload string }

	// A start whose answer was lost is repeated: there is one rollout and one ticket.
	id := uuid.NewString()
	ask := []string{"patch", "start", "--system", "yard-flows", "--from", "yard-dev", "--summary", "Yard flows", "--version", "2.1", "--advisory", "GHSA-1", "--as", "cli:jonas"}
	var first, again begun
	y.starter(commands.ExitOK, &first, append(ask, "--id", id)...)
	require.Equal(t, "PAT-1", first.Number)
	y.fleet.Save("yard-dev", harness.Yard("newer")) // what is there by now is not what was asked for
	y.starter(commands.ExitOK, &again, append(ask, "--id", id)...)
	require.Equal(t, first, again)
	require.Len(t, y.Site.Jira.Issues(), 1)
	y.fleet.Save("yard-dev", harness.Yard("new"))

	// What cannot be rolled out is refused with the reason and what there is instead.
	var refused begun
	y.starter(commands.ExitRefused, &refused, "patch", "start", "--system", "mainframe", "--from", "yard-dev", "--summary", "Yard flows", "--version", "2.1", "--as", "cli:jonas")
	require.Equal(t, string(rules.Rejected), refused.State)
	require.Contains(t, refused.Text, "yard-flows")
	said := y.starter(commands.ExitRefused, nil, "patch", "start", "--system", "yard-flows", "--from", "yard-attic", "--summary", "Yard flows", "--version", "2.1", "--as", "cli:jonas")
	require.Contains(t, said, "it has: yard-dev")

	y.approves(first.Change)
	y.shows("PAT-1", func(s patch.Standing) bool { return s.Ring == 1 && s.Rings[0].State == rules.Soaking })
	require.Equal(t, "new", y.fleet.Serves("yard-staging"))
	said = y.starter(commands.ExitRefused, nil, "patch", "stop", "PAT-1", "--as", "cli:ingrid", "--reason", "I am a stranger")
	require.Contains(t, said, string(rules.NotAllowed))
	y.starter(commands.ExitOK, nil, "patch", "stop", "PAT-1", "--as", "cli:farah", "--reason", "The carriers complain")
	y.shows("PAT-1", func(s patch.Standing) bool { return s.State == rules.Held && s.Reason == rules.Stopped })
	said = y.starter(commands.ExitRefused, nil, "patch", "lift-bar", "PAT-1", "--as", "cli:emeka", "--reason", "There is none")
	require.Contains(t, said, string(rules.NotBarred))
	y.starter(commands.ExitOK, nil, "patch", "resume", "PAT-1", "--as", "cli:emeka", "--how", "retest", "--reason", "It was the network")
	y.starter(commands.ExitOK, nil, "patch", "roll-back", "PAT-1", "--as", "cli:emeka", "--reason", "They complain again")
	s := y.shows("PAT-1", func(s patch.Standing) bool { return s.State == rules.RolledBack })
	require.True(t, s.Barred)
	require.Equal(t, "old", y.fleet.Serves("yard-staging"))

	// The payload is barred for every rollout, until somebody lifts that.
	followed := make(chan int, 1)
	next := uuid.NewString()
	go func() {
		var out, errs bytes.Buffer
		env := y.Env()
		followed <- commands.Run(context.Background(), append(ask, "--id", next, "--wait"), strings.NewReader(""), &out, &errs, env.Environ())
	}()
	subject := patch.WorkflowID(next)
	var second begun
	y.starter(commands.ExitOK, &second, append(ask, "--id", next)...) // joins the one that waits
	require.Equal(t, first.Payload, second.Payload)
	y.approves(second.Change)
	y.shows(subject, func(s patch.Standing) bool { return s.State == rules.Held && s.Reason == rules.PayloadBarred })
	y.starter(commands.ExitOK, nil, "patch", "lift-bar", second.Number, "--as", "cli:emeka", "--reason", "The carriers were told")
	select {
	case code := <-followed:
		require.Equal(t, commands.ExitOK, code)
	case <-time.After(3 * harness.StoryWithin): // three rings with their soaks
		require.FailNow(t, "the rollout is not complete", "%+v", y.shows(subject, func(patch.Standing) bool { return true }))
	}
	require.Equal(t, "new", y.fleet.Serves("yard-gate"))

	// The first rollout waited for the same bar: whoever presses there ends its wait.
	y.starter(commands.ExitOK, nil, "patch", "lift-bar", "PAT-1", "--as", "cli:emeka", "--reason", "It was lifted for the second")
	y.shows("PAT-1", func(s patch.Standing) bool { return s.Over && !s.Barred })

	require.Contains(t, y.starter(commands.ExitOK, nil, "patch", "list", "--all"), "PAT-1")
	require.Contains(t, y.starter(commands.ExitOK, nil, "evidence", "show", "PAT-1"), "patch.barred")
	stop()
	var report struct {
		Findings []any `json:"findings"`
	}
	y.starter(commands.ExitOK, &report, "evidence", "verify")
	require.Empty(t, report.Findings)
}

// A rollout that an advisory opened waits for a payload, which somebody who runs
// it provides on the command line; a stranger's is refused, on record.
func TestStarter_ProvidesAPayload(t *testing.T) {
	t.Parallel()
	y := newYard(t, false, 2*time.Second)
	y.Run(app.RoleAll)
	y.fleet.Save("yard-dev", harness.Yard("new"))
	subject := patch.AdvisoryID("GHSA-1", "yard-flows")
	_, err := y.Client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: subject, TaskQueue: compliance.QueueWorkflows},
		patch.Type, patch.Input{Asked: patch.Asked{System: "yard-flows", Advisory: "GHSA-1"}})
	require.NoError(t, err)
	y.shows("PAT-1", func(s patch.Standing) bool { return s.Subject == subject })
	provide := []string{"patch", "provide", "PAT-1", "--from", "yard-dev", "--summary", "Yard flows", "--version", "2.1"}
	said := y.starter(commands.ExitRefused, nil, append(provide, "--as", "cli:ingrid")...)
	require.Contains(t, said, "still waits for one")
	require.Contains(t, y.recorded(subject), "refused")
	var done struct{ Reply compliance.Reply }
	y.starter(commands.ExitOK, &done, append(provide, "--as", "cli:emeka")...)
	require.Equal(t, compliance.Recorded, done.Reply.Outcome)
	s := y.shows("PAT-1", func(s patch.Standing) bool { return s.State == rules.Approving && s.Change != "" })
	require.Equal(t, "2.1", s.Payload.Version)
	said = y.starter(commands.ExitRefused, nil, append(provide, "--as", "cli:emeka")...)
	require.Contains(t, said, "waits for no payload")
}
