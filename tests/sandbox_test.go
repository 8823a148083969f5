package tests

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/tests/harness"
)

// The example's channel for changes.
const changesPage = "/slack/C01CHANGES"

// `go run ./cmd/sandbox --demo=change` tells a whole change and proves it.
func TestSandbox_DemoOfAChange(t *testing.T) {
	t.Parallel()
	cmd := harness.SandboxCommand(t, "--demo=change")
	out, errs, err := output(cmd, 5*time.Minute)
	require.NoError(t, err, "%s%s", out, errs)
	for _, line := range []string{
		"opens ticket OPS-", "posts a card in #changes", "Refused: You requested this change",
		"Level 1 has its quorum", ": Waiting", ": Implementing", ": Done",
		"Evidence of CHG-1 (", "refused      Emeka Brandt", "→ closed", "\nVERIFIED", "CHG-1 to CHG-1, no gaps", "1 closed",
	} {
		require.Contains(t, out, line)
	}
	require.NotContains(t, out, "NOT VERIFIED")
	require.Empty(t, errs, "nothing but the story is printed")
}

// `go run ./cmd/sandbox --demo` tells all six processes, says under which policy,
// and proves each.
func TestSandbox_DemoOfEverything(t *testing.T) {
	t.Parallel()
	out, errs, err := output(harness.SandboxCommand(t, "--demo"), 5*time.Minute)
	require.NoError(t, err, "%s%s", out, errs)
	for _, line := range []string{
		"a policy for the demo", "a ring soaks for 3s instead of 4 and 24 hours",
		"== A change", "Level 1 has its quorum",
		"== A vendor's report", "You recorded the receipt of this document", "Refused: A vendor that this system rests on lacks a document", "starts: the vendor is covered",
		"== An exception", "Refused: You own this exception", "EXC-1 excuses nothing from this moment on",
		"== An incident", "PagerDuty calls Goran", "Paging has stopped", "PagerDuty is silent", "Refused: The linked change does not exist", "You wrote the review",
		"== A patch", "Ring 1, staging", "Ring 3, production (yard-chicago, yard-gate)", "Every target serves 2.0 now", "Its smoke test fails on the first ring",
		"== An edit by hand", "The next look finds it: OBS-1 in #changes", "Refused: Nothing is on record under this number", "explains it by INC-2", "The next look finds nothing new",
		"Evidence of CHG-1", "Evidence of CER-", "Evidence of EXC-1", "Evidence of INC-1", "Evidence of PAT-1", "Evidence of PAT-2", "Evidence of OBS-1",
		"\nVERIFIED", "1 completed, 1 rolled back", "INC: 2, INC-1 to INC-2, no gaps",
	} {
		require.Contains(t, out, line)
	}
	require.NotContains(t, out, "NOT VERIFIED")
	require.Empty(t, errs, "nothing but the stories is printed")
}

// A story that does not exist is named, with those that do.
func TestSandbox_DemoOfWhatIsNotThere(t *testing.T) {
	_, errs, err := output(harness.SandboxCommand(t, "--demo=posture"), time.Minute)
	require.Error(t, err)
	require.Contains(t, errs, `there is no story "posture": choose from change, certification, exception, incident, patch, observation, or all`)
}

// Node-RED itself takes the place of its stand-in when it is asked for.
func TestSandbox_DemoOnNodeREDItself(t *testing.T) {
	t.Parallel()
	install := noderedtest.Need(t)
	cmd := harness.SandboxCommand(t, "--demo=patch", "--nodered")
	cmd.Env = append(cmd.Env, noderedtest.InstallVariable+"="+install)
	out, errs, err := output(cmd, 5*time.Minute)
	require.NoError(t, err, "%s%s", out, errs)
	require.Contains(t, out, "on Node-RED itself")
	require.Contains(t, out, "Every target serves 2.0 now")
	require.Contains(t, out, "\nVERIFIED")
}

