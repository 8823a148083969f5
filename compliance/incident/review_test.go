package incident_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

func TestI27_TheReviewIsDueBySeverity(t *testing.T) {
	p := policy()
	require.Equal(t, noon.Add(72*time.Hour), incident.ReviewDue(p, incident.Sev1, noon, nil))
	require.Equal(t, noon.Add(incident.DefaultReview), incident.ReviewDue(p, incident.Sev4, noon, nil))
	var days []compliance.Interval // Monday 2 November 2026 and on, without the weekend
	for d := range 14 {
		start := time.Date(2026, 11, 2+d, 8, 0, 0, 0, time.UTC)
		if w := start.Weekday(); w != time.Saturday && w != time.Sunday {
			days = append(days, compliance.Interval{Start: start, End: start.Add(9 * time.Hour)})
		}
	}
	require.Equal(t, utc("2026-11-09T17:00:00Z"), incident.ReviewDue(p, incident.Sev2, noon, days), "Tuesday to Monday")
	require.Equal(t, noon.Add(120*time.Hour), incident.ReviewDue(p, incident.Sev2, noon, days[:4]), "a calendar too short is never later")

	reason, at := incident.NextReview(incident.Resolved, m(10), time.Time{}, noon)
	require.Equal(t, incident.ReviewWaits, reason)
	require.Equal(t, m(10), at)
	reason, _ = incident.NextReview(incident.Resolved, m(10), time.Time{}, noon.Add(1000*time.Hour))
	require.Equal(t, incident.ReviewOverdue, reason)
	reason, at = incident.NextReview(incident.Reviewed, m(10), m(20), m(30)) // I31: once, not once for every day missed
	require.Equal(t, incident.ReviewWaits, reason)
	require.Equal(t, m(20).Add(incident.ReviewRepeat), at)
	reason, _ = incident.NextReview(incident.Closed, m(10), time.Time{}, m(30))
	require.Equal(t, incident.AlreadyClosed, reason)
	reason, _ = incident.NextReview(incident.Triggered, m(10), time.Time{}, m(30))
	require.Equal(t, incident.NotResolved, reason)
}

