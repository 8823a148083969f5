package commands_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/starter/commands"
)

// journal writes changes into an evidence log as their processes do.
type journal struct {
	t         *testing.T
	log       *evidence.Log
	rules     *policy.Rules
	directory *policy.Directory
	at        time.Time
}

func (j *journal) append(events ...evidence.Event) {
	j.t.Helper()
	for i := range events {
		events[i].Schema, events[i].At = 1, j.at
	}
	_, err := j.log.Append(context.Background(), events)
	require.NoError(j.t, err)
}

// submitted records a version as the example policy routed it, with its content
// where there is one; chain is the one a carrying process named, or empty.
func (j *journal) submitted(n int, day, risk, chain string, content *change.Content) string {
	j.t.Helper()
	var err error
	j.at, err = time.Parse(time.RFC3339, day+"T09:00:00Z")
	require.NoError(j.t, err)
	q := policy.Request{Case: policy.Case{System: "order-portal", Environment: "production", Risk: risk, Duration: time.Hour}, Requester: "p-goran", Implementer: "p-emeka", Chain: chain}
	e, err := policy.Explain(j.rules, j.directory, q, j.at)
	require.NoError(j.t, err)
	facts := change.SubmittedFacts{Version: 1, System: q.System, Environment: q.Environment, Risk: risk, Requester: q.Requester, Implementer: q.Implementer,
		Rule: e.Rule, Chain: e.Chain, Duration: q.Duration, Reason: e.Reason}
	for _, l := range e.Levels {
		facts.Levels = append(facts.Levels, l.ResolvedLevel)
	}
	blob, err := j.log.Blobs().Put(context.Background(), j.rules.Canonical())
	require.NoError(j.t, err)
	blobs := []evidence.BlobRef{{Role: "rules", Digest: blob}}
	if content != nil {
		data, err := json.Marshal(content)
		require.NoError(j.t, err)
		stored, err := j.log.Blobs().Put(context.Background(), data)
		require.NoError(j.t, err)
		blobs = append(blobs, evidence.BlobRef{Role: "content", Digest: stored})
	}
	data, err := json.Marshal(facts)
	require.NoError(j.t, err)
	subject := fmt.Sprintf("change/example/%d", n)
	j.append(evidence.Event{Key: subject + "/received", Type: change.EventReceived, Subject: subject, Series: "CHG", State: "open"},
		evidence.Event{Key: subject + "/v1/submitted", Type: change.EventSubmitted, Subject: subject, State: "open", Facts: data,
			Rules: &evidence.Rules{Hash: j.rules.Hash}, Blobs: blobs})
	return subject
}

func (j *journal) decided(subject string, person compliance.PersonID, level int, verdict change.Verdict, beside ...string) {
	j.t.Helper()
	number := "CHG-" + subject[len("change/example/"):]
	events := []evidence.Event{{Key: fmt.Sprintf("%s/%d/%s", subject, level, person), Type: change.EventDecided, Subject: subject, Number: number,
		Actor: &evidence.Actor{Person: string(person)}, Facts: json.RawMessage(fmt.Sprintf(`{"version":1,"level":%d,"verdict":%q}`, level, verdict))}}
	for _, kind := range beside {
		events = append(events, evidence.Event{Key: subject + "/v1/" + kind, Type: kind, Subject: subject, Number: number, Facts: json.RawMessage(`{"version":1}`)})
	}
	j.append(events...)
}

// decidedChanges is an evidence directory with three changes: one approved, one
// rejected, one open and of high risk.
func decidedChanges(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	log, err := evidence.Open(context.Background(), evidence.Config{Dir: dir})
	require.NoError(t, err)
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	j := &journal{t: t, log: log, rules: rules, directory: directory}
	first := j.submitted(1, "2026-10-05", "medium", "", nil)
	j.decided(first, "p-bruno", 1, change.Approve)
	j.decided(first, "p-chidi", 1, change.Approve)
	j.decided(first, "p-alice", 2, change.Approve, change.EventApproved)
	second := j.submitted(2, "2026-10-12", "medium", "", nil)
	j.decided(second, "p-dana", 1, change.Deny, change.EventRejected)
	third := j.submitted(3, "2026-11-02", "high", "", nil)
	j.decided(third, "p-bruno", 1, change.Approve)
	j.append(evidence.Event{Key: "4/received", Type: change.EventReceived, Subject: "change/example/4", Series: "CHG", State: "open"},
		evidence.Event{Key: "4/v1/submitted", Type: change.EventNotSubmitted, Subject: "change/example/4", State: "open",
			Facts: json.RawMessage(`{"version":1,"reason":"incomplete-content"}`)})
	require.NoError(t, log.Close())
	return dir
}

