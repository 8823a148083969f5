package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/policy"
)

// calm is the example's file of kind organisation without its emergency path.
func calm(t require.TestingT) string {
	text := string(example(t)[organisationFile].Data)
	from, to := strings.Index(text, "emergency:"), strings.Index(text, "channels:\n")
	require.Greater(t, to, from)
	return text[:from] + text[to:]
}

func TestC32_EmergencyPathOfTheExample(t *testing.T) {
	rules, _ := load(t, example(t))
	e, ok := rules.Emergency()
	require.True(t, ok)
	require.Equal(t, change.EmergencyRules{
		Reviewers: []string{"change-board", "platform-owners"}, ControlOwner: "p-alice", OnCall: "follow-the-sun", Channel: "incidents",
		ReviewWithin: 24 * time.Hour, AnswerWithin: 15 * time.Minute, EscalateFor: 24 * time.Hour, RemedyWithin: 7 * 24 * time.Hour, BarInvoker: true,
	}, e)
	require.Len(t, rules.EmergencyTargets(), 1)

	byPolicy, _ := load(t, with(t, map[string]string{organisationFile: strings.Replace(string(example(t)[organisationFile].Data), "on_call: follow-the-sun", "on_call: around-the-clock", 1)}))
	require.Len(t, byPolicy.EmergencyTargets(), 3, "the steps of an escalation policy, in their order")

	silent, _ := load(t, with(t, map[string]string{organisationFile: calm(t)}))
	_, ok = silent.Emergency()
	require.False(t, ok)
	require.NotContains(t, string(silent.Canonical()), `"emergency"`, "a policy without it keeps its hash")
	require.Empty(t, silent.EmergencyTargets())
}

// What is pinned has its defaults written out, whatever a later release's are.
func TestC32_DefaultsOfTheEmergencyPathAreWrittenOut(t *testing.T) {
	bare := strings.Replace(calm(t), "channels:\n", "emergency: {on_call: amsterdam, reviewers: [change-board], control_owner: p-alice, channel: changes}\nchannels:\n", 1)
	rules, _ := load(t, with(t, map[string]string{organisationFile: bare}))
	e, _ := rules.Emergency()
	require.Equal(t, 24*time.Hour, e.ReviewWithin)
	require.True(t, e.BarInvoker)
	require.Contains(t, string(rules.Canonical()), `"emergency":{"answer_within":"15m","bar_invoker":true,"channel":"changes","control_owner":"p-alice","escalate_for":"24h","on_call":"amsterdam","remedy_within":"7d","review_within":"24h","reviewers":["change-board"]}`)
	again, err := policy.Restore(rules.Canonical())
	require.NoError(t, err)
	restored, _ := again.Emergency()
	require.Equal(t, e, restored)

	days, _ := load(t, with(t, map[string]string{organisationFile: strings.Replace(bare, "channel: changes", "channel: changes, review_business_days: 2, bar_invoker: false", 1)}))
	e, _ = days.Emergency()
	require.Zero(t, e.ReviewWithin)
	require.False(t, e.BarInvoker)
	// Friday evening in Amsterdam: the second business day that begins after it is Tuesday.
	due, zones, err := days.ReviewDue(e, time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC), due)
	require.NotEmpty(t, zones)
}

func TestC32_WhatIsWrongWithAnEmergencyPath(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"nobody known as the control owner":    {"control_owner: p-alice", "control_owner: p-alicia", `emergency.control_owner: there is no person "p-alicia" (did you mean "p-alice"?)`},
		"a group that is none":                 {"[change-board, platform-owners]", "[change-bord, platform-owners]", `emergency.reviewers[0]: there is no group "change-bord" (did you mean "change-board"?)`},
		"nobody on call":                       {"on_call: follow-the-sun", "on_call: follow-the-son", `emergency.on_call: there is no rotation or escalation policy "follow-the-son" (did you mean "follow-the-sun"?)`},
		"no channel":                           {"channel: incidents", "channel: incident", `emergency.channel: there is no channel "incident" (did you mean "incidents"?)`},
		"a time that is none":                  {"answer_within: 15m", "answer_within: soon", `emergency.answer_within: "soon" is not a duration (write "48h", "90m" or "14d" (a day is 24 hours))`},
		"two deadlines":                        {"review_within: 24h", "review_within: 24h\n  review_business_days: 2", `emergency.review_within: the review is due by elapsed time or by business days, not both (keep one of the two)`},
		"one reviewer, who may be in the case": {"[change-board, platform-owners]", "[security]", `emergency.reviewers: the groups security hold`},
	} {
		t.Run(name, func(t *testing.T) {
			text := string(example(t)[organisationFile].Data)
			require.Contains(t, text, c.from)
			files := with(t, map[string]string{organisationFile: strings.Replace(text, c.from, c.to, 1)})
			if strings.Contains(c.want, "security") {
				groups := string(files[groupsFile].Data)
				at := strings.Index(groups, "name: security")
				members := strings.Index(groups[at:], "members: [") + at
				files[groupsFile] = mapFile(groups[:members] + "members: [p-ingrid]" + groups[members+strings.Index(groups[members:], "]")+1:])
			}
			_, _, err := policy.LoadFS(files)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, _, err := policy.LoadFS(with(t, map[string]string{escalationFile: ""}))
	require.ErrorContains(t, err, "emergency.on_call: the policy has no file of kind escalation, so nobody is on call")
}

// A tracker may have no status of its own for the emergency path.
func TestC32_StatusesOfTheEmergencyPathMayBeLeftOut(t *testing.T) {
	for _, logical := range []string{"executing_unapproved", "retro_review", "violation"} {
		require.Contains(t, policy.OptionalStatuses(), logical)
		require.NotContains(t, policy.LogicalStatuses(), logical)
	}
	mapped, _ := load(t, with(t, map[string]string{organisationFile: strings.Replace(string(example(t)[organisationFile].Data), "    executing: Implementing", "    executing: Implementing\n    executing_unapproved: Emergency", 1)}))
	require.Equal(t, []string{"executing_unapproved"}, mapped.Tickets().OptionalStatuses())
}