func TestI27_ClosureIsBlockedUntilRootCauseAndLinkedChange(t *testing.T) {
	good := incident.Review{Author: "p-ann", RootCause: "No limit on retries", Change: "CHG-7",
		Actions: []incident.ActionItem{{Text: "Limit retries", Ticket: compliance.TicketRef{ID: "1"}}}}
	linked := incident.LinkedChange{Number: "CHG-7", Exists: true}
	with := func(spoil func(*incident.Review, *incident.LinkedChange)) (incident.Review, incident.LinkedChange) {
		r, l := good, linked
		spoil(&r, &l)
		return r, l
	}
	for want, spoil := range map[incident.Reason]func(*incident.Review, *incident.LinkedChange){
		incident.OK:              func(*incident.Review, *incident.LinkedChange) {},
		incident.NoRootCause:     func(r *incident.Review, _ *incident.LinkedChange) { r.RootCause = " \n" },
		incident.NoLinkedChange:  func(r *incident.Review, _ *incident.LinkedChange) { r.Change = "" },
		incident.ChangeUnknown:   func(_ *incident.Review, l *incident.LinkedChange) { l.Exists = false },
		incident.NoActionItems:   func(r *incident.Review, _ *incident.LinkedChange) { r.Actions = nil },
		incident.ChangeAbandoned: func(_ *incident.Review, l *incident.LinkedChange) { l.Abandoned = true },
	} {
		r, l := with(spoil)
		require.Equal(t, want, incident.JudgeReview(incident.Resolved, r, l, by("p-ann")))
		require.Equal(t, want, incident.JudgeClose(incident.Reviewed, r, l, nil, by("p-bob")))
	}
	none := good
	none.Change, none.NoChange = "", "The vendor mended it"
	require.Equal(t, incident.OK, incident.JudgeReview(incident.Resolved, none, incident.LinkedChange{}, by("p-ann")), "signed: none needed")
	require.Equal(t, incident.OK, incident.JudgeClose(incident.Reviewed, none, incident.LinkedChange{}, nil, by("p-bob")))
	require.Equal(t, incident.IsReviewer, incident.JudgeClose(incident.Reviewed, none, incident.LinkedChange{}, nil, by("p-ann")), "it takes two")
	none.NoChange = " \n"
	require.Equal(t, incident.NoLinkedChange, incident.JudgeReview(incident.Resolved, none, incident.LinkedChange{}, by("p-ann")))
	none.Change, none.NoChange = "CHG-7", "The vendor mended it"
	require.Equal(t, incident.ChangeAndNone, incident.JudgeReview(incident.Resolved, none, linked, by("p-ann")))
	require.Equal(t, incident.ChangeUnknown, incident.JudgeReview(incident.Resolved, good, incident.LinkedChange{Number: "CHG-8", Exists: true}, by("p-ann")))
	ticketless := good
	ticketless.Actions = append(ticketless.Actions[:1:1], incident.ActionItem{Text: "Alert on retries"})
	require.Equal(t, incident.OK, incident.JudgeReview(incident.Resolved, ticketless, linked, by("p-ann")), "tickets follow the review")
	require.Equal(t, incident.ActionsPending, incident.JudgeClose(incident.Reviewed, ticketless, linked, nil, by("p-bob")))
	require.Equal(t, incident.IsReviewer, incident.JudgeClose(incident.Reviewed, good, linked, nil, by("p-ann")), "by somebody else")
	require.Equal(t, incident.UnknownPerson, incident.JudgeClose(incident.Reviewed, good, linked, nil, by("")))
	require.Equal(t, incident.UnknownPerson, incident.JudgeReview(incident.Resolved, good, linked, by("")))
	for _, s := range incident.States() {
		require.Equal(t, incident.CanMove(s, incident.Reviewed) || s == incident.Reviewed, incident.JudgeReview(s, good, linked, by("p-ann")) == incident.OK, s)
		require.Equal(t, s == incident.Reviewed, incident.JudgeClose(s, good, linked, nil, by("p-bob")) == incident.OK, s)
	}
	for _, s := range incident.RollbackStates() { // I23
		r := incident.JudgeClose(incident.Reviewed, good, linked, []incident.Rollback{{State: s}}, by("p-bob"))
		require.Equal(t, s.Terminal(), r == incident.OK, s)
		require.Equal(t, !s.Terminal(), r == incident.RollbackOpen, s)
	}
}

// A rollout that a later one is on top of is not taken back first: that would
// leave the later one where both are.
func TestI24_TheLaterRolloutIsTakenBackFirst(t *testing.T) {
	run := func(number string, minute int, targets ...string) incident.Run {
		return incident.Run{Number: number, System: "billing", Executed: m(minute), Plan: "plan", Backup: "backup", Targets: targets}
	}
	got := incident.Candidates(policy(), []incident.Run{
		run("PAT-1", -40, "a", "b"), run("PAT-2", -30, "b"), run("PAT-3", -20, "b", "c"), run("PAT-4", -10, "d"), run("CHG-1", -5),
	}, "billing", noon)
	state := func(list []incident.Candidate) map[string]string {
		out := map[string]string{}
		for _, c := range list {
			out[c.Number] = c.Under
			require.Equal(t, c.Under != "", c.Reason == incident.Covered, c.Number)
		}
		return out
	}
	require.Equal(t, map[string]string{"PAT-1": "PAT-3", "PAT-2": "PAT-3", "PAT-3": "", "PAT-4": "", "CHG-1": ""}, state(got))
	require.Equal(t, "A later rollout, PAT-3, is on top: take that back first.", got[4].Why())
	reason, _ := incident.JudgeRollback(paged(), got, nil, "PAT-1", by("p-ann"))
	require.Equal(t, incident.Covered, reason)
	one := map[string]incident.Reason{}
	for _, c := range incident.TookBack(got, "PAT-3") {
		one[c.Number] = c.Reason
	}
	require.Equal(t, map[string]incident.Reason{"PAT-1": incident.Covered, "PAT-2": "", "PAT-3": incident.NotRollable, "PAT-4": "", "CHG-1": ""}, one)
	require.Equal(t, incident.OK, got[2].Reason, "what was given is not changed")
}

