package change_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func fullFields() map[string]string {
	return map[string]string{
		"title":              "Raise the invoice limit",
		"purpose":            "Large customers hit the limit.",
		"system":             "billing",
		"environment":        "production",
		"risk":               "medium",
		"plan":               "1. Open the rule\n2. Set the limit to 20000\n3. Publish",
		"test_plan":          "Send an invoice of 15000 in staging.",
		"test_results":       "https://tests.example/run/17",
		"rollback":           "1. Set the limit to 10000\n2. Publish",
		"rollback_owner":     "jira:557058:bob",
		"rollback_tested_on": "2026-03-01",
		"implementer":        "jira:carol",
		"planned_start":      "2026-03-31T22:00:00+02:00",
		"duration":           "90",
		"vendor_version":     "10.24.1",
		"external":           "no",
		"safe_points":        "The rule is saved",
	}
}

func with(changes map[string]string) compliance.Ticket {
	fields := fullFields()
	for k, v := range changes {
		if v == "" {
			delete(fields, k)
		} else {
			fields[k] = v
		}
	}
	return compliance.Ticket{Fields: fields}
}

func fieldsOf(problems []change.Problem) []string {
	var names []string
	for _, p := range problems {
		names = append(names, p.Field)
	}
	return names
}

func TestParseReadsEveryField(t *testing.T) {
	c, problems := change.Parse(with(map[string]string{"external": "Yes", "risk": "Medium", "data_class": "internal", "supersedes": "CHG-7"}))
	require.Empty(t, problems)
	require.Equal(t, change.Content{
		Title: "Raise the invoice limit", Purpose: "Large customers hit the limit.", System: "billing", Environment: "production",
		Risk: "medium", Plan: "1. Open the rule\n2. Set the limit to 20000\n3. Publish", TestPlan: "Send an invoice of 15000 in staging.",
		TestResults: "https://tests.example/run/17", Rollback: "1. Set the limit to 10000\n2. Publish", RollbackOwner: "jira:557058:bob",
		RollbackTestedOn: "2026-03-01", Implementer: "jira:carol", PlannedStart: time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC),
		Duration: 90 * time.Minute, VendorVersion: "10.24.1", External: true, DataClass: "internal", Supersedes: "CHG-7", SafePoints: "The rule is saved",
	}, c)
}

// Requirement 3: without steps, an owner and a tested-on date of the rollback a change cannot leave draft.
func TestRequirement3_EveryMandatoryFieldIsAskedFor(t *testing.T) {
	mandatory := []string{
		"title", "system", "environment", "risk", "plan", "test_plan",
		"rollback", "rollback_owner", "rollback_tested_on", "implementer", "duration",
	}
	for _, name := range mandatory {
		for _, empty := range []string{"", " \r\n\t "} {
			ticket := with(map[string]string{name: ""})
			if empty != "" {
				ticket.Fields[name] = empty
			}
			_, problems := change.Parse(ticket)
			require.Equal(t, []string{name}, fieldsOf(problems))
			require.Contains(t, problems[0].Text, name)
			require.Regexp(t, `is empty\. (Say|Choose|Write|Give|Estimate) .*\.$`, problems[0].Text, "says how to mend it")
		}
	}
	for _, name := range []string{"purpose", "test_results", "planned_start", "vendor_version", "external", "data_class", "safe_points"} {
		_, problems := change.Parse(with(map[string]string{name: ""}))
		require.Empty(t, problems, name)
	}
	_, problems := change.Parse(compliance.Ticket{})
	require.Equal(t, mandatory, fieldsOf(problems), "all at once, in the order of the form")
}

func TestParseRefusesMalformedFields(t *testing.T) {
	long := make([]byte, 32001)
	for i := range long {
		long[i] = 'x'
	}
	for name, c := range map[string]struct{ field, value string }{
		"risk unknown":            {"risk", "critical"},
		"owner without provider":  {"rollback_owner", "bob"},
		"owner without id":        {"rollback_owner", "jira:"},
		"owner with blank":        {"rollback_owner", "jira:bob smith"},
		"implementer upper case":  {"implementer", "Jira:carol"},
		"tested on a wrong day":   {"rollback_tested_on", "2026-02-30"},
		"tested in words":         {"rollback_tested_on", "last week"},
		"tested, other order":     {"rollback_tested_on", "01.03.2026"},
		"start without offset":    {"planned_start", "2026-03-31T22:00:00"},
		"start as a date":         {"planned_start", "2026-03-31"},
		"start long ago":          {"planned_start", "0001-01-01T00:00:00Z"},
		"duration zero":           {"duration", "0"},
		"duration negative":       {"duration", "-90"},
		"duration of seconds":     {"duration", "30s"},
		"duration in words":       {"duration", "an hour"},
		"duration of a month":     {"duration", "720h"},
		"duration overflowing":    {"duration", "9223372036854775807"},
		"duration far overflown":  {"duration", "92233720368547758079"},
		"external unclear":        {"external", "maybe"},
		"title of two lines":      {"title", "one\ntwo"},
		"title too long":          {"title", string(long[:201])},
		"plan too long":           {"plan", string(long)},
		"plan not UTF-8":          {"plan", "caf\xe9"},
		"plan with a zero byte":   {"plan", "a\x00b"},
		"system of several lines": {"system", "a\r\nb"},
		"version too long":        {"vendor_version", string(long[:101])},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := change.Parse(with(map[string]string{c.field: c.value}))
			require.Equal(t, []string{c.field}, fieldsOf(problems))
			require.Less(t, len(problems[0].Text), 300)
			require.Regexp(t, `(Write|Choose|Give|Shorten|Type) [^.]+`, problems[0].Text, "says how to mend it")
		})
	}
}

