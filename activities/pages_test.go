package activities_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// pager keeps what it is asked for and fails as it is told.
type pager struct {
	sent   []compliance.Account
	repeat []bool
	downs  []compliance.Paged
	why    string
	margin time.Duration // between the attempt's end and the engine's time-out
	fail   error
}

func (p *pager) Send(ctx context.Context, to compliance.Account, page compliance.Page, repeat bool) (compliance.Paged, error) {
	p.sent, p.repeat = append(p.sent, to), append(p.repeat, repeat)
	if deadline, ok := ctx.Deadline(); ok {
		p.margin = activity.GetInfo(ctx).Deadline.Sub(deadline)
	}
	if p.fail != nil {
		return compliance.Paged{}, p.fail
	}
	return compliance.Paged{Ref: "sent " + page.Key}, nil
}

func (p *pager) StandDown(_ context.Context, to compliance.Account, at compliance.Paged, _ compliance.Page, why string) error {
	p.sent, p.downs, p.why = append(p.sent, to), append(p.downs, at), why
	return p.fail
}

// book is a directory that is always there.
type book struct{ directory *policy.Directory }

func (b book) Rules(context.Context) (*policy.Rules, error) { return nil, errors.New("not asked for") }
func (b book) Directory(context.Context) (*policy.Directory, error) {
	if b.directory == nil {
		return nil, errors.New("the disk is gone")
	}
	return b.directory, nil
}

func pages(t *testing.T) (*pager, *activities.Pages, *testsuite.TestActivityEnvironment) {
	t.Helper()
	_, directory, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	chat := &pager{}
	p := &activities.Pages{
		Channels: map[string]activities.Pager{"cli": chat, compliance.MailChannel: chat},
		People:   activities.People{Source: book{directory}},
	}
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.RegisterActivity(p)
	return chat, p, env
}

func alarm() compliance.Page {
	return compliance.Page{Key: "INC-7/page/3/p-alice/cli", Subject: "incident/INC-7", Number: "INC-7", Title: "Queue is growing", Ref: "INC-7.3.2.1795312800"}
}

func send(t *testing.T, p *activities.Pages, env *testsuite.TestActivityEnvironment, in activities.SendPageInput) (compliance.Paged, error) {
	t.Helper()
	var paged compliance.Paged
	value, err := env.ExecuteActivity(p.SendPage, in)
	if err == nil {
		require.NoError(t, value.Get(&paged))
	}
	return paged, err
}

func TestI18_PageGoesToTheAddressOnTheChannel(t *testing.T) {
	for name, c := range map[string]struct {
		in activities.SendPageInput
		to compliance.Account
	}{
		"a person's account":   {activities.SendPageInput{Channel: "cli", Person: "p-alice"}, compliance.Account{Provider: "cli", ID: "alice"}},
		"everybody has e-mail": {activities.SendPageInput{Channel: "mail", Person: "p-alice"}, compliance.Account{Provider: "mail", ID: "alice@meridian-freight.example"}},
		"a fixed contact":      {activities.SendPageInput{Channel: "mail", Contact: "duty@example.com"}, compliance.Account{Provider: "mail", ID: "duty@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			chat, p, env := pages(t)
			c.in.Page = alarm()
			paged, err := send(t, p, env, c.in)
			require.NoError(t, err)
			require.Equal(t, []compliance.Account{c.to}, chat.sent)
			require.Equal(t, compliance.Paged{Channel: c.in.Channel, Ref: "sent INC-7/page/3/p-alice/cli"}, paged)
		})
	}
}

func TestI18_FailureOfAPageHasItsClass(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*activities.SendPageInput, *activities.Pages, *pager)
		class  compliance.Class
		says   string
	}{
		"channel not configured": {func(in *activities.SendPageInput, _ *activities.Pages, _ *pager) { in.Channel = "phone" }, compliance.Blocked, `"phone" is not configured here; configured: cli, mail`},
		"nothing configured":     {func(_ *activities.SendPageInput, p *activities.Pages, _ *pager) { p.Channels = nil }, compliance.Blocked, "configured: none"},
		"unknown person":         {func(in *activities.SendPageInput, _ *activities.Pages, _ *pager) { in.Person = "p-nobody" }, compliance.Invalid, "no person p-nobody"},
		"no account": {func(in *activities.SendPageInput, p *activities.Pages, chat *pager) {
			p.Channels["phone"], in.Channel = chat, "phone"
		}, compliance.Invalid, "add a phone account to p-alice"},
		"nobody":       {func(in *activities.SendPageInput, _ *activities.Pages, _ *pager) { in.Person = "" }, compliance.Invalid, "either a person or a fixed contact"},
		"two":          {func(in *activities.SendPageInput, _ *activities.Pages, _ *pager) { in.Contact = "duty@example.com" }, compliance.Invalid, "either a person or a fixed contact"},
		"broken page":  {func(in *activities.SendPageInput, _ *activities.Pages, _ *pager) { in.Page.Ref = "a b" }, compliance.Invalid, "printable ASCII"},
		"no directory": {func(_ *activities.SendPageInput, p *activities.Pages, _ *pager) { p.People.Source = book{} }, compliance.Unavailable, "read the directory"},
		"vendor's word": {func(_ *activities.SendPageInput, _ *activities.Pages, chat *pager) {
			chat.fail = &compliance.Failure{Class: compliance.Throttled, Op: "send", RetryAfter: 7 * time.Second}
		}, compliance.Throttled, "send: throttled"},
		"no failure": {func(_ *activities.SendPageInput, _ *activities.Pages, chat *pager) { chat.fail = errors.New("odd") }, compliance.UnknownOutcome, "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			chat, p, env := pages(t)
			in := activities.SendPageInput{Channel: "cli", Person: "p-alice", Page: alarm()}
			c.change(&in, p, chat)
			_, err := send(t, p, env, in)
			var app *temporal.ApplicationError
			require.ErrorAs(t, err, &app)
			require.Equal(t, string(c.class), app.Type())
			require.Contains(t, app.Message(), c.says)
			require.False(t, strings.Contains(app.Message(), "\n"), "one line")
			if c.class == compliance.Throttled {
				var pause time.Duration
				require.NoError(t, app.Details(&pause))
				require.Equal(t, 7*time.Second, pause, "the process is told how long to wait")
			}
		})
	}
}

// The attempt ends before the engine gives it up, so that its class is known.
func TestI18_AttemptEndsBeforeItsTimeOut(t *testing.T) {
	chat, p, env := pages(t)
	_, err := send(t, p, env, activities.SendPageInput{Channel: "cli", Person: "p-alice", Page: alarm(), Repeat: true})
	require.NoError(t, err)
	require.Equal(t, []bool{true}, chat.repeat, "the caller's word that it may have been sent before")
	require.Equal(t, 500*time.Millisecond, chat.margin)
}

func TestI10_StandDownNamesWhatWasSent(t *testing.T) {
	chat, p, env := pages(t)
	in := activities.StandDownPageInput{Channel: "cli", Person: "p-alice", At: compliance.Paged{Ref: "r", Ambiguous: true}, Page: alarm(), Why: "Ann has it."}
	_, err := env.ExecuteActivity(p.StandDownPage, in)
	require.NoError(t, err)
	require.Equal(t, []compliance.Paged{{Channel: "cli", Ref: "r", Ambiguous: true}}, chat.downs)
	require.Equal(t, "Ann has it.", chat.why)
	in.Channel = "phone"
	_, err = env.ExecuteActivity(p.StandDownPage, in)
	require.ErrorContains(t, err, "not configured")
}
