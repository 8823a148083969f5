package policy_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// onRecord is a change of medium risk as the example policy took it, with votes.
func onRecord(t *testing.T, result policy.Result, votes ...change.Vote) policy.Recorded {
	t.Helper()
	rules, directory := load(t, example(t))
	q := asked()
	q.Risk = "medium"
	at := instant(t, "2026-11-24T09:00:00Z")
	e, err := policy.Explain(rules, directory, q, at)
	require.NoError(t, err)
	v := policy.Recorded{Number: "CHG-7", Subject: "change/example/1", Version: 1, At: at, Request: q, Votes: votes,
		Then: policy.Outcome{Rule: e.Rule, Chain: e.Chain, Result: result}}
	for _, l := range e.Levels {
		v.Then.Levels = append(v.Then.Levels, policy.OutcomeLevel{Name: l.Name, Required: l.Required, Eligible: l.Eligible})
	}
	return v
}

func vote(p compliance.PersonID, level int, verdict change.Verdict) change.Vote {
	return change.Vote{Person: p, Level: level, Verdict: verdict}
}

func approvals() []change.Vote {
	return []change.Vote{vote("p-bruno", 1, change.Approve), vote("p-chidi", 1, change.Approve), vote("p-alice", 2, change.Approve)}
}

func replay(t *testing.T, files fstest.MapFS, v policy.Recorded) policy.Replayed {
	t.Helper()
	rules, directory := load(t, files)
	out, err := policy.Replay(rules, directory, v)
	require.NoError(t, err)
	return out
}

func TestTheSamePolicyMakesTheSameOfEveryRecord(t *testing.T) {
	for result, votes := range map[policy.Result][]change.Vote{
		policy.ResultApproved:  approvals(),
		policy.ResultRejected:  {vote("p-bruno", 1, change.Approve), vote("p-dana", 1, change.Deny)},
		policy.ResultUndecided: approvals()[:2],
	} {
		got := replay(t, example(t), onRecord(t, result, votes...))
		require.Empty(t, got.Differs, result)
		require.Equal(t, result, got.Now.Result)
	}
}

func TestAnEditedPolicyIsReplayedOverTheRecord(t *testing.T) {
	for _, tc := range []struct {
		name, file, old, new string
		then                 policy.Result
		votes                []change.Vote
		now                  policy.Result
		differs              []string
	}{
		{"a higher quorum", chainsFile, "quorum: 2", "quorum: 3", policy.ResultApproved, approvals(), policy.ResultUndecided,
			[]string{`the level "Platform owners" needs 3 approvals instead of 2`, "by the votes on record it would be undecided instead of approved"}},
		{"a lower quorum", chainsFile, "quorum: 2", "quorum: 1", policy.ResultUndecided, []change.Vote{vote("p-bruno", 1, change.Approve), vote("p-alice", 2, change.Approve)}, policy.ResultApproved,
			[]string{`the level "Platform owners" needs 1 approval instead of 2`, "by the votes on record it would be approved instead of undecided"}},
		{"denials that are survived", chainsFile, "quorum: 2\n", "quorum: 2\n        max_denials: 1\n", policy.ResultRejected,
			append(approvals(), vote("p-dana", 1, change.Deny)), policy.ResultApproved, []string{"by the votes on record it would be approved instead of rejected"}},
		{"another rule", routingFile, "risks: [high]", "risks: [high, medium]\n      environments: [production]", policy.ResultApproved, approvals(), policy.ResultUndecided, []string{
			`the rule "high-risk" takes it instead of "standard"`, `the chain is "high-risk" instead of "standard"`,
			`there is a level "Security" (1 of 2)`, `the level "Change board" needs 2 approvals instead of 1`,
			"by the votes on record it would be undecided instead of approved"}},
		{"no rule", routingFile, "environments: [production, sandbox]", "environments: [sandbox]", policy.ResultApproved, approvals(), policy.ResultRefused,
			[]string{`no rule takes it, where "standard" did`, "it would be refused (no-route)"}},
		{"a voter who is no member any more", groupsFile, "[p-alice, p-dana, p-farah]", "[p-dana, p-farah]", policy.ResultApproved, approvals(), policy.ResultUndecided,
			[]string{`p-alice may not decide at the level "Change board"`, "by the votes on record it would be undecided instead of approved"}},
		{"too few", chainsFile, "quorum: 2", "quorum: 4", policy.ResultApproved, approvals(), policy.ResultRefused, []string{"it would be refused (unreachable-quorum)"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := replay(t, edited(t, tc.file, tc.old, tc.new), onRecord(t, tc.then, tc.votes...))
			require.Equal(t, tc.differs, got.Differs)
			require.Equal(t, tc.now, got.Now.Result)
		})
	}
}

// What was refused for want of a rule names nobody on record.
func TestARefusalOnRecordIsReplayedAsFarAsItGoes(t *testing.T) {
	v := policy.Recorded{Number: "CHG-8", Version: 1, At: instant(t, "2026-11-24T09:00:00Z"),
		Request: policy.Request{Case: policy.Case{System: "sandbox", Environment: "sandbox", Risk: "medium"}},
		Then:    policy.Outcome{Reason: change.NoRoute, Result: policy.ResultRefused}}
	got := replay(t, example(t), v)
	require.Equal(t, policy.Outcome{Rule: "standard", Chain: "standard", Result: policy.ResultUnknown}, got.Now)
	require.Equal(t, `the rule "standard" takes it`, got.Differs[0])
	got = replay(t, edited(t, routingFile, "environments: [production, sandbox]", "environments: [production]"), v)
	require.Equal(t, policy.ResultRefused, got.Now.Result)
	require.Empty(t, got.Differs)
	v.Then.Reason = change.UnknownPerson
	got = replay(t, example(t), v)
	require.Equal(t, policy.ResultUnknown, got.Now.Result)
	require.Empty(t, got.Differs, "what cannot be asked does not differ")
}
