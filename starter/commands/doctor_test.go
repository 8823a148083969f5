package commands

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/workflows/checkup"
)

func examination() rules.Report {
	chat, tracker := rules.Part("slack"), rules.Part("jira")
	return rules.Report{Checks: []rules.Check{
		chat.OK("token", "workspace %s", "example \x1b[2J"),
		chat.Wrong("scopes", rules.Lacking, "im:write", "paste the manifest, then Reinstall to Workspace"),
		chat.Wrong("commands in Slack", rules.Unseen, "Slack does not tell", "type /incident in Slack"),
		tracker.OK("token", "it belongs to Countersign"),
	}}
}

func TestAReportIsPrintedInEveryForm(t *testing.T) {
	for _, output := range []string{"table", "json", "yaml"} {
		p, out, _ := fixed(t, output, nil)
		require.NoError(t, p.print(examination(), p.reportOf(examination())))
		require.NotContains(t, out.String(), "\x1b")
		golden(t, "doctor-"+output, out.String())
	}
	p, out, _ := fixed(t, "table", nil)
	p.reportOf(rules.Report{Checks: examination().Checks[:1]})(p.out)
	require.Contains(t, out.String(), "nothing to mend, 0 to look at yourself")
}

// asked is an engine whose run ends once it was asked twice whom it waits for.
type asked struct {
	engine
	t     *testing.T
	in    checkup.Input
	times int
	told  chan struct{}
}

func (a *asked) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	require.Equal(a.t, compliance.QueueWorkflows, o.TaskQueue)
	require.Equal(a.t, checkupEnds, o.WorkflowExecutionTimeout, "nothing is left of one that nobody waits for")
	a.in = args[0].(checkup.Input)
	return &askedRun{id: o.ID, told: a.told}, nil
}

func (a *asked) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	if a.times++; a.times == 2 {
		close(a.told)
	}
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(checkup.Progress{Waiting: []string{"messages", "pages"}})
	return client.NewValue(payloads), err
}

type askedRun struct {
	client.WorkflowRun
	id   string
	told chan struct{}
}

func (r *askedRun) GetID() string { return r.id }

func (r *askedRun) Get(ctx context.Context, into any) error {
	select {
	case <-r.told:
		*into.(*rules.Report) = examination()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestDoctorTellsWhomItWaitsFor(t *testing.T) {
	p, _, notes := fixed(t, "table", nil)
	p.options.timeout = within
	e := &asked{t: t, told: make(chan struct{})}
	report, err := p.haveLooked(t.Context(), e, []string{"messages", "pages"}, []string{"slack"})
	require.NoError(t, err)
	require.Equal(t, 1, report.ToMend())
	require.Equal(t, checkup.Input{Queues: []string{"messages", "pages"}, Parts: []string{"slack"}}, e.in)
	require.Equal(t, "waiting for: messages, pages\n", notes.String(), "told once")

	p.options.timeout, p.notes = 1, io.Discard
	_, err = p.haveLooked(t.Context(), &asked{t: t, told: make(chan struct{})}, []string{"messages"}, nil)
	require.ErrorContains(t, err, "did not answer in time")
}
