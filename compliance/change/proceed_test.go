package change_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// Whether the work may go on from a safe point is a question of who asks, where it
// stands, and whether what is left fits into the calendar (C30).
func TestC30_WhetherItMayGoOn(t *testing.T) {
	points := []string{"The package is imported", "The rule is published."}
	evening := midday.Add(12 * time.Hour) // two hours before the window closes
	frozen := evening2()
	for name, c := range map[string]struct {
		state change.State
		by    compliance.PersonID
		point string
		left  time.Duration
		s     change.Schedule
		now   time.Time
		want  change.Reason
	}{
		"inside, the rest unknown":     {change.Executing, "p-goran", "1", 0, windows(), evening, change.OK},
		"inside, the rest fits":        {change.Executing, "p-goran", "2.", 2 * time.Hour, windows(), evening, change.OK},
		"inside, by its text":          {change.Executing, "p-goran", "the RULE is published", 0, windows(), evening, change.OK},
		"inside, the rest is too long": {change.Executing, "p-goran", "1", 3 * time.Hour, windows(), evening, change.DoesNotFit},
		"at the end of the window":     {change.Executing, "p-goran", "1", 0, windows(), midday.Add(14 * time.Hour), change.WindowClosed},
		"in a freeze":                  {change.Executing, "p-goran", "1", 0, frozen, evening, change.Frozen},
		"a freeze before the rest":     {change.Executing, "p-goran", "1", 2 * time.Hour, frozen, midday.Add(10 * time.Hour), change.DoesNotFit},
		"no such point":                {change.Executing, "p-goran", "3", 0, windows(), evening, change.UnknownPoint},
		"point nought":                 {change.Executing, "p-goran", "0", 0, windows(), evening, change.UnknownPoint},
		"somebody else":                {change.Executing, "p-farah", "1", 0, windows(), evening, change.NotImplementer},
		"not started":                  {change.WaitingWindow, "p-goran", "1", 0, windows(), evening, change.NotExecuting},
		"reported already":             {change.Verifying, "p-goran", "1", 0, windows(), evening, change.AlreadyClosed},
		"over":                         {change.RolledBack, "p-goran", "1", 0, windows(), evening, change.AlreadyClosed},
	} {
		got := change.JudgeProceed(c.state, "p-goran", c.by, points, change.Proceed{Point: c.point, Remaining: c.left}, c.s, c.now)
		require.Equal(t, c.want, got, name)
	}
	require.Equal(t, change.NoSafePoints, change.JudgeProceed(change.Executing, "p-goran", "p-goran", nil, change.Proceed{Point: "1"}, windows(), evening))
}

// evening2 is the evening's window with a freeze in its last three hours.
func evening2() change.Schedule {
	s := windows()
	s.Freezes = []change.NamedInterval{hours("audit", 11, 30)}
	return s
}

// Since when an execution runs outside its calendar is what people are told (C30).
func TestC30_SinceWhenItRunsOutside(t *testing.T) {
	at := func(h int) time.Time { return midday.Add(time.Duration(h) * time.Hour) }
	for name, c := range map[string]struct {
		s     change.Schedule
		now   time.Time
		want  change.OverrunFacts
		out   bool
		until time.Time
	}{
		"inside":            {windows(), at(9), change.OverrunFacts{}, false, at(14)},
		"the window closed": {windows(), at(14), change.OverrunFacts{Reason: change.WindowClosed, Since: at(14), Name: "evening"}, true, time.Time{}},
		"hours ago":         {windows(), at(20), change.OverrunFacts{Reason: change.WindowClosed, Since: at(14), Name: "evening"}, true, time.Time{}},
		"before the freeze": {evening2(), at(9), change.OverrunFacts{}, false, at(11)},
		"in the freeze":     {evening2(), at(12), change.OverrunFacts{Reason: change.Frozen, Since: at(11), Name: "audit"}, true, time.Time{}},
		"always open":       {change.Schedule{}, at(1), change.OverrunFacts{}, false, time.Time{}},
	} {
		f, out := change.Overran(c.s, change.Schedule{}, c.now)
		require.Equal(t, c.out, out, name)
		require.Equal(t, c.want, f, name)
		require.Equal(t, c.until, change.RunsUntil(c.s, c.now), name)
	}
	read := windows()
	read.Windows = read.Windows[1:] // as it is read when the evening's is over
	f, out := change.Overran(read, windows(), at(20))
	require.True(t, out)
	require.Equal(t, change.OverrunFacts{Reason: change.WindowClosed, Since: at(14), Name: "evening"}, f)
}

// What the form sends is read, and what cannot be read is said with its field.
func TestC30_TheQuestionIsRead(t *testing.T) {
	p, reason, _ := change.ParseProceed(act("proceed", ref, "point", " 2 ", "remaining", "1h30m"))
	require.Equal(t, change.OK, reason)
	require.Equal(t, "2", p.Point)
	require.Equal(t, 90*time.Minute, p.Remaining)
	p, reason, _ = change.ParseProceed(act("proceed", ref, "point", "2"))
	require.Equal(t, change.OK, reason)
	require.Zero(t, p.Remaining)
	for name, c := range map[string]struct {
		in    compliance.Inbound
		want  change.Reason
		field string
	}{
		"no point":       {act("proceed", ref, "remaining", "20"), change.MissingAnswer, "point"},
		"damaged time":   {act("proceed", ref, "point", "1", "remaining", "soon"), change.UnreadableTime, "remaining"},
		"no time":        {act("proceed", ref, "point", "1", "remaining", "-5"), change.UnreadableTime, "remaining"},
		"too long":       {act("proceed", ref, "point", strings.Repeat("1", 2001)), change.BadRequest, "point"},
		"damaged ref":    {act("proceed", "CHG-7", "point", "1"), change.BadRequest, ""},
		"another action": {act("finish", ref, "point", "1"), change.BadRequest, ""},
	} {
		_, reason, field := change.ParseProceed(c.in)
		require.Equal(t, c.want, reason, name)
		require.Equal(t, c.field, field, name)
	}
	f, ok := change.FormFor(change.ActionProceed)
	require.True(t, ok)
	require.Equal(t, []string{"point", "remaining"}, []string{f.Fields[0].Name, f.Fields[1].Name})
}

// Safe points are lines of a field that approvals are bound to, bounded because they
// travel with the run.
func TestC30_SafePointsArePartOfThePlan(t *testing.T) {
	c, problems := change.Parse(with(map[string]string{"safe_points": "The package is imported\r\n\r\n  The rule is published  "}))
	require.Empty(t, problems)
	require.Equal(t, []string{"The package is imported", "The rule is published"}, change.Points(c.SafePoints))
	_, problems = change.Parse(with(map[string]string{"safe_points": strings.Repeat("stop\n", 21)}))
	require.Equal(t, []string{"safe_points"}, fieldsOf(problems))
	_, problems = change.Parse(with(map[string]string{"safe_points": strings.Repeat("x", 201)}))
	require.Equal(t, []string{"safe_points"}, fieldsOf(problems))
	require.Equal(t, "1. one\n2. two", change.Numbered([]string{"one", "two"}))
}
