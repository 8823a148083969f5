package tests

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// connect puts a relay, or what counts, between the processes and every side
// that they call or that calls them, and returns how they reach them.
func (c *crashWorld) connect() (ofWorker, ofGateway harness.Env) {
	site := c.w.Site
	relay := func(name, target string, of func(*http.Request) string) string {
		r, err := harness.NewRelay(c.t, target, of)
		require.NoError(c.t, err)
		c.taps[name] = r
		return r.URL
	}
	slack := strings.TrimSuffix(site.SlackURL, "/api/")
	pager, err := url.Parse(site.PagerDutyURL)
	require.NoError(c.t, err)
	plain := func(r *http.Request) string { return r.Method + " " + r.URL.Path }
	ofWorker = harness.Env{
		"SLACK_API_URL": relay(relaySlackWorker, slack, slackStep) + "/api/", "JIRA_URL": relay(relayJiraWorker, site.JiraURL, jiraStep),
		"PAGERDUTY_EVENTS_URL": relay(relayPagerDuty, "http://"+pager.Host, plain) + pager.Path,
	}
	for _, i := range c.fleet.Instances {
		ref := "PLATFORM_" + strings.ToUpper(strings.ReplaceAll(i.Name, "-", "_"))
		ofWorker[ref+"_URL"] = relay(relayPlatform+i.Name, i.URL, platformStep)
	}
	mails := harness.NewTap()
	site.Mail.OnTaken(func() { mails.Pass(context.Background(), "mail") })
	c.taps[tapMail] = mails
	ofGateway = harness.Env{"SLACK_API_URL": relay(relaySlackGateway, slack, slackStep) + "/api/"}
	site.Connect(relay(relayToGateway, c.w.Gateway, func(r *http.Request) string { return r.URL.Path }))
	return ofWorker, ofGateway
}

// relay is one of the relays, to give it more to do.
func (c *crashWorld) relay(name string) *harness.Relay {
	r, ok := c.taps[name].(*harness.Relay)
	require.True(c.t, ok, name)
	return r
}

var canaryOfProbe = regexp.MustCompile(`/countersign-canary-[0-9a-f]+`)

// platformStep tells a deployment from the writes of a probe: only it replaces
// everything.
func platformStep(r *http.Request) string {
	step := r.Method + " " + canaryOfProbe.ReplaceAllString(r.URL.Path, "/canary")
	if kind := r.Header.Get("Node-RED-Deployment-Type"); kind != "" {
		step += " " + kind
	}
	return step
}

func slackStep(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/api/") }

var jiraIssue = regexp.MustCompile(`/issue/[^/]+`)

func jiraStep(r *http.Request) string {
	return r.Method + " " + jiraIssue.ReplaceAllString(strings.TrimPrefix(r.URL.Path, "/rest/api/2"), "/issue/…")
}
