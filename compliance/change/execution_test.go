package change_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/change"
)

func execution() change.Execution {
	return change.Execution{
		State: change.WaitingWindow, Implementer: "p-imp", Expires: m(100), Planned: m(-10), Duration: minutes(30),
		Schedule: change.Schedule{Restricted: true, Windows: spans(span("night", -60, 60))},
	}
}

// In the order of the checks, as with decisions: the first fault is the answer.
func TestC13_StartIsRefusedForTheFirstReasonThatApplies(t *testing.T) {
	type fault struct {
		name   string
		reason change.Reason
		plant  func(*change.Execution)
	}
	faults := []fault{
		{"executing", change.AlreadyExecuting, func(e *change.Execution) { e.State = change.Executing }},
		{"another implementer", change.NotImplementer, func(e *change.Execution) { e.Implementer = "p-other" }},
		{"edited since", change.ContentChanged, func(e *change.Execution) { e.Changed = []change.FieldChange{{Name: "plan"}} }},
		{"expired at this instant", change.ApprovalExpired, func(e *change.Execution) { e.Expires = noon }},
		{"approvals lost", change.EligibilityLost, func(e *change.Execution) { e.Lost = change.EligibilityLost }},
		{"planned for later", change.TooEarly, func(e *change.Execution) { e.Planned = m(1) }},
		{"frozen", change.Frozen, func(e *change.Execution) { e.Schedule.Freezes = spans(span("f", 0, 1)) }},
		{"too long", change.DoesNotFit, func(e *change.Execution) { e.Duration = minutes(61) }},
	}
	require.Equal(t, change.OK, change.JudgeStart(execution(), "p-imp", noon))
	for _, f := range faults {
		e := execution()
		f.plant(&e)
		require.Equal(t, f.reason, change.JudgeStart(e, "p-imp", noon), f.name)
	}
	never := execution()
	never.Expires = time.Time{}
	require.Equal(t, change.ApprovalExpired, change.JudgeStart(never, "p-imp", noon), "no approval is for ever")
	rapid.Check(t, func(t *rapid.T) {
		e, want := execution(), change.OK
		for _, f := range faults {
			if rapid.IntRange(0, 3).Draw(t, f.name) == 0 {
				f.plant(&e)
				if want == change.OK {
					want = f.reason
				}
			}
		}
		require.Equal(t, want, change.JudgeStart(e, "p-imp", noon))
	})
}

func TestC1_ActsAreJudgedByTheStateOfTheChange(t *testing.T) {
	for _, s := range change.States() {
		e := execution()
		e.State = s
		start := change.JudgeStart(e, "p-imp", noon)
		require.Equal(t, change.CanMove(s, change.Executing), start == change.OK, s)
		finish := change.JudgeFinish(s, "p-imp", "p-imp")
		require.Equal(t, s == change.Executing, finish == change.OK, s)
		withdraw := change.JudgeWithdraw(s, "p-req", "p-req")
		require.Equal(t, change.CanMove(s, change.WithdrawnChange), withdraw == change.OK, s)
		if s.Terminal() {
			require.Equal(t, []change.Reason{change.AlreadyClosed, change.AlreadyClosed, change.AlreadyClosed}, []change.Reason{start, finish, withdraw}, s)
		}
	}
	require.Equal(t, change.NotImplementer, change.JudgeFinish(change.Executing, "p-imp", "p-req"))
	require.Equal(t, change.NotExecuting, change.JudgeFinish(change.WaitingWindow, "p-imp", "p-imp"))
	require.Equal(t, change.NotRequester, change.JudgeWithdraw(change.Open, "p-req", "p-imp"))
	require.Equal(t, change.AlreadyExecuting, change.JudgeWithdraw(change.Executing, "p-req", "p-req"))
	require.Equal(t, change.NotApproved, change.JudgeStart(change.Execution{State: change.Open}, "p-imp", noon))
	require.Equal(t, change.OnHold, change.JudgeStart(change.Execution{State: change.Held}, "p-imp", noon))
}

func TestPeopleFieldsAreTheOnesWithoutAShortValue(t *testing.T) {
	for _, f := range snap(t, map[string]string{"plan": "short", "rollback": "short", "external": "yes"}).Fields {
		require.Equal(t, slices.Contains(change.PeopleFields(), f.Name), f.Short == "", f.Name)
	}
}

func TestEveryEventIsEvidenceForChangeControl(t *testing.T) {
	for _, event := range []string{change.EventDecided, change.EventStarted, change.EventSubmitted, "change.of-the-future"} {
		controls := change.Controls(event)
		require.Subset(t, controls, []string{"SOC2:CC8.1", "ISO27001:A.8.32", "NIST80053:CM-3"}, event)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(controls))), len(controls))
	}
	require.Contains(t, change.Controls(change.EventRefused), "NIST80053:AU-10")
	require.Contains(t, change.Controls(change.EventFinished), "NIST80053:CM-5")
}
