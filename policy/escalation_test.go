package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/policy"
)

// Every alert has an answer: the first rule that matches, the source's words
// read, the policy whole.
func TestAlertsAreRoutedByTheFirstRuleThatMatches(t *testing.T) {
	text := strings.Replace(string(example(t)[escalationFile].Data), "alerts: #", `alerts:
  - name: gates of the night shift
    when: {sources: [grafana], labels: {team: gates, shift: night}}
    policy: office-hours
    channel: security
#`, 1)
	rules, _ := load(t, with(t, map[string]string{escalationFile: text}))
	for name, c := range map[string]struct {
		alert    compliance.AlertEvent
		rule     string
		severity incident.Severity
		system   string
	}{
		"by system, from a label":          {compliance.AlertEvent{Source: "grafana", Severity: "High", Labels: labels("system", "yard-flows")}, "yard", incident.Sev2, "yard-flows"},
		"by system, known otherwise":       {compliance.AlertEvent{Source: "webhook", Severity: "SEV-3", System: "yard-flows"}, "yard", incident.Sev3, "yard-flows"},
		"by a label, its own word unknown": {compliance.AlertEvent{Source: "grafana", Severity: "low", System: "Yard", Labels: labels("system", "yard-flows")}, "yard", incident.Sev4, "yard-flows"},
		"by labels, all of them":           {compliance.AlertEvent{Source: "grafana", Severity: "low", Labels: labels("team", "gates", "shift", "night", "x", "y")}, "gates of the night shift", incident.Sev4, ""},
		"not by some of the labels":        {compliance.AlertEvent{Source: "grafana", Severity: "medium", Labels: labels("team", "gates")}, "everything else", incident.Sev3, ""},
		"not by a label of another":        {compliance.AlertEvent{Source: "alertmanager", Severity: "warning", Labels: labels("team", "gates", "shift", "night")}, "everything else", incident.Sev3, ""},
		"by severity":                      {compliance.AlertEvent{Source: "alertmanager", Severity: " INFO "}, "nobody notices yet", incident.Sev4, ""},
		"two conditions":                   {compliance.AlertEvent{Source: "grafana", Severity: "medium", System: "sandbox"}, "sandbox", incident.Sev3, "sandbox"},
		"only one of two":                  {compliance.AlertEvent{Source: "grafana", Severity: "high", System: "sandbox"}, "everything else", incident.Sev2, "sandbox"},
		"a word nobody mapped":             {compliance.AlertEvent{Source: "grafana", Severity: "strange"}, "everything else", incident.Sev3, ""},
		"no word at all":                   {compliance.AlertEvent{Source: "alertmanager"}, "everything else", incident.Sev2, ""},
		"an unknown source, no word":       {compliance.AlertEvent{Source: "webhook"}, "everything else", incident.Sev1, ""},
		"a system the rules do not know":   {compliance.AlertEvent{Source: "grafana", Severity: "critical", Labels: labels("system", "../yard-flows")}, "everything else", incident.Sev1, ""},
	} {
		got, ok := rules.RouteAlert(c.alert)
		require.True(t, ok, name)
		require.Equal(t, c.rule, got.Rule.Name, name)
		require.Equal(t, c.severity, got.Severity, name)
		require.Equal(t, c.system, got.System, name)
		require.Equal(t, got.Rule.Policy, got.Policy.Name, name)
		require.Empty(t, got.Policy.Check(), name)
		_, ok = rules.Channel(got.Rule.Channel)
		require.True(t, ok, name)
	}
}