func TestAnEditedPolicyIsSimulatedOverTheRecord(t *testing.T) {
	dir := decidedChanges(t)
	same := editedPolicy(t, "rules/chains.yaml", "chains:\n", "chains: # here\n")
	got := starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", same, "--zone", "UTC")
	require.Equal(t, commands.ExitOK, got.code, got.stderr+got.stdout)
	require.Contains(t, got.stdout, "CHG-1 version 1  2026-10-05 09:00 UTC  order-portal, production, risk medium\n"+
		"  then  rule standard, chain standard; Platform owners 2 of 2; Change board 1 of 1; approved\n  now   the same\n")
	require.Contains(t, got.stdout, "Change board 0 of 1; rejected\n")
	require.Contains(t, got.stdout, "0 of 3 versions on record would differ")
	require.Contains(t, got.stdout, "1 version left out, refused for an incomplete ticket")

	edited := editedPolicy(t, "rules/chains.yaml", "quorum: 2", "quorum: 3")
	got = starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", edited)
	require.Equal(t, commands.ExitDiffers, got.code, got.stderr)
	require.Contains(t, got.stdout, "  now   rule standard, chain standard; Platform owners 2 of 3; Change board 1 of 1; undecided\n"+
		"        the level \"Platform owners\" needs 3 approvals instead of 2\n"+
		"        by the votes on record it would be undecided instead of approved\n")
	require.Contains(t, got.stdout, "2 of 3 versions on record would differ")
	require.Empty(t, got.stderr)

	edited = editedPolicy(t, "directory/groups.yaml", "[p-alice, p-dana, p-farah]", "[p-dana, p-farah]")
	got = starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", edited, "--since", "2026-10-12", "--output", "json")
	require.Equal(t, commands.ExitDiffers, got.code, got.stderr)
	var result struct {
		Versions, Different, Skipped int
		Changes                      []policy.Replayed
	}
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &result))
	require.Equal(t, 2, result.Versions, "what was submitted before --since is left out")
	require.Equal(t, 2, result.Different)
	require.Contains(t, result.Changes[0].Differs, `p-alice may not decide at the level "Change board"`)
	require.Equal(t, policy.ResultRejected, result.Changes[0].Now.Result)

	got = starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", edited, "--since", "May")
	require.Equal(t, commands.ExitUsage, got.code)
	require.Contains(t, got.stderr, "2026-10-01")
}

