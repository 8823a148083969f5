package tests

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/starter/commands"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/exception"
)

// termsOfYears allow exceptions that last for two years in all.
const termsOfYears = `apiVersion: countersign/v1
kind: exceptions
channel: security
terms:
  - {controls: [gate/*], approvers: [change-board, security], max_days: 240, max_renewals: 2, recheck_every: 120}
`

// excused is a world with one exception, as somebody sees it.
type excused struct {
	*harness.World
	subject string
	today   certification.Date
	passed  time.Duration // how far the exception's clock was advanced
}

// is waits until the exception stands so.
func (w *excused) is(state exception.State) process.Standing {
	w.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	var s process.Standing
	for {
		if v, err := w.Client.QueryWorkflow(ctx, w.subject, "", process.QueryStanding); err == nil {
			require.NoError(w.T, v.Get(&s))
			if s.State == state {
				return s
			}
		}
		select {
		case <-ctx.Done():
			require.FailNow(w.T, "the exception never stood as expected", "%s: %+v", state, s)
		case <-time.After(50 * time.Millisecond): // a query's answer announces itself to nobody
		}
	}
}

// until lets the exception live up to noon of a day so many days from now.
func (w *excused) until(days int) {
	w.T.Helper()
	year, month, date := w.today.Add(days).Civil()
	d := time.Date(year, month, date, 12, 0, 0, 0, time.UTC).Sub(time.Now()) - w.passed
	require.Positive(w.T, d)
	harness.Advance(w.T, w.Client, "default", w.subject, d)
	w.passed += d
}

// does presses a button of the card and fills in its form.
func (w *excused) does(who, action string, answers map[string]string) {
	w.T.Helper()
	w.Do(who, w.Card("EXC-1", harness.Offers(action)), action, answers)
}