// A change survives the death of everything: a submitted ticket whose webhook
// nobody had answered yet, and votes given before. Nothing is doubled.
func TestSandbox_GoesOnAfterKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := harness.StartSandbox(t, dir)
	status, ticket := s.Visit(t, "p-jonas").Send("/jira/new", ticketForm(nil))
	require.Equal(t, http.StatusOK, status)
	issue := ticketPage(t, ticket)
	s.Kill()

	s = harness.StartSandbox(t, dir)
	bruno := s.Visit(t, "p-bruno")
	page := bruno.Await(changesPage, offering("approve"))
	require.Equal(t, 1, strings.Count(page, `value="approve"`), "one live card")
	act(t, bruno, "approve", confirm())
	s.Kill()

	s = harness.StartSandbox(t, dir)
	chidi := s.Visit(t, "p-chidi")
	require.Contains(t, chidi.Page(changesPage), "Bruno Keller")
	act(t, chidi, "approve", confirm())
	farah := s.Visit(t, "p-farah")
	farah.Await(changesPage, func(body string) bool { return strings.Contains(body, "level 2 of 2") })
	act(t, farah, "approve", confirm())
	goran := s.Visit(t, "p-goran")
	act(t, goran, "start", url.Values{"in.ready": {"yes"}})
	act(t, goran, "finish", url.Values{"in.result": {"succeeded"}, "in.note": {"Looked at it"}})
	goran.Await(issue, func(body string) bool { return strings.Contains(body, `lozenge good">Done<`) })

	proof := goran.Await("/evidence/CHG-1", func(body string) bool { return strings.Contains(body, "final") || strings.Contains(body, "→ closed") })
	require.Contains(t, proof, "✓ Verified")
	require.Equal(t, 3, strings.Count(proof, `class="kind">decided<`), "three votes, none lost or doubled")
	require.Equal(t, 1, strings.Count(goran.Page(changesPage), `class="message app"`), "one card")
	s.Stop(t)
}

// Who requests a change is told beside the form why they cannot approve it.
func TestSandbox_RefusalStandsBesideTheInput(t *testing.T) {
	s := harness.StartSandbox(t, t.TempDir())
	jonas := s.Visit(t, "p-jonas")
	jonas.Send("/jira/new", ticketForm(nil))
	view := press(t, jonas, "approve")
	status, page := jonas.Send(changesPage, with(confirm(), "do", "submit", "view", view))
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, page, `class="error"`)
	require.Contains(t, page, "You requested this change, so somebody else has to decide on it.")

	// Text of people stays text.
	_, page = jonas.Send("/jira/new", ticketForm(url.Values{"f.title": {`<script>alert("x")</script> & *more*`}}))
	require.NotContains(t, page, "<script>alert")
	page = jonas.Await(changesPage, func(body string) bool { return strings.Contains(body, "alert(&#34;x&#34;)") })
	require.NotContains(t, page, "<script>alert")
}

// A port in use is named, with the flag that chooses another.
func TestSandbox_PortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	taken := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	for _, flag := range []string{"--port", "--gateway-port", "--jira-port", "--temporal-port"} {
		_, errs, err := output(harness.SandboxCommand(t, append(append([]string{"--dir", t.TempDir()}, harness.FreePorts()...), flag, taken)...), time.Minute)
		require.Error(t, err, flag)
		require.Contains(t, errs, "port "+taken)
		require.Contains(t, errs, "another port with "+flag)
	}
}

// A second sandbox in the same directory is told where the first one is, before it
// touches anything of it; once the first was killed, it starts.
func TestSandbox_TwiceInOneDirectory(t *testing.T) {
	dir := t.TempDir()
	first := harness.StartSandbox(t, dir)
	out, errs, err := output(harness.SandboxCommand(t, append([]string{"--dir", dir}, harness.FreePorts()...)...), time.Minute)
	require.Error(t, err)
	require.Contains(t, errs, "another sandbox runs in "+dir)
	require.Contains(t, errs, "at "+first.URL+": open it")
	require.NotContains(t, out, "starting", "nothing of it was begun")
	first.Kill()
	harness.StartSandbox(t, dir).Stop(t)
}