// A log is only read: what it holds afterwards is what it held before.
func TestASimulationWritesNothing(t *testing.T) {
	dir := decidedChanges(t)
	policyDir := editedPolicy(t, "rules/chains.yaml", "quorum: 2", "quorum: 3")
	before := starter(t, nil, "", "evidence", "verify", "--dir", dir).stdout
	require.Equal(t, commands.ExitDiffers, starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", policyDir).code)
	require.Equal(t, before, starter(t, nil, "", "evidence", "verify", "--dir", dir).stdout)
}

// A voter who changed their mind counts once, with their last vote (C24).
func TestC24_ASimulationCountsTheLastVote(t *testing.T) {
	dir := t.TempDir()
	log, err := evidence.Open(context.Background(), evidence.Config{Dir: dir})
	require.NoError(t, err)
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	j := &journal{t: t, log: log, rules: rules, directory: directory}
	first := j.submitted(1, "2026-10-05", "medium", "", nil)
	j.decided(first, "p-bruno", 1, change.Approve)
	j.decided(first, "p-chidi", 1, change.Abstain)
	j.append(evidence.Event{Key: "again", Type: change.EventDecided, Subject: first, Number: "CHG-1", Actor: &evidence.Actor{Person: "p-chidi"},
		Facts: json.RawMessage(`{"version":1,"level":1,"verdict":"approve","replaces":{"verdict":"abstain","at":"2026-10-05T09:00:00Z"}}`)})
	require.NoError(t, log.Close())
	same := editedPolicy(t, "rules/chains.yaml", "chains:\n", "chains: # here\n")
	got := starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", same, "--zone", "UTC")
	require.Equal(t, commands.ExitOK, got.code, got.stderr+got.stdout)
	require.Contains(t, got.stdout, "Platform owners 2 of 2;")
}

// A vote that a resumption made void, because its voter had lost the right to decide
// while the change was on hold, counts no more, unless the chain of then keeps such
// votes (C3, C5).
func TestC3_ASimulationCountsAsTheProcessDoesAfterAHold(t *testing.T) {
	for name, c := range map[string]struct {
		old, lost, want string
	}{
		"void":                {"", "not-eligible", "Platform owners 1 of 2; Change board 0 of 1; undecided"},
		"kept by the chain":   {"keep", "not-eligible", "Platform owners 2 of 2; Change board 0 of 1; undecided"},
		"whoever asked loses": {"keep", "is-requester", "Platform owners 1 of 2; Change board 0 of 1; undecided"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			log, err := evidence.Open(context.Background(), evidence.Config{Dir: dir})
			require.NoError(t, err)
			same := editedPolicy(t, "rules/chains.yaml", "chains:\n", "chains: # here\n")
			if c.old != "" {
				same = editedPolicy(t, "rules/chains.yaml", "on_lost_eligibility: void", "on_lost_eligibility: "+c.old)
			}
			rules, directory, err := policy.LoadFS(os.DirFS(same))
			require.NoError(t, err)
			j := &journal{t: t, log: log, rules: rules, directory: directory}
			first := j.submitted(1, "2026-10-05", "medium", "", nil)
			j.decided(first, "p-bruno", 1, change.Approve)
			j.append(evidence.Event{Key: "held", Type: change.EventHeld, Subject: first, Number: "CHG-1", Facts: json.RawMessage(`{"version":1}`)},
				evidence.Event{Key: "resumed", Type: change.EventResumed, Subject: first, Number: "CHG-1",
					Facts: json.RawMessage(`{"version":1,"result":"open","lost":[{"person":"p-bruno","level":1,"reason":"` + c.lost + `"}]}`)})
			j.decided(first, "p-chidi", 1, change.Approve)
			require.NoError(t, log.Close())
			got := starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", same, "--zone", "UTC")
			require.Equal(t, commands.ExitOK, got.code, got.stderr+got.stdout)
			require.Contains(t, got.stdout, c.want)
		})
	}
}

// What a rollout named for its change, and what only the content says, is asked again.
func TestASimulationAsksWhatTheSubmissionAsked(t *testing.T) {
	dir := t.TempDir()
	log, err := evidence.Open(context.Background(), evidence.Config{Dir: dir})
	require.NoError(t, err)
	rules, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	j := &journal{t: t, log: log, rules: rules, directory: directory}
	j.submitted(1, "2026-10-05", "medium", "low-risk", nil)
	j.submitted(2, "2026-10-06", "medium", "", &change.Content{System: "order-portal", Environment: "production", Risk: "medium", VendorVersion: "11.2"})
	require.NoError(t, log.Close())

	same := editedPolicy(t, "rules/chains.yaml", "chains:\n", "chains: # here\n")
	got := starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", same)
	require.Equal(t, commands.ExitOK, got.code, got.stderr+got.stdout)

	edited := editedPolicy(t, "rules/routing.yaml", "rules:\n", "rules:\n  - name: major\n    when: {expression: 'fields.vendor_version.startsWith(\"11.\")'}\n    chain: high-risk\n    channel: security\n")
	got = starter(t, nil, "", "policy", "simulate", "--evidence", dir, "--policy", edited)
	require.Equal(t, commands.ExitDiffers, got.code, got.stderr)
	require.Contains(t, got.stdout, "the rule \"major\" takes it instead of \"standard\"")
	require.Contains(t, got.stdout, "1 of 2 versions on record would differ")
}