func TestParseReadsTheSameValueWrittenDifferently(t *testing.T) {
	base, _ := change.Parse(with(nil))
	want, err := base.Canonical()
	require.NoError(t, err)
	for field, value := range map[string]string{
		"duration":           " 1h 30m ",
		"planned_start":      "2026-03-31T20:00:00.000Z",
		"rollback_tested_on": "2026-03-01T23:30:00+01:00",
		"risk":               " MEDIUM ",
		"external":           "false",
		"plan":               "\r\n1. Open the rule  \r\n2. Set the limit to 20000\t\r\n3. Publish\r\n\r\n",
		"implementer":        "jira:carol\n",
	} {
		c, problems := change.Parse(with(map[string]string{field: value}))
		require.Empty(t, problems)
		got, err := c.Canonical()
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), field)
	}
}

func TestCheckKnowsThatATestLiesInThePast(t *testing.T) {
	c, _ := change.Parse(with(map[string]string{"rollback_tested_on": "2026-03-02"}))
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	require.Empty(t, change.Check(c, day))
	require.Empty(t, change.Check(c, day.Add(-14*time.Hour)), "the day has begun on Kiritimati")
	problems := change.Check(c, day.Add(-14*time.Hour-time.Second))
	require.Equal(t, []string{"rollback_tested_on"}, fieldsOf(problems))
	require.Contains(t, problems[0].Text, "2026-03-02")
	require.Empty(t, change.Check(change.Content{}, day), "missing is Parse's")
}

func TestParseAccount(t *testing.T) {
	a, ok := change.ParseAccount(" jira:557058:f58131cb-b67d ")
	require.True(t, ok)
	require.Equal(t, compliance.Account{Provider: "jira", ID: "557058:f58131cb-b67d"}, a)
	for _, s := range []string{"", ":", "jira", "jira:", ":bob", "JIRA:bob", "9jira:bob", "jira: bob", "jira:b\u200bob", "jira:\xff", "ji ra:bob"} {
		_, ok := change.ParseAccount(s)
		require.False(t, ok, "%q", s)
	}
}

func FuzzParse(f *testing.F) {
	full := fullFields()
	f.Add(full["title"], full["risk"], full["plan"], full["rollback_owner"], full["rollback_tested_on"], full["planned_start"], full["duration"], full["external"])
	f.Add("", "", "", "", "", "", "", "")
	f.Add("a\r\nb", "HIGH", "\xff", "x:\x00", "9999-12-31", "9999-12-31T23:59:59-23:59", "1h1m1ns", "TRUE")
	f.Fuzz(func(t *testing.T, title, risk, plan, owner, tested, start, duration, external string) {
		ticket := with(nil)
		for k, v := range map[string]string{
			"title": title, "risk": risk, "plan": plan, "rollback_owner": owner, "implementer": owner,
			"rollback_tested_on": tested, "planned_start": start, "duration": duration, "external": external,
		} {
			ticket.Fields[k] = v
		}
		c, problems := change.Parse(ticket)
		for _, p := range problems {
			require.NotEmpty(t, p.Field)
			require.Less(t, len(p.Text), 500)
		}
		change.Check(c, time.Unix(0, 0))
		if len(problems) > 0 {
			return
		}
		s, err := change.Snap(c, compliance.Account{Provider: "jira", ID: "alice"})
		require.NoError(t, err, "what Parse lets through has a hash")
		again, more := change.Parse(ticket)
		require.Empty(t, more)
		twice, err := change.Snap(again, compliance.Account{Provider: "jira", ID: "alice"})
		require.NoError(t, err)
		require.Equal(t, s, twice)
		require.Positive(t, c.Duration)
	})
}

// Text that is shown in another order than it has is not what an approver
// reads; the marks of right-to-left scripts are (C18).
func TestC18_TextThatReordersItselfIsRefused(t *testing.T) {
	fields := func(plan string) map[string]string {
		return map[string]string{
			"title": "t", "system": "s", "environment": "e", "risk": "low", "plan": plan, "test_plan": "x", "rollback": "y",
			"rollback_owner": "jira:a", "rollback_tested_on": "2026-03-01", "implementer": "jira:b", "duration": "30m",
		}
	}
	for _, hidden := range []rune{'\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'} {
		_, problems := change.Parse(compliance.Ticket{Fields: fields("1. Drop " + string(hidden) + "elbat")})
		require.Len(t, problems, 1, "%U", hidden)
		require.Equal(t, "plan", problems[0].Field)
		require.Contains(t, problems[0].Text, fmt.Sprintf("%U", hidden))
	}
	for _, fine := range []string{"\u05e9\u05dc\u05d5\u05dd\u200f!", "a\u200eb", "\u0646\u200c\u0647", "👩\u200d🚒"} {
		_, problems := change.Parse(compliance.Ticket{Fields: fields(fine)})
		require.Empty(t, problems, "%q", fine)
	}
}

// What an approver attests to stands on the card: also how long it takes and when it may begin.
func TestC20_ToldNamesDurationAndStart(t *testing.T) {
	for d, want := range map[time.Duration]string{30 * time.Minute: "30m", 90 * time.Minute: "1h30m", 2 * time.Hour: "2h", 90 * time.Second: "1m30s"} {
		start := time.Date(2026, 11, 28, 7, 0, 0, 0, time.UTC)
		told := change.Content{Duration: d, PlannedStart: start}.Told()
		require.Contains(t, told, compliance.Fact{Label: "Estimated duration", Text: want})
		require.Contains(t, told, compliance.Fact{Label: "Not before", At: start})
	}
	require.Equal(t, []compliance.Fact{{Label: "Test results", Text: "none given"}}, change.Content{}.Told())
}