func TestI24_CandidatesForARollback(t *testing.T) {
	run := func(number, system string, minute int) incident.Run {
		return incident.Run{Number: number, System: system, Executed: m(minute), Plan: "plan", Backup: "backup", Authors: []compliance.PersonID{"p-req", "p-imp"}}
	}
	noPlan, noBackup, gone := run("CHG-2", "billing", -20), run("PAT-3", "billing", -30), run("CHG-4", "billing", -40)
	noPlan.Plan, noBackup.Backup, gone.TakenBack = "", "", true
	got := incident.Candidates(policy(), []incident.Run{
		run("CHG-1", "billing", -10), run("CHG-9", "wiki", -1), run("CHG-8", "billing", -24*60-1), run("CHG-5", "billing", -24*60), noPlan, noBackup, gone, run("CHG-6", "billing", 5), noPlan,
	}, "billing", noon)
	var numbers []string
	var reasons []incident.Reason
	for _, c := range got {
		numbers, reasons = append(numbers, c.Number), append(reasons, c.Reason)
	}
	require.Equal(t, []string{"CHG-6", "CHG-1", "CHG-2", "PAT-3", "CHG-4", "CHG-5"}, numbers, "the latest first")
	require.Equal(t, []incident.Reason{"", "", incident.NoPlan, incident.NoBackup, incident.NotRollable, ""}, reasons)

	s := paged()
	ask := func(number string, rollbacks ...incident.Rollback) incident.Reason {
		r, _ := incident.JudgeRollback(s, got, rollbacks, number, by("p-ann"))
		return r
	}
	require.Equal(t, incident.OK, ask("CHG-1"))
	require.Equal(t, incident.NoPlan, ask("CHG-2"))
	require.Equal(t, incident.NotACandidate, ask("CHG-9"))
	for _, state := range incident.RollbackStates() { // it runs once; the second request joins
		want := incident.AlreadyAsked
		if state == incident.RollbackDenied {
			want = incident.OK
		}
		require.Equal(t, want, ask("CHG-1", incident.Rollback{Run: got[1].Run, State: state}), state)
	}
	reason, place := incident.JudgeRollback(s, got, []incident.Rollback{{Run: got[0].Run}, {Run: got[1].Run, State: incident.RollbackRunning}}, "CHG-1", by("p-ann"))
	require.Equal(t, incident.AlreadyAsked, reason)
	require.Equal(t, 1, place)
	reason, _ = incident.JudgeRollback(incident.Exercise("INC-9", incident.Sev1, noon), got, nil, "CHG-1", by("p-ann"))
	require.Equal(t, incident.NotPaging, reason, "a drill touches nothing outside")
	reason, _ = incident.JudgeRollback(s, got, nil, "CHG-1", by(""))
	require.Equal(t, incident.UnknownPerson, reason)
}

func TestI24_ARollbackIsApprovedBySomebodyElse(t *testing.T) {
	r := incident.Rollback{State: incident.RollbackAsked, Asker: "p-ann", Joined: []compliance.PersonID{"p-bob"}, Run: incident.Run{Authors: []compliance.PersonID{"p-req", "p-imp"}}}
	for person, want := range map[compliance.PersonID]incident.Reason{
		"p-ann": incident.IsAsker, "p-bob": incident.IsAsker, "p-req": incident.IsAuthor, "p-imp": incident.IsAuthor, "p-cid": incident.OK, "": incident.UnknownPerson,
	} {
		require.Equal(t, want, incident.JudgeRollbackDecision(r, by(person)), person)
	}
	require.Equal(t, incident.NotApprover, incident.JudgeRollbackDecision(r, incident.Actor{Person: "p-cid", Reason: incident.NotApprover}))
	for _, s := range incident.RollbackStates() {
		r.State = s
		require.Equal(t, s == incident.RollbackAsked, incident.JudgeRollbackDecision(r, by("p-cid")) == incident.OK, s)
	}
}

