package change_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

// weigh gives the class of each field that an edit changed.
func weigh(t require.TestingT, classes change.Classes, was, is map[string]string) map[string]change.Class {
	out := map[string]change.Class{}
	for _, e := range change.Edits(snap(t, was), snap(t, is), classes) {
		out[e.Name] = e.Class
	}
	return out
}

// Each field has a class, and what an edit says about the votes is the weightiest of them.
func TestC12_EveryFieldHasAClass(t *testing.T) {
	for _, c := range []struct {
		field, to string
		classes   change.Classes
		want      change.Class
	}{
		{"plan", "Something else", nil, change.Material},
		{"system", "crm", nil, change.Material},
		{"environment", "staging", nil, change.Material},
		{"risk", "low", nil, change.Material}, // also when it is reduced
		{"risk", "high", nil, change.Material},
		{"rollback", "None", nil, change.Material},
		{"implementer", "jira:dave", nil, change.Material},
		{"vendor_version", "10.24.2", nil, change.Material},
		{"external", "yes", nil, change.Material},
		{"test_results", "https://tests.example/run/18", nil, change.Material},
		{"test_results", "https://tests.example/run/18", change.Classes{"test_results": change.Notable}, change.Notable},
		{"test_results", "https://tests.example/run/18", change.Classes{"test_results": change.Cosmetic}, change.Cosmetic},
		{"plan", "Something else", change.Classes{"plan": change.Cosmetic}, change.Material},
		{"risk", "low", change.Classes{"risk": change.Notable}, change.Material},
		{"title", "Another title", nil, change.Notable},
		{"purpose", "", nil, change.Notable},
		{"title", "Another title", change.Classes{"title": change.Cosmetic}, change.Cosmetic},
		{"contacts", "the service desk", nil, change.Notable},
		{"contacts", "the service desk", change.Classes{"contacts": change.Cosmetic}, change.Cosmetic},
	} {
		got := weigh(t, c.classes, nil, map[string]string{c.field: c.to})
		require.Equal(t, map[string]change.Class{c.field: c.want}, got, "%s → %s by %v", c.field, c.to, c.classes)
	}
	both := change.Edits(snap(t, nil), snap(t, map[string]string{"title": "Another", "plan": "Another"}), nil)
	require.True(t, change.Void(both), "one material edit is enough")
	require.False(t, change.Void(nil))
	require.Equal(t, change.Class(""), change.Weightiest(nil))
	require.True(t, change.Void(change.Unreviewable([]change.FieldChange{{Name: "title", Class: change.Notable}})))
}

// Narrowing the window keeps votes; moving and widening it does not.
func TestC12_NarrowingTheWindowIsNotable(t *testing.T) {
	// What is approved begins at 22:00 and lasts 90 minutes.
	for _, c := range []struct {
		name            string
		start, duration string
		want            change.Class
	}{
		{"shorter", "2026-03-31T22:00:00+02:00", "60", change.Notable},
		{"begins later and ends no later", "2026-03-31T22:30:00+02:00", "60", change.Notable},
		{"begins later and ends later", "2026-03-31T22:31:00+02:00", "60", change.Material},
		{"longer", "2026-03-31T22:00:00+02:00", "91", change.Material},
		{"earlier", "2026-03-31T21:59:00+02:00", "60", change.Material},
		{"another day", "2026-04-01T22:00:00+02:00", "60", change.Material},
		{"at any time", "", "60", change.Material},
	} {
		is := map[string]string{"planned_start": c.start, "duration": c.duration}
		for name, class := range weigh(t, nil, nil, is) {
			require.Equal(t, c.want, class, "%s: %s", c.name, name)
		}
		for name, class := range weigh(t, change.Classes{"planned_start": change.Material, "duration": change.Material}, nil, is) {
			require.Equal(t, change.Material, class, "%s: %s, where a rule of routing reads it", c.name, name)
		}
	}
	soon := map[string]string{"planned_start": ""}
	require.Equal(t, map[string]change.Class{"duration": change.Notable}, weigh(t, nil, soon, map[string]string{"planned_start": "", "duration": "60"}))
	require.Equal(t, map[string]change.Class{"duration": change.Material}, weigh(t, nil, soon, map[string]string{"planned_start": "", "duration": "120"}))
	require.Equal(t, change.Material, weigh(t, nil, soon, map[string]string{"duration": "60"})["planned_start"], "a start was fixed that nobody approved")
}

// A snapshot that was taken before the other fields were kept finds no edit of them.
func TestC12_OlderSnapshotsHoldNoOtherFields(t *testing.T) {
	older := snap(t, nil)
	older.Others = nil
	require.Empty(t, change.Edits(older, snap(t, map[string]string{"title": "Another"}), nil))
}

func TestC12_NarrowingNeverLengthensAnApproval(t *testing.T) {
	approved := time.Date(2026, 3, 31, 9, 0, 0, 0, time.UTC)
	expires := approved.Add(time.Hour)
	require.Equal(t, expires, change.Narrowed(expires, approved, 14*24*time.Hour, change.Schedule{}, approved.Add(time.Hour)))
	require.Equal(t, approved.Add(time.Minute), change.Narrowed(expires, approved, time.Minute, change.Schedule{}, time.Time{}))
}