func labels(pairs ...string) []compliance.Label {
	var out []compliance.Label
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, compliance.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

func TestEscalationPoliciesAreReadWhole(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	require.Equal(t, []string{"around-the-clock", "office-hours"}, rules.EscalationPolicies())
	got, ok := rules.EscalationPolicy("around-the-clock")
	require.True(t, ok)
	require.Equal(t, incident.Policy{
		Name: "around-the-clock",
		Steps: []incident.Step{
			{Name: "On call", Targets: []incident.Target{{Kind: incident.TargetRotation, Name: "follow-the-sun"}}, Delay: 5 * time.Minute},
			{Name: "On call, and their manager", Targets: []incident.Target{{Kind: incident.TargetRotation, Name: "follow-the-sun"}, {Kind: incident.TargetManager}}, Delay: 10 * time.Minute},
			{Name: "Owners of the platforms", Targets: []incident.Target{{Kind: incident.TargetGroup, Name: "platform-owners"}}, Delay: 15 * time.Minute},
		},
		Rounds: 3, Pause: 5 * time.Minute, Again: 15 * time.Minute, Fallback: incident.Target{Kind: incident.TargetContact, Name: "control-room"},
		Severities: []incident.SeverityRule{
			{Severity: incident.Sev1, AckFor: 30 * time.Minute, MaxSnooze: 15 * time.Minute, ReviewWithin: 72 * time.Hour, ActionsWithin: 14 * 24 * time.Hour},
			{Severity: incident.Sev2, AckFor: time.Hour, MaxSnooze: 30 * time.Minute, ReviewBusinessDays: 5},
			{Severity: incident.Sev3, AckFor: 4 * time.Hour, MaxSnooze: 8 * time.Hour, ReviewBusinessDays: 10},
		},
		Handover: 15 * time.Minute, Flap: 10 * time.Minute, LookBack: 72 * time.Hour,
	}, got)
	// Where the file is silent the snapshot is not: what a run is pinned to does
	// not change with a later release.
	quiet, _ := rules.EscalationPolicy("office-hours")
	require.Equal(t, incident.DefaultAgain, quiet.Again)
	require.Equal(t, incident.DefaultLookBack, quiet.LookBack)
	require.Contains(t, string(rules.Canonical()), `"look_back":"72h0m0s"`)
	_, ok = rules.EscalationPolicy("none")
	require.False(t, ok)
}

// Where somebody is paged, in their order; channels without an account are left out.
func TestReachIsInThePersonsOrder(t *testing.T) {
	rules, directory := load(t, policy.ExampleFS())
	person := func(id compliance.PersonID, pager string) compliance.Person {
		p, ok := directory.Person(id)
		require.True(t, ok)
		if pager != "" {
			p.Accounts["pagerduty"] = pager
		}
		return p
	}
	emeka := []compliance.Account{{Provider: "slack", ID: "U05EMEKA"}, {Provider: "mail", ID: "emeka@meridian-freight.example"}}
	require.Equal(t, emeka, rules.Reach(person("p-emeka", "")))
	require.Equal(t, append([]compliance.Account{{Provider: "pagerduty", ID: "PEMEKA1"}}, emeka...), rules.Reach(person("p-emeka", "PEMEKA1")))
	require.Equal(t, []compliance.Account{{Provider: "slack", ID: "U08HANA"}, {Provider: "mail", ID: "hana@meridian-freight.example"}},
		rules.Reach(person("p-hana", "PHANA01")), "their own order has no pager")
	require.Empty(t, rules.Reach(compliance.Person{ID: "p-new"}), "nothing to reach them by")

	contact, ok := rules.Contact("control-room")
	require.True(t, ok)
	require.Equal(t, "Yard control room, staffed day and night", contact.Title)
	require.Equal(t, []compliance.Account{{Provider: "slack", ID: "C03INCIDENTS"}, {Provider: "mail", ID: "control-room@meridian-freight.example"}}, rules.ReachContact("control-room"))
	require.Empty(t, rules.ReachContact("none"))
}

// I4: whoever a step names can be reached, or the rules are refused.
func TestI4_NobodyIsNamedWhoCannotBePaged(t *testing.T) {
	files := example(t)
	people := string(files[peopleFile].Data)
	silence := func(id, slack, mail string) {
		people = strings.Replace(people, "    email: "+mail+"@meridian-freight.example\n", "", 1)
		people = strings.Replace(people, "      slack: "+slack+"\n", "", 1)
	}
	people = strings.Replace(people, "      pagerduty: PGORAN7\n", "", 1)
	silence("p-alice", "U01ALICE", "alice")
	silence("p-emeka", "U05EMEKA", "emeka")
	silence("p-goran", "U07GORAN", "goran")
	silence("p-hana", "U08HANA", "hana")
	silence("p-jonas", "U10JONAS", "jonas")
	got := problems(t, with(t, map[string]string{peopleFile: people}))
	require.Equal(t, strings.Join([]string{
		`rules/escalation.yaml:8: channels.people.p-hana: p-hana has no account at slack, mail (add an account to the directory, or another channel here)`,
		`rules/escalation.yaml:22: rotations[0].versions[0].members[0]: p-goran cannot be paged: no account at pagerduty, slack, mail (add an account to the directory, or an order of channels for them)`,
		`rules/escalation.yaml:22: rotations[0].versions[0].members[2]: p-jonas cannot be paged: no account at pagerduty, slack, mail (add an account to the directory, or an order of channels for them)`,
		`rules/escalation.yaml:27: rotations[0].versions[1].members[0]: p-jonas cannot be paged: no account at pagerduty, slack, mail (add an account to the directory, or an order of channels for them)`,
		`rules/escalation.yaml:27: rotations[0].versions[1].members[1]: p-goran cannot be paged: no account at pagerduty, slack, mail (add an account to the directory, or an order of channels for them)`,
		`rules/escalation.yaml:29: rotations[0].overrides[0].person: p-jonas cannot be paged: no account at pagerduty, slack, mail (add an account to the directory, or an order of channels for them)`,
		`rules/escalation.yaml:39: rotations[1].versions[0].members[0]: p-emeka cannot be paged: no account at pagerduty, slack, mail (add an account to the directory, or an order of channels for them)`,
		`rules/escalation.yaml:81: policies[1].steps[1].targets[0].name: nobody in the group implementers can be paged (add accounts at the channels to the directory, or name others)`,
		`rules/escalation.yaml:84: policies[1].fallback.name: p-alice cannot be paged: no account at pagerduty, slack, mail (add an account to the directory, or an order of channels for them)`,
	}, "\n"), got.Error())
}

// I27: business days are whole days of the zone, without weekends and holidays,
// also where the clocks change between them.
func TestI27_BusinessDays(t *testing.T) {
	rules, _ := load(t, policy.ExampleFS())
	days, hash, err := rules.Workdays(instant(t, "2026-12-23T12:00:00Z"), instant(t, "2027-01-05T12:00:00Z"))
	require.NoError(t, err)
	require.Len(t, hash, 64)
	var got []string
	for _, d := range days {
		require.Equal(t, 24*time.Hour, d.End.Sub(d.Start))
		got = append(got, d.Start.Format(time.RFC3339))
	}
	require.Equal(t, []string{ // each begins at 23:00 UTC of the day before
		"2026-12-23T23:00:00Z", "2026-12-27T23:00:00Z", "2026-12-28T23:00:00Z", "2026-12-29T23:00:00Z", "2026-12-30T23:00:00Z",
		"2027-01-03T23:00:00Z", "2027-01-04T23:00:00Z",
	}, got)
	p, _ := rules.EscalationPolicy("around-the-clock")
	require.Equal(t, instant(t, "2026-12-31T23:00:00Z"), incident.ReviewDue(p, incident.Sev2, instant(t, "2026-12-23T12:00:00Z"), days))

	// Easter Monday is a holiday, and the clocks changed the day before.
	days, _, err = rules.Workdays(instant(t, "2027-03-26T00:00:00+01:00"), instant(t, "2027-03-31T00:00:00+02:00"))
	require.NoError(t, err)
	require.Equal(t, []compliance.Interval{
		{Start: instant(t, "2027-03-25T23:00:00Z"), End: instant(t, "2027-03-26T23:00:00Z")},
		{Start: instant(t, "2027-03-29T22:00:00Z"), End: instant(t, "2027-03-30T22:00:00Z")},
	}, days)
	_, _, err = rules.Workdays(days[0].Start, days[0].Start)
	require.ErrorContains(t, err, "more than nothing")
	_, _, err = rules.Workdays(days[0].Start, days[0].Start.AddDate(2, 0, 0))
	require.ErrorContains(t, err, "at most 400 days")
	bare := example(t)
	delete(bare, escalationFile)
	bare[organisationFile] = mapFile(calm(t)) // which would have nobody on call
	silent, _ := load(t, bare)
	_, _, err = silent.Workdays(days[0].Start, days[1].Start)
	require.ErrorIs(t, err, policy.ErrNoBusinessDays)
	_, ok := silent.RouteAlert(compliance.AlertEvent{})
	require.False(t, ok)
}

// G1: a reminder's instant is the hour in the owner's zone, the first one after
// a gap where the clocks skip it.
func TestG1_LocalHoursOfAnOwner(t *testing.T) {
	now := instant(t, "2026-11-25T22:30:00Z")
	local, err := policy.Local("Asia/Kolkata", now)
	require.NoError(t, err)
	require.Equal(t, "2026-11-26", local.Today.String(), "it is tomorrow there")
	day := func(s string) certification.Date {
		d, err := certification.ParseDate(s)
		require.NoError(t, err)
		return d
	}
	require.Equal(t, instant(t, "2026-12-01T03:30:00Z"), local.Instant(day("2026-12-01"), 9))
	cairo, err := policy.Local("Africa/Cairo", now)
	require.NoError(t, err)
	require.Equal(t, instant(t, "2026-04-23T22:00:00Z"), cairo.Instant(day("2026-04-24"), 0), "midnight is skipped")
	require.NotEqual(t, local.Hash, cairo.Hash)
	_, err = policy.Local("Asia/Calcuta", now)
	require.ErrorContains(t, err, "not an IANA zone")

	rules, _ := load(t, policy.ExampleFS())
	class, _ := rules.ArtefactClass("soc2")
	tracker := certification.NewTracker("CER-1", "mendix", "soc2-type2", class.Ladder, day("2027-03-31"), now)
	schedule := certification.Resolve(tracker, local, now)
	require.NoError(t, schedule.Check(tracker))
	require.Equal(t, instant(t, "2026-12-31T03:30:00Z"), schedule.Rungs[0].At)
}