func TestI24_TheRollbackThatIsMeant(t *testing.T) {
	run := func(number string, state incident.RollbackState) incident.Rollback {
		return incident.Rollback{Run: incident.Run{Number: number, Authors: []compliance.PersonID{"p-imp"}}, State: state}
	}
	all := []incident.Rollback{run("CHG-1", incident.RollbackDenied), run("CHG-2", incident.RollbackAsked), run("CHG-1", incident.RollbackRunning)}
	for _, c := range []struct {
		run    string
		state  incident.RollbackState
		want   int
		reason incident.Reason
	}{
		{"", incident.RollbackAsked, 1, incident.OK},
		{"", incident.RollbackRunning, 2, incident.OK},
		{"", incident.RollbackFailed, -1, incident.NoRollback},
		{"CHG-1", incident.RollbackAsked, 2, incident.OK}, // its last request; what state it is in is judged next
		{"CHG-9", incident.RollbackAsked, -1, incident.NoRollback},
	} {
		i, reason := incident.Pick(all, c.run, c.state)
		require.Equal(t, c.want, i, c)
		require.Equal(t, c.reason, reason, c)
	}
	_, reason := incident.Pick(append(all, run("CHG-3", incident.RollbackAsked)), "", incident.RollbackAsked)
	require.Equal(t, incident.WhichRollback, reason, "none is guessed")

	s := paged().Acknowledge(incident.Ack{Person: "p-ann", At: m(6)})
	for _, c := range []struct {
		state incident.RollbackState
		by    compliance.PersonID
		want  incident.Reason
	}{
		{incident.RollbackRunning, "p-imp", incident.OK},
		{incident.RollbackRunning, "p-ann", incident.OK},
		{incident.RollbackRunning, "p-bob", incident.NotCarrier},
		{incident.RollbackRunning, "", incident.UnknownPerson},
		{incident.RollbackAsked, "p-imp", incident.NoRollback},
		{incident.RollbackDone, "p-imp", incident.AlreadyDecided},
		{incident.RollbackFailed, "p-imp", incident.AlreadyDecided},
	} {
		require.Equal(t, c.want, incident.JudgeReport(s, run("CHG-1", c.state), by(c.by)), c)
	}
	require.Equal(t, incident.AlreadyClosed, incident.JudgeReport(incident.Standing{State: incident.Closed}, run("CHG-1", incident.RollbackRunning), by("p-imp")))
}

func TestI27_ThingsToBeDoneAreReadLineByLine(t *testing.T) {
	read := func(text string) ([]incident.Ask, incident.Reason) {
		a, reason, _ := incident.ParseAct(compliance.Inbound{Action: incident.ActionReview, Answers: []compliance.Answer{
			{Name: "root_cause", Value: "No limit on retries"}, {Name: "change", Value: "chg-7"}, {Name: "actions", Value: text},
		}})
		return a.Actions, reason
	}
	got, reason := read("- Limit retries\r\n\n  * Alert on retries  \n--\n")
	require.Equal(t, incident.OK, reason)
	require.Equal(t, []incident.Ask{{Text: "Limit retries"}, {Text: "Alert on retries"}}, got)
	got, reason = read("Limit retries @p-ann 2027-01-31\nMail ops@x.example daily 2028-02-29 @ann\nUse 2027-01-31 as the date, @ once")
	require.Equal(t, incident.OK, reason)
	require.Equal(t, []incident.Ask{
		{Text: "Limit retries", Owner: "p-ann", Due: "2027-01-31"}, {Text: "Mail ops@x.example daily", Owner: "ann", Due: "2028-02-29"},
		{Text: "Use 2027-01-31 as the date, @ once"},
	}, got, "owner and day are taken off the end only, in either order")
	for text, want := range map[string]incident.Reason{
		"": incident.MissingAnswer, " \n - \n": incident.MissingAnswer, strings.Repeat("x", 151): incident.BadRequest,
		strings.Repeat("another thing\n", incident.MaxActions+1): incident.BadRequest,
		"Limit retries 2027-02-30":                               incident.BadDue, "Limit retries 2027-13-01 @p-ann": incident.BadDue, "@p-ann 2027-01-31": incident.MissingAnswer,
	} {
		_, reason := read(text)
		require.Equal(t, want, reason, "%.40q", text)
	}
}
