package tests

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/tests/harness"
)

const (
	vendorsPage   = "/slack/C04VENDORS"
	platformsPage = "/platforms"
)

// quickPlace is a directory for a sandbox in which rings soak for seconds and
// Goran is on call, whatever day it is.
func quickPlace(t *testing.T, delays ...string) string {
	t.Helper()
	dir := t.TempDir()
	rules := filepath.Join(dir, "policy")
	require.NoError(t, policy.WriteExample(rules))
	harness.QuickRings(t, 2*time.Second)(rules)
	harness.OnCall(t, rules, "p-goran", delays...)
	return dir
}

// says is satisfied by a page with all of these texts.
func says(texts ...string) func(string) bool {
	return func(body string) bool {
		for _, text := range texts {
			if !strings.Contains(body, text) {
				return false
			}
		}
		return true
	}
}

// An alert is sent on the page of monitoring, PagerDuty calls whoever is on call,
// and everything survives a crash in between: what was called, the incident's
// channel, its ticket. It is acknowledged at PagerDuty, and ends in Slack.
func TestSandbox_AnIncidentOnItsPages(t *testing.T) {
	t.Parallel()
	dir := quickPlace(t)
	s := harness.StartSandbox(t, dir)
	jonas := s.Visit(t, "p-jonas")
	alert := url.Values{"do": {"fire"}, "name": {"Orders <hang>"}, "system": {"order-portal"}, "severity": {"critical"}, "summary": {"Since noon"}}
	status, page := jonas.Send("/alerts", alert)
	require.Equal(t, http.StatusOK, status, "%s", page)
	require.Contains(t, page, "firing")
	require.Contains(t, page, "Orders &lt;hang&gt;")
	goran := s.Visit(t, "p-goran")
	goran.Await("/pager", says("Orders &lt;hang&gt;", "triggered", `value="acknowledge"`))
	jonas.Await("/alerts", says("INC-1", "Goran Petrov, reached by pagerduty"))
	s.Kill()

	s = harness.StartSandbox(t, dir)
	goran, jonas = s.Visit(t, "p-goran"), s.Visit(t, "p-jonas")
	page = goran.Await("/pager", says("Orders &lt;hang&gt;"))
	call := regexp.MustCompile(`name="call" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, call)
	status, page = goran.Send("/pager", url.Values{"do": {"acknowledge"}, "call": {call[1]}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	goran.Await("/alerts", says("INC-1", "acknowledged", "<td>Goran Petrov</td>", "/slack/C0", "/jira/OPS-"))
	status, page = jonas.Send("/pager", url.Values{"do": {"acknowledge"}, "call": {call[1]}})
	require.Equal(t, http.StatusForbidden, status, "who has no account there cannot answer there: %s", page)

	room := regexp.MustCompile(`href="(/slack/C0[0-9A-F]+)">Channel`).FindStringSubmatch(goran.Page("/alerts"))
	require.NotNil(t, room)
	actOn(t, goran, room[1], "INC-1", "resolve", url.Values{"in.note": {"Orders flow again"}})
	goran.Await("/alerts", says("resolved"))
	jonas.Await(room[1], says("Join"))
	_, page = jonas.Send(room[1], url.Values{"do": {"join"}})
	require.Contains(t, page, "or /incident")
	status, page = jonas.Send("/alerts", with(alert, "do", "resolve"))
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, ">over<")
	s.Stop(t)
}

// A slash command in a channel opens the declaration; nobody on PagerDuty is paged
// by a direct message, which only they see, and acknowledges there.
func TestSandbox_DeclaredInSlackAndPagedThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rules := filepath.Join(dir, "policy")
	require.NoError(t, policy.WriteExample(rules))
	harness.OnCall(t, rules, "p-bruno")
	s := harness.StartSandbox(t, dir)
	hana := s.Visit(t, "p-hana")
	status, page := hana.Send(changesPage, url.Values{"do": {"say"}, "text": {"/incident The yard stands still"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	require.Contains(t, page, "Declare an incident")
	require.Contains(t, page, `value="The yard stands still"`, "what was written behind the command is filled in")
	view := regexp.MustCompile(`name="view" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, view)
	status, page = hana.Send(changesPage, url.Values{"do": {"submit"}, "view": {view[1]}, "in.title": {"The yard stands still"}, "in.system": {"claims-desk"}, "in.severity": {"sev2"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	require.Contains(t, page, "is declared")
	hana.Send(changesPage, url.Values{"do": {"close"}, "view": {view[1]}})

	status, page = hana.Send(changesPage, url.Values{"do": {"say"}, "text": {"/coffee"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	require.Regexp(t, `message private"[^\n]*This command is not known here. Nothing was done.`, page, "the app's answer is for her only")
	status, page = hana.Send(changesPage, url.Values{"do": {"say"}, "text": {"Is <anybody> there?"}})
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Is &lt;anybody&gt; there?")

	bruno := s.Visit(t, "p-bruno")
	toDirect := regexp.MustCompile(`href="(/slack/D[0-9A-F]+)"`)
	direct := toDirect.FindStringSubmatch(bruno.Await("/pager", toDirect.MatchString))
	require.NotContains(t, hana.Page(changesPage), direct[1], "others do not see it")
	stamp := regexp.MustCompile(`name="ts" value="([0-9.]+)"`)
	ts := stamp.FindStringSubmatch(bruno.Await(direct[1], stamp.MatchString))
	status, page = bruno.Send(direct[1], url.Values{"do": {"press"}, "ts": {ts[1]}, "action": {"acknowledge"}})
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "Only you can see this")
	require.Contains(t, page, "Paging has stopped")
	bruno.Await("/alerts", says("acknowledged", "<td>Bruno Keller</td>"))
	s.Stop(t)
}

// A rollout begun on the page of platforms goes through the rings; one that meets
// an installation that refuses saves is held, over a crash too, and goes on after
// it was mended and somebody resumed it.
func TestSandbox_ARolloutOnItsPages(t *testing.T) {
	t.Parallel()
	dir := quickPlace(t)
	s := harness.StartSandbox(t, dir)
	jonas := s.Visit(t, "p-jonas")
	page := jonas.Page(platformsPage)
	for _, text := range []string{"yard-staging", "yard-canary", "yard-chicago", "yard-gate", "yard-dev", "yard-scratch", `&#34;version&#34;:&#34;1.0&#34;`} {
		require.Contains(t, page, text)
	}
	rollOut(t, s, "2.0")
	page = jonas.Await(platformsPage, says("PAT-1", "completed", "flows-smoke: pass"))
	require.Equal(t, 5, strings.Count(page, `&#34;version&#34;:&#34;2.0&#34;`), "four targets and the source")

	status, page := jonas.Send(platformsPage+"/yard-staging", url.Values{"do": {"break"}, "trouble": {"refuses"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	rollOut(t, s, "2.1")
	jonas.Await(platformsPage, says("PAT-2", "held"))
	s.Kill()

	s = harness.StartSandbox(t, dir)
	jonas = s.Visit(t, "p-jonas")
	page = jonas.Await(platformsPage, says("PAT-2", "held"))
	require.Contains(t, page, `<option value="refuses" selected>`, "what was broken stays broken")
	require.Contains(t, page, `&#34;version&#34;:&#34;2.0&#34;`, "and what was served stays served")
	jonas.Send(platformsPage+"/yard-staging", url.Values{"do": {"break"}, "trouble": {"fine"}})
	actOn(t, s.Visit(t, "p-emeka"), changesPage, "PAT-2", "resume", url.Values{"in.how": {"retest"}, "in.reason": {"The disk is writable again"}})
	page = jonas.Await(platformsPage, func(body string) bool { return strings.Count(body, "completed") >= 2 })
	require.Equal(t, 5, strings.Count(page, `&#34;version&#34;:&#34;2.1&#34;`))

	// Monitoring finds an installation unwell: the rollout is told, and comes back.
	jonas.Send(platformsPage+"/yard-canary", url.Values{"do": {"break"}, "trouble": {"starting"}}) // so that it gets no further
	rollOut(t, s, "2.2")
	jonas.Await(platformsPage, func(body string) bool {
		_, row, _ := strings.Cut(body, ">PAT-3<")
		row, _, _ = strings.Cut(row, "</tr>")
		return strings.Contains(row, "staging: proven")
	})
	status, page = jonas.Send("/alerts", url.Values{"do": {"fire"}, "name": {"yard-staging is unwell"}, "system": {"yard-flows"}, "severity": {"error"}, "target": {"yard-staging"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	page = jonas.Await(platformsPage, says("PAT-3", "rolled back"))
	require.Equal(t, 3, strings.Count(page, `&#34;version&#34;:&#34;2.1&#34;`), "what was deployed is back; the canary shows a page, the source the new version")
	status, _ = jonas.Send("/alerts", url.Values{"do": {"fire"}, "name": {"x"}, "severity": {"error"}, "target": {"nowhere"}})
	require.Equal(t, http.StatusUnprocessableEntity, status)

	// By hand, and with trouble that a stand-in does not know.
	_, page = jonas.Send(platformsPage+"/yard-gate", url.Values{"do": {"edit"}})
	require.Contains(t, page, "edited by hand")
	for _, form := range []url.Values{{"do": {"break"}, "trouble": {"fire"}}, {"do": {"explode"}}, {"do": {"save"}, "version": {""}, "health": {"works"}}} {
		status, _ = jonas.Send(platformsPage+"/yard-gate", form)
		require.Equal(t, http.StatusUnprocessableEntity, status, "%v", form)
	}
	status, _ = jonas.Send(platformsPage+"/nowhere", url.Values{"do": {"edit"}})
	require.Equal(t, http.StatusNotFound, status)
	s.Stop(t)
}

// rollOut has Jonas begin a rollout of a version, and its change approved.
func rollOut(t *testing.T, s *harness.Sandbox, version string) {
	t.Helper()
	status, page := s.Visit(t, "p-jonas").Send(platformsPage+"/yard-dev", url.Values{"do": {"rollout"}, "version": {version}, "health": {"works"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	title := "Roll out Yard sensor flows " + version
	actOn(t, s.Visit(t, "p-bruno"), changesPage, title, "approve", confirm())
	actOn(t, s.Visit(t, "p-chidi"), changesPage, title, "approve", confirm())
	farah := s.Visit(t, "p-farah")
	farah.Await(changesPage, func(body string) bool {
		for _, m := range strings.Split(body, `<article class="message`) {
			if strings.Contains(m, title) && strings.Contains(m, "level 2 of 2") {
				return true
			}
		}
		return false
	})
	actOn(t, farah, changesPage, title, "approve", confirm())
}

// A document that is needed in a week is chased at once; whoever records that it
// came does not accept it.
func TestSandbox_AVendorOnItsPages(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, t.TempDir())
	bruno := s.Visit(t, "p-bruno")
	bruno.Await("/vendors", says("SOC 2 Type II of the Mendix cloud", "needed by 2036-03-31", "Next rung"))
	status, page := bruno.Send("/vendors", url.Values{"vendor": {"mendix"}, "class": {"pen-test"}, "title": {"Letter <of> testers"}, "due": {"7"}})
	require.Equal(t, http.StatusOK, status, "%s", page)
	page = bruno.Await("/vendors", says("Letter &lt;of&gt; testers", "7 days before"))
	require.Contains(t, page, `class="next"`)
	bruno.Await(vendorsPage, says("Letter &lt;of&gt; testers"))
	bruno.Await("/jira", says("Letter &lt;of&gt; testers"))
	for _, form := range []url.Values{{"vendor": {"nobody"}, "class": {"soc2"}, "due": {"7"}}, {"vendor": {"mendix"}, "class": {"soc2"}, "due": {"8"}}} {
		status, _ = bruno.Send("/vendors", form)
		require.Equal(t, http.StatusUnprocessableEntity, status)
	}
	day := func(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }
	actOn(t, bruno, vendorsPage, "Letter &lt;of&gt; testers", "receive", url.Values{"in.from": {day(-300)}, "in.to": {day(65)}, "in.document": {"vault://letter"}, "in.kind": {"renewal"}})
	actOn(t, bruno, vendorsPage, "Letter &lt;of&gt; testers", "review", nil)
	until := time.Now().Add(harness.StoryWithin)
	for status = 0; status != http.StatusUnprocessableEntity && time.Now().Before(until); { // a slow answer follows on the card
		view := pressOn(t, bruno, vendorsPage, "Letter &lt;of&gt; testers", "accept")
		status, page = bruno.Send(vendorsPage, url.Values{"do": {"submit"}, "view": {view}, "in.read": {"yes"}})
		bruno.Send(vendorsPage, url.Values{"do": {"close"}, "view": {view}})
	}
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, page, "somebody else has to accept it")
	alice := s.Visit(t, "p-alice")
	actOn(t, alice, vendorsPage, "Letter &lt;of&gt; testers", "accept", url.Values{"in.read": {"yes"}})
	alice.Await("/vendors", says("covered until "+day(65)))
	s.Stop(t)
}

// pressOn presses the button of the newest message that says this, and returns
// the id of the form it opened.
func pressOn(t *testing.T, v *harness.Visitor, channel, text, action string) string {
	t.Helper()
	card := func(body string) string {
		found := ""
		for _, m := range strings.Split(body, `<article class="message`) {
			if strings.Contains(m, text) && offering(action)(m) {
				found = m
			}
		}
		return found
	}
	page := v.Await(channel, func(body string) bool { return card(body) != "" })
	ts := regexp.MustCompile(`name="ts" value="([0-9.]+)"`).FindStringSubmatch(card(page))
	require.NotNil(t, ts)
	_, page = v.Send(channel, url.Values{"do": {"press"}, "ts": {ts[1]}, "action": {action}})
	view := regexp.MustCompile(`name="view" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, view, "no form was opened:\n%s", page)
	return view[1]
}

// slow is what a member is told when the app does not answer in time.
const slow = "did not answer within 3 seconds"

func actOn(t *testing.T, v *harness.Visitor, channel, text, action string, answers url.Values) {
	t.Helper()
	if answers == nil {
		answers = url.Values{}
	}
	view := pressOn(t, v, channel, text, action)
	status, page := v.Send(channel, with(answers, "do", "submit", "view", view))
	if !strings.Contains(page, slow) { // what took too long counts all the same, and the story's next wait is for it
		require.Equal(t, http.StatusOK, status, "%s", page)
	}
	v.Send(channel, url.Values{"do": {"close"}, "view": {view}})
}
