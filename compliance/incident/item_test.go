package incident_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

// A thing to be done is reminded of once before it is due, chased when it is
// late, told to the manager after that, then once a week; after an outage once (I27, I31).
func TestI27_ThingsToBeDoneAreChasedInTurn(t *testing.T) {
	due := noon.Add(30 * 24 * time.Hour)
	item := incident.ActionItem{Text: "Limit retries", Owner: "p-ann", Due: due}
	var said []incident.Reason
	var when []time.Duration
	now := noon
	for len(said) < 6 {
		reason, at := incident.NextItem(item, now)
		if reason == incident.ItemWaits {
			require.True(t, at.After(now))
			now = at
			continue
		}
		said, when = append(said, reason), append(when, now.Sub(due))
		item = item.Told(reason, now)
	}
	require.Equal(t, []incident.Reason{
		incident.ItemDueSoon, incident.ItemOverdue, incident.ItemEscalated, incident.ItemEscalated, incident.ItemEscalated, incident.ItemEscalated,
	}, said)
	day := 24 * time.Hour
	require.Equal(t, []time.Duration{-2 * day, 0, 3 * day, 10 * day, 17 * day, 24 * day}, when)
	require.Equal(t, 5, item.Chases)

	late := incident.ActionItem{Due: due}
	reason, _ := incident.NextItem(late, due.Add(1000*day))
	require.Equal(t, incident.ItemEscalated, reason, "once, to both")
	_, at := incident.NextItem(late.Told(reason, due.Add(1000*day)), due.Add(1001*day))
	require.Equal(t, due.Add(1007*day), at)
	reason, _ = incident.NextItem(incident.ActionItem{}, noon)
	require.Equal(t, incident.ItemEscalated, reason, "without a due date it is late")
	reason, at = incident.NextItem(item.Ends(incident.ItemDone, "", now), now.Add(1000*day))
	require.Equal(t, incident.ItemOver, reason)
	require.Zero(t, at)
}

// Whatever the clock does, what is open has a next instant or is told now: there
// is no thing to be done that is silently forgotten.
func TestI27_WhatIsOpenIsNeverForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := incident.ActionItem{Due: noon.Add(time.Duration(rapid.IntRange(-400, 400).Draw(t, "due")) * time.Hour)}
		now, told := noon, 0
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			reason, at := incident.NextItem(item, now)
			if reason == incident.ItemWaits {
				if !at.After(now) || at.Sub(now) > incident.ItemChaseEvery && item.Escalated {
					t.Fatalf("waits until %s at %s", at, now)
				}
				now = at
				if rapid.Bool().Draw(t, "outage") {
					now = now.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "hours")) * time.Hour)
				}
				continue
			}
			item, told = item.Told(reason, now), told+1
			if again, _ := incident.NextItem(item, now); again != incident.ItemWaits && !(reason == incident.ItemDueSoon && !now.Before(item.Due)) {
				t.Fatalf("%s twice at once: %s", reason, again)
			}
		}
		if reason, _ := incident.NextItem(item, now); told == 0 && now.After(item.Due) && reason == incident.ItemWaits {
			t.Fatal("nobody was told")
		}
	})
}

func TestI27_WhoEndsAThingToBeDone(t *testing.T) {
	r := incident.Review{Author: "p-ann"}
	item := incident.ActionItem{Owner: "p-owen"}
	require.Equal(t, incident.OK, incident.JudgeFinish(r, item, by("p-owen"), false))
	require.Equal(t, incident.OK, incident.JudgeFinish(r, item, by("p-ann"), false))
	require.Equal(t, incident.OK, incident.JudgeFinish(r, item, by("p-bob"), true))
	require.Equal(t, incident.NotOwner, incident.JudgeFinish(r, item, by("p-bob"), false))
	require.Equal(t, incident.UnknownPerson, incident.JudgeFinish(r, item, by(""), true))
	require.Equal(t, incident.OK, incident.JudgeWithdraw(item, by("p-bob"), true))
	require.Equal(t, incident.NotCloser, incident.JudgeWithdraw(item, by("p-ann"), false))
	require.Equal(t, incident.IsOwner, incident.JudgeWithdraw(item, by("p-owen"), true), "by somebody else")
	over := item.Ends(incident.ItemWithdrawn, "p-bob", noon)
	require.Equal(t, incident.ItemEnded, incident.JudgeFinish(r, over, by("p-owen"), true))
	require.Equal(t, incident.ItemEnded, incident.JudgeWithdraw(over, by("p-bob"), true))
	require.Equal(t, over, over.Ends(incident.ItemDone, "p-ann", noon.Add(time.Hour)), "the first word stands")

	items := []incident.ActionItem{over, item}
	for ordinal, want := range map[string]struct {
		at     int
		reason incident.Reason
	}{"": {1, incident.OK}, "2": {1, incident.OK}, "1": {0, incident.ItemEnded}, "3": {-1, incident.NoItem}, "0": {-1, incident.NoItem}, "x": {-1, incident.NoItem}} {
		at, reason := incident.PickItem(items, ordinal)
		require.Equal(t, want.at, at, "%q", ordinal)
		require.Equal(t, want.reason, reason, "%q", ordinal)
	}
	_, reason := incident.PickItem([]incident.ActionItem{item, item}, "")
	require.Equal(t, incident.WhichItem, reason)
	_, reason = incident.PickItem([]incident.ActionItem{over}, "")
	require.Equal(t, incident.NoItem, reason)
}

// A review that replaces another one drops nothing that was to be done.
func TestI27_AReviewAnewKeepsWhatIsToBeDone(t *testing.T) {
	ticket := compliance.TicketRef{ID: "1"}
	first := incident.Review{Actions: []incident.ActionItem{
		{Key: "a", Text: "Limit retries", Ticket: ticket, Owner: "p-ann"}, {Key: "b", Text: "Alert on retries", State: incident.ItemDone},
	}}
	second := incident.Review{Author: "p-bob", Actions: []incident.ActionItem{{Key: "c", Text: "Test it"}, {Key: "d", Text: "Limit retries", Owner: "p-bob", Due: noon}}}
	got := second.Succeed(&first)
	require.Equal(t, []incident.ActionItem{
		{Key: "a", Text: "Limit retries", Ticket: ticket, Owner: "p-bob", Due: noon}, {Key: "b", Text: "Alert on retries", State: incident.ItemDone}, {Key: "c", Text: "Test it"},
	}, got.Actions)
	require.Equal(t, 2, got.Unfinished())
	require.True(t, got.Pending(), "one has no ticket yet")
	require.Equal(t, "p-ann", string(first.Actions[0].Owner), "the earlier review is as it was")
	require.Equal(t, second, second.Succeed(nil))
}
