package tests

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
)

// examined runs a checkup at the command line and gives its exit code, what it
// found by part and item, and what it told meanwhile.
func examined(w *harness.World, args ...string) (code int, found map[string]checkup.Check, notes string) {
	w.T.Helper()
	var out, errs bytes.Buffer
	code = commands.Run(context.Background(), append(args, "--output", "json", "--timeout", "90s"), strings.NewReader(""), &out, &errs, w.Env().Environ())
	var report checkup.Report
	require.NoError(w.T, json.Unmarshal(out.Bytes(), &report), "%s%s", out.String(), errs.String())
	found = map[string]checkup.Check{}
	for _, c := range report.Checks {
		_, twice := found[c.Part+"/"+c.Item]
		require.False(w.T, twice, "%s/%s", c.Part, c.Item)
		found[c.Part+"/"+c.Item] = c
	}
	for name, secret := range w.Env() {
		if strings.HasSuffix(name, "_TOKEN") || strings.HasSuffix(name, "_SECRET") || strings.HasSuffix(name, "_KEY") {
			require.NotContains(w.T, out.String()+errs.String(), secret, name)
		}
	}
	return code, found, errs.String()
}

// examinedAtWork is the doctor's report once every worker is known to the engine,
// which it is from its first question on.
func examinedAtWork(w *harness.World) (code int, found map[string]checkup.Check) {
	for limit := time.Now().Add(harness.StoryWithin); ; {
		code, found, _ = examined(w, "doctor")
		idle := false
		for _, c := range found {
			idle = idle || c.Reason == checkup.NoWorker
		}
		if !idle || time.Now().After(limit) {
			return code, found
		}
	}
}

// right are checks that must have come to OK.
func right(t *testing.T, found map[string]checkup.Check, items ...string) {
	t.Helper()
	for _, item := range items {
		require.Equal(t, checkup.OK, found[item].Result, "%s: %+v", item, found[item])
	}
}

func TestDoctorLooksAtAWholeInstallation(t *testing.T) {
	t.Parallel()
	p := newNewsroom(t, harness.WorldOptions{})
	code, found, _ := examined(p.World, "doctor")
	require.Equal(t, commands.ExitRefused, code, "nobody works here yet")
	right(t, found, "engine/server", "engine/namespace", "engine/search attributes")
	for _, queue := range []string{"workflows", "evidence", "messages", "tickets", "pages", "platforms", "feeds"} {
		require.Equal(t, checkup.NoWorker, found["workers/queue "+queue].Reason, queue)
		require.Contains(t, found["workers/queue "+queue].Mend, "-role ")
	}
	require.Len(t, found, 10, "%+v", found)

	p.Run(app.RoleAll)
	code, found = examinedAtWork(p.World)
	right(t, found, "engine/search attributes", "workers/queue workflows", "workers/queue feeds", "policy/files", "gateway/public address",
		"evidence/log", "evidence/anchors", "advisories/feed known-exploited", "osv/address", "oidc/provider", "mail/mail server", "mail/sender",
		"slack/token", "slack/scopes", "slack/channel changes", "slack/requests at the gateway", "slack/clock",
		"jira/token", "jira/permissions in OPS", "jira/fields of Change", "jira/statuses of Incident", "jira/requests at the gateway",
		"pagerduty/routing key", "pagerduty/requests at the gateway")
	for item, c := range found { // nothing of this world is wrong but what it leaves out
		if c.Result == checkup.Mend {
			require.Equal(t, checkup.NotSet, c.Reason, "%s: %+v", item, c)
			require.Contains(t, item, "node-red/target YARD_")
		}
	}
	require.Equal(t, checkup.NotSet, found["node-red/target YARD_GATE"].Reason)
	require.Equal(t, commands.ExitRefused, code, "the platforms are not configured")

	// Setting up one vendor asks for that one only, and ends well when nothing is to mend.
	code, found, _ = examined(p.World, "setup", "slack")
	require.Equal(t, commands.ExitOK, code, "%+v", found)
	for item := range found {
		require.Contains(t, item, "slack/")
	}
	p.Site.Slack.AddChannel(slacktest.Channel{ID: p.Channel("changes"), Name: "changes", WithoutApp: true})
	code, found, _ = examined(p.World, "setup", "slack")
	require.Equal(t, commands.ExitRefused, code)
	require.Equal(t, checkup.Different, found["slack/channel changes"].Reason)
	require.Contains(t, found["slack/channel changes"].Mend, "/invite")

	code, found, _ = examined(p.World, "setup", "jira")
	require.Equal(t, commands.ExitOK, code, "%+v", found)
	p.Site.Jira.Fail(faults.Fault{Kind: faults.HTML, Op: "getCurrentUser"})
	code, found, _ = examined(p.World, "setup", "jira")
	require.Equal(t, commands.ExitRefused, code)
	require.Equal(t, checkup.ElsewhereAPI, found["jira/token"].Reason)
}

// An engine that is away is a line of the report, too, and has the exit code of
// everything that could not be reached.
func TestDoctorSaysThatTheEngineIsAway(t *testing.T) {
	var out, errs bytes.Buffer
	code := commands.Run(t.Context(), []string{"doctor", "--output", "json", "--timeout", "2s"}, strings.NewReader(""), &out, &errs,
		[]string{"TEMPORAL_ADDRESS=127.0.0.1:1", "TEMPORAL_CONFIG_FILE=/dev/null"})
	require.Equal(t, commands.ExitUnreachable, code)
	var report checkup.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report))
	require.Len(t, report.Checks, 1)
	require.Equal(t, checkup.Unreachable, report.Checks[0].Reason)
	require.Contains(t, report.Checks[0].Mend, "TEMPORAL_ADDRESS")
}