// Two years of an exception on the real server, with its clock skipping: asked for
// in Slack, refused to its owner, granted, checked, expired and renewed with its
// original start, renewed again in time, and over when the compensating control fails;
// everybody is told each week until it is remedied. Each part is on record and was
// said exactly once (A16 to A18).
func TestA16_TwoYearsOfExceptions(t *testing.T) {
	t.Parallel()
	w := &excused{World: harness.NewWorld(t, harness.WorldOptions{Forgetful: true, Policy: func(dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "rules", "exceptions.yaml"), []byte(termsOfYears), 0o600))
	}})}
	w.Run(app.RoleAll)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	w.today = certification.DateOf(time.Now().In(berlin))
	day := func(n int) string { return w.today.Add(n).String() }

	view, err := w.Site.Slack.Command(w.Slack("goran"), w.Channel("changes"), "/exception", "gate/tests")
	require.NoError(t, err)
	asked := map[string]string{
		"control": "gate/tests", "system": "order-portal", "reason": "The suite is being rebuilt", "compensating": "Two people read each change",
		"owner": "bruno keller", "verifier": "p-hana", "since": day(-30), "until": day(240),
	}
	result, err := w.Site.Slack.Submit(w.Slack("goran"), view, asked)
	require.NoError(t, err)
	require.Empty(t, result.Errors)
	card := w.Card("EXC-1", harness.Offers("approve"))
	w.subject = w.subjectOf("EXC-1")
	refused := w.Try("bruno", card, "approve", nil)
	require.Contains(t, refused.Text+strings.Join(slices.Collect(maps.Values(refused.Errors)), " "), exception.IsOwner.Text())
	w.does("farah", "approve", nil)
	w.is(exception.InForce)
	w.Card("EXC-1", harness.Says("In force until "+day(240)))

	// The first period: answered for once, not remedied, over, and renewed late.
	w.until(125)
	w.does("hana", "confirm", map[string]string{"note": "Read the reviews of the quarter, in the wiki"})
	w.until(242)
	s := w.is(exception.Reopened)
	require.Equal(t, day(-30), s.Since.String())
	require.Equal(t, day(248), s.Due.String())
	w.does("bruno", "renew", map[string]string{"until": day(480), "reason": "Two suites are left"})
	w.does("alice", "approve", nil)
	w.is(exception.InForce)

	// The second: renewed in time.
	w.until(366)
	starter := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		code := commands.Run(context.Background(), append([]string{"exception"}, args...), strings.NewReader(""), &out, &errs, w.Env().Environ())
		require.Equal(t, want, code, "starter exception %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
		return out.String() + errs.String()
	}
	require.Contains(t, starter(commands.ExitRefused, "confirm", "EXC-1", "--as", "cli:bruno", "--note", "It does"), exception.IsOwner.Text())
	starter(commands.ExitOK, "confirm", "EXC-1", "--as", "cli:hana", "--note", "Read the reviews of the quarter, in the wiki")
	require.Contains(t, starter(commands.ExitOK, "show", "EXC-1"), "began      "+day(-30))
	request := []string{"request", "--as", "cli:jonas", "--control", "gate/tests", "--system", "order-portal", "--reason", "The suite is away",
		"--compensating", "Two people read it", "--verifier", "p-hana"}
	require.Contains(t, starter(commands.ExitRefused, append(request, "--until", day(300))...), "EXC-2 was not taken: --until: "+exception.TooLong.Text())
	require.Contains(t, starter(commands.ExitOK, append(request, "--until", day(90))...), "EXC-3 is asked for; nothing is excused until it is granted.")
	starter(commands.ExitOK, "end", "EXC-3", "--as", "cli:jonas", "--outcome", "open", "--reason", "Not needed any more")
	w.until(470)
	w.does("bruno", "renew", map[string]string{"until": day(700), "reason": "One suite is left"})
	w.does("farah", "approve", nil)
	require.Equal(t, 2, w.is(exception.InForce).Renewals)

	// The third: answered for, and then the verifier finds that the control fails.
	w.until(595)
	w.does("hana", "confirm", map[string]string{"note": "Read the reviews of the quarter, in the wiki"})
	w.until(690)
	starter(commands.ExitOK, "fails", "EXC-1", "--as", "cli:hana", "--reason", "Nobody has read a change for a week")
	s = w.is(exception.Reopened)
	require.Equal(t, exception.Failed, s.Cause)
	require.NotContains(t, s.Actions, "renew")
	w.until(730)
	w.is(exception.Overdue)
	w.does("bruno", "end", map[string]string{"outcome": "remedied", "reason": "The suites are whole again"})
	ctx, cancel := context.WithTimeout(context.Background(), harness.StoryWithin)
	defer cancel()
	var end process.Result
	require.NoError(t, w.Client.GetWorkflow(ctx, w.subject, "").Get(ctx, &end))
	require.Equal(t, process.Result{Number: "EXC-1", State: exception.Ended}, end)
	w.RecordHistory(w.subject, "exception-two-years")

	kinds, keys := map[string]int{}, map[string]bool{}
	entries, err := w.Reader().Records(context.Background(), w.subject)
	require.NoError(t, err)
	for _, e := range entries {
		kinds[strings.TrimPrefix(e.Record.Type, "exception.")]++
		keys[e.Record.Key] = true
		require.NotContains(t, string(e.Record.Facts), "suite", "what people wrote is a blob")
	}
	require.Equal(t, map[string]int{
		"requested": 1, "refused": 2, "granted": 1, "asked": 3, "confirmed": 3, "warned": 5, "expired": 1, "renewing": 2, "renewed": 2,
		"failed": 1, "escalated": 1, "reminded": 4, "ended": 1,
	}, kinds)
	said := map[string]int{}
	for _, m := range w.Site.Slack.Messages(w.Channel("security")) {
		if m.ThreadTS != "" {
			said[m.Key()]++
		}
	}
	for key, n := range said {
		require.Equal(t, 1, n, key)
	}
	for key := range keys {
		if strings.Contains(key, "/overdue/") || strings.Contains(key, "/warned/") || strings.Contains(key, "/expired") || strings.Contains(key, "/check/") {
			require.Equal(t, 1, said[key], "%s was not said", key)
		}
	}
	var tickets []string
	for _, i := range w.Site.Jira.Issues() {
		if i.Type == "Exception" {
			tickets = append(tickets, i.Status)
		}
	}
	require.ElementsMatch(t, []string{"Remedied", "Cancelled"}, tickets, "one for each request that was taken")
	require.Empty(t, w.Verify().Findings)
}

// subjectOf is the workflow id of a number, once it is on record.
func (w *excused) subjectOf(number string) string {
	w.T.Helper()
	st, err := w.Reader().ByNumber(context.Background(), number)
	require.NoError(w.T, err)
	return st.Subject
}