// edited draws a ticket from the one before.
func edited(t *rapid.T, was map[string]string) map[string]string {
	is := map[string]string{}
	for k, v := range was {
		is[k] = v
	}
	name := rapid.SampledFrom([]string{
		"title", "purpose", "contacts", "plan", "risk", "system", "test_results", "test_plan", "rollback_owner", "planned_start", "duration", "implementer", "external",
	}).Draw(t, "field")
	pick := func(values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
	switch name {
	case "risk":
		is[name] = pick("low", "medium", "high")
	case "external":
		is[name] = pick("yes", "no")
	case "duration":
		is[name] = pick("30", "60", "90", "120")
	case "planned_start":
		is[name] = pick("", "2026-03-31T20:00:00Z", "2026-03-31T20:30:00Z", "2026-03-31T21:00:00Z", "2026-04-01T20:00:00Z")
	case "rollback_owner", "implementer":
		is[name] = pick("jira:carol", "jira:dave")
	default:
		is[name] = pick("one", "two", "three")
	}
	return is
}

// covers says, by the fields themselves and not by classes, whether somebody who
// approved the one content approved what the other executes.
func covers(seen, done change.Content, lowered []string) error {
	for name, same := range map[string]bool{
		"system": seen.System == done.System, "environment": seen.Environment == done.Environment, "risk": seen.Risk == done.Risk,
		"plan": seen.Plan == done.Plan, "test_plan": seen.TestPlan == done.TestPlan, "test_results": seen.TestResults == done.TestResults,
		"rollback": seen.Rollback == done.Rollback, "rollback_owner": seen.RollbackOwner == done.RollbackOwner,
		"implementer": seen.Implementer == done.Implementer, "vendor_version": seen.VendorVersion == done.VendorVersion, "external": seen.External == done.External,
	} {
		if !same && !slices.Contains(lowered, name) {
			return fmt.Errorf("%s was never approved", name)
		}
	}
	if seen.PlannedStart.IsZero() != done.PlannedStart.IsZero() || done.PlannedStart.Before(seen.PlannedStart) ||
		done.PlannedStart.Add(done.Duration).After(seen.PlannedStart.Add(seen.Duration)) {
		return fmt.Errorf("the time was never approved")
	}
	return nil
}

// Whatever is edited in whatever order, and whichever card somebody votes on:
// what is executed is what each counted vote was for, in every material field.
func TestC12_NoSequenceOfEditsExecutesWhatNobodyApproved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lowered := rapid.SliceOfDistinct(rapid.SampledFrom(change.MaterialFields()), rapid.ID[string]).Draw(t, "lowered")
		classes := change.Classes{}
		for _, name := range lowered {
			classes[name] = rapid.SampledFrom([]change.Class{change.Notable, change.Cosmetic}).Draw(t, "class")
		}
		lowered = slices.DeleteFunc(lowered, func(name string) bool { return !slices.Contains(change.Lowerable(), name) })
		ticket := with(nil).Fields
		read := func() (change.Content, change.Snapshot) {
			tk := with(nil)
			tk.Fields = ticket
			c, _ := change.Parse(tk)
			s, err := change.Snap(c, alice)
			require.NoError(t, err)
			return c, s
		}
		content, now := read()
		contents := map[string]change.Content{now.Hash: content}
		review := change.Review{State: change.InReview, Version: 1, Level: 1, Nonce: "n", Deadline: time.Now().Add(time.Hour), Hash: now.Hash,
			Route: change.Route{Levels: []change.ResolvedLevel{{Required: 3}}}}
		cards := []change.Binding{change.NewBinding("CHG-1", 1, 1, "n", now.Hash)}
		votes := map[int]change.Content{}
		follow := func() bool {
			content, is := read()
			contents[is.Hash] = content
			edits := change.Edits(now, is, classes)
			switch {
			case change.Void(edits):
				review.Version++
				review.Lineage, votes = nil, map[int]change.Content{}
			case is.Hash != now.Hash:
				review.Lineage = append(review.Lineage, now.Hash)
			}
			now, review.Hash = is, is.Hash
			cards = append(cards, change.NewBinding("CHG-1", review.Version, 1, "n", is.Hash))
			return !change.Void(edits)
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				ticket = edited(t, ticket)
			case 2:
				follow() // an edit that nobody followed yet is one with the next
			case 3:
				card := cards[rapid.IntRange(0, len(cards)-1).Draw(t, "card")]
				if hash, same := review.Seen(card); same {
					require.True(t, strings.HasPrefix(hash, card.Hash))
					votes[len(votes)] = contents[hash]
				}
			}
		}
		if !follow() { // the start reads the ticket once more
			return
		}
		done, _ := read()
		for _, seen := range votes {
			require.NoError(t, covers(seen, done, lowered))
		}
	})
}