// A mistake on the command line, or a directory that cannot be used, says what to do.
func TestSandbox_StartsThatCannotBe(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(taken, nil, 0o600))
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"no such flag":      {[]string{"--bogus"}, "sandbox --help lists what there is"},
		"no such port":      {[]string{"--port", "70000"}, "--port 70000: a port is a number from 1 to 65535, or 0 for a free one"},
		"a file":            {[]string{"--dir", taken}, "name a directory that you may write to with --dir"},
		"below a file":      {[]string{"--dir", filepath.Join(taken, "x")}, "name a directory that you may write to with --dir"},
		"no such log level": {[]string{"--log-level", "loud"}, "use debug, info, warn, error or never"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append(append([]string{"--dir", t.TempDir()}, harness.FreePorts()...), c.flags...)
			_, errs, err := output(harness.SandboxCommand(t, args...), time.Minute)
			require.Error(t, err)
			require.Contains(t, errs, c.want)
		})
	}
}

// A vendor's settings make that vendor the real one; what is missing is named.
func TestSandbox_RealVendorNeedsAllItsSettings(t *testing.T) {
	cmd := harness.SandboxCommand(t, append([]string{"--dir", t.TempDir()}, harness.FreePorts()...)...)
	cmd.Env = append(cmd.Env, "SLACK_BOT_TOKEN=xoxb-some-token")
	_, errs, err := output(cmd, time.Minute)
	require.Error(t, err)
	require.Contains(t, errs, "SLACK_SIGNING_SECRET is not set")
	require.NotContains(t, errs, "JIRA_")
	require.NotContains(t, errs, "xoxb-some-token")
}

// ticketForm is the form of a new ticket, filled in and submitted.
func ticketForm(more url.Values) url.Values {
	form := url.Values{"do": {"submit"}}
	for name, value := range harness.Ticket(nil) {
		form.Set("f."+name, value)
	}
	for name, values := range more {
		form[name] = values
	}
	return form
}

// ticketPage is the address of the ticket that a page shows. Its number is not
// always the first: renewals that the policy asks for have tickets, too.
func ticketPage(t *testing.T, page string) string {
	t.Helper()
	key := regexp.MustCompile(`<title>(OPS-[0-9]+)`).FindStringSubmatch(page)
	require.NotNil(t, key, "%s", page)
	return "/jira/" + key[1]
}

// confirm ticks the statements of an approval.
func confirm() url.Values {
	return url.Values{"in.tests": {"yes"}, "in.risk": {"yes"}, "in.rollback": {"yes"}}
}

func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// offering is satisfied by a page with a button for the action.
func offering(action string) func(string) bool {
	return func(body string) bool { return strings.Contains(body, `name="action" value="`+action+`"`) }
}

// press presses the newest card's button and returns the id of the form it opened.
func press(t *testing.T, v *harness.Visitor, action string) string {
	t.Helper()
	return pressIn(t, v, changesPage, action)
}

func pressIn(t *testing.T, v *harness.Visitor, channel, action string) string {
	t.Helper()
	page := v.Await(channel, offering(action))
	ts := regexp.MustCompile(`name="ts" value="([0-9.]+)"`).FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, ts)
	_, page = v.Send(channel, url.Values{"do": {"press"}, "ts": {ts[len(ts)-1][1]}, "action": {action}})
	view := regexp.MustCompile(`name="view" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, view, "no form was opened:\n%s", page)
	return view[1]
}

// act presses, fills in and submits, and puts away the outcome.
func act(t *testing.T, v *harness.Visitor, action string, answers url.Values) {
	t.Helper()
	actIn(t, v, changesPage, action, answers)
}

func actIn(t *testing.T, v *harness.Visitor, channel, action string, answers url.Values) {
	t.Helper()
	view := pressIn(t, v, channel, action)
	page, taken := "", false
	for range patience {
		var status int
		status, page = v.Send(channel, with(answers, "do", "submit", "view", view))
		require.Equal(t, http.StatusOK, status, "%s", page)
		// "Received" is the answer while the worker is still coming up.
		if taken = strings.Contains(page, "Recorded") || strings.Contains(page, "Received"); taken {
			break
		}
		require.Contains(t, page, "Nothing was recorded")
	}
	require.True(t, taken, "%s", page)
	v.Send(channel, url.Values{"do": {"close"}, "view": {view}})
}

// patience is how often a person sends a form that was answered with "Nothing
// was recorded", which on a busy machine is the truth right after a start.
const patience = 10

// output runs a program to its end.
func output(cmd *exec.Cmd, within time.Duration) (out, errs string, err error) {
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Start(); err != nil {
		return "", "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	err = cmd.Wait()
	return o.String(), e.String(), err
}
