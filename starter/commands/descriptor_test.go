package commands

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/timeline"
	process "github.com/lowcodex/countersign/workflows/change"
)

func examplePolicy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	return dir
}

// Every process of the timeline has a descriptor, in its order, and what the
// two say of a process is what its own packages say.
func TestEveryProcessHasADescriptor(t *testing.T) {
	groups := map[string]bool{}
	all := descriptors()
	require.Len(t, all, len(timeline.Processes()))
	for i, p := range timeline.Processes() {
		require.Equal(t, p.Name, all[i].Name)
		require.False(t, groups[all[i].group], "two processes have the commands %q", all[i].group)
		groups[all[i].group] = true
	}
	series := map[string]string{}
	for _, d := range all {
		series[d.Name] = d.Series
	}
	require.Equal(t, process.Series, series["change"])
	require.Equal(t, incident.Series, series["incident"])
}

// A desk that lacks something would fail in front of a person.
func TestDesksAreWhole(t *testing.T) {
	for _, d := range append(descriptors(), exercises()) {
		k := d.desk
		if k == nil {
			continue
		}
		for _, text := range []string{k.short, k.workflow, k.example, k.acted, k.query, k.bound, k.showHelp} {
			require.NotEmpty(t, text, d.Name)
		}
		require.True(t, k.form != nil && k.update != nil && k.decode != nil && k.recorded != nil, d.Name)
		require.Regexp(t, k.subject, k.example)
		require.NotEmpty(t, k.stages, d.Name)
		for _, v := range k.verbs {
			_, ok := k.update(v.action)
			require.True(t, ok, "%s: no update carries %s", d.Name, v.action)
		}
	}
}

// Commands that cannot work are not there.
func TestAProcessWithoutADeskHasNoCommands(t *testing.T) {
	p, _, _ := fixed(t, "table", nil)
	var names []string
	for _, cmd := range p.root().Commands() {
		names = append(names, cmd.Name())
	}
	for _, d := range descriptors() {
		require.Equal(t, d.desk != nil, slices.Contains(names, d.group), d.group)
	}
	require.Contains(t, names, "status")
}

// The forms of every process, also of those without commands yet, make
// commands: no flag has two meanings, and none hides a global one.
func TestFormsOfEveryProcessMakeCommands(t *testing.T) {
	plain := func(form func(string, ...compliance.Option) (compliance.Form, bool)) func(string) (compliance.Form, bool) {
		return func(action string) (compliance.Form, bool) { return form(action) }
	}
	for name, c := range map[string]struct {
		actions []string
		form    func(string) (compliance.Form, bool)
	}{
		"certification": {certification.ActionNames(), certification.FormFor},
		"patch":         {patch.Actions(), patch.FormFor},
		"incident": {[]string{
			incident.ActionDeclare, incident.ActionAcknowledge, incident.ActionUpdate, incident.ActionResolve, incident.ActionAccept,
			incident.ActionRollback, incident.ActionApprove, incident.ActionDeny, incident.ActionReview, incident.ActionClose,
		}, plain(incident.FormFor)},
		"change": {[]string{change.ActionApprove, change.ActionFinish}, change.FormFor},
	} {
		t.Run(name, func(t *testing.T) {
			p, _, _ := fixed(t, "table", nil)
			d := exercises()
			d.desk.form = c.form
			d.desk.content = func(string) (string, bool) { return "", false } // with --hash
			global := p.root().PersistentFlags()
			for _, action := range c.actions {
				cmd := p.actCommand(&d, verb{action, "Do it"}) // a flag given twice panics
				require.NotContains(t, cmd.Name(), "_")
				form, _ := c.form(action)
				for _, field := range form.Fields {
					if field.Kind != compliance.Attest {
						require.NotNil(t, cmd.Flags().Lookup(dashed(field.Name)), "%s lacks --%s", action, field.Name)
					}
				}
				cmd.Flags().VisitAll(func(f *pflag.Flag) {
					require.Nil(t, global.Lookup(f.Name), "%s: --%s means something else everywhere", action, f.Name)
					require.NotContains(t, f.Name, "_")
				})
			}
		})
	}
}

func TestNumbersOfAnySeriesAreRecognised(t *testing.T) {
	for text, want := range map[string]string{"chg-7": "CHG-7", "INC-10": "INC-10", "cer-1": "CER-1", "PAT-3": "PAT-3", "rev-2": "REV-2"} {
		number, ok := anyNumber(text)
		require.True(t, ok, text)
		require.Equal(t, want, number)
	}
	for _, text := range []string{"", "CHG-", "CHG-07", "CHG-0", "CHG7", "C-1", "change/example/1", "alert/a-1", "CHG-1' OR", "TOOLONGAA-1", "CHG-1234567890123456789"} {
		_, ok := anyNumber(text)
		require.False(t, ok, text)
	}
	numbers := []string{"CHG-9", "CER-2", "CHG-10", "INC-1", "CER-11"}
	slices.SortFunc(numbers, newerFirst)
	require.Equal(t, []string{"CER-11", "CER-2", "CHG-10", "CHG-9", "INC-1"}, numbers)
}

// execution is a list entry as the engine gives it.
func execution(t *testing.T, subject string, attributes map[string]any) *workflowpb.WorkflowExecutionInfo {
	t.Helper()
	fields := map[string]*commonpb.Payload{}
	for name, value := range attributes {
		payload, err := converter.GetDefaultDataConverter().ToPayload(value)
		require.NoError(t, err)
		fields[name] = payload
	}
	return &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: subject}, StartTime: timestamppb.New(instant()),
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, SearchAttributes: &commonpb.SearchAttributes{IndexedFields: fields},
	}
}

func TestWhatAwaitsIsPrintedInEveryForm(t *testing.T) {
	open := []*workflowpb.WorkflowExecutionInfo{
		execution(t, "certification/acme/soc2", map[string]any{compliance.AttributeProcess: "certification", compliance.AttributeNumber: "CER-2", compliance.AttributeStage: "expiring"}),
		execution(t, "change/example/10042", map[string]any{
			compliance.AttributeProcess: "change", compliance.AttributeNumber: "CHG-7", compliance.AttributeStage: "in_review",
			compliance.AttributeSystem: "billing", compliance.AttributeDue: instant().Add(27 * time.Hour), compliance.AttributeAwaiting: []string{"p-bruno"},
		}),
		execution(t, "incident/INC-3", map[string]any{
			compliance.AttributeProcess: "incident", compliance.AttributeNumber: "INC-3", compliance.AttributeStage: "triggered",
			compliance.AttributeSeverity: "sev1", compliance.AttributeDue: instant().Add(-10 * time.Minute),
		}),
		execution(t, "review/1", map[string]any{compliance.AttributeProcess: "posture\x1b[2J", compliance.AttributeDue: instant().Add(time.Hour)}),
	}
	for _, output := range []string{"table", "json"} {
		p, out, _ := fixed(t, output, nil)
		found := p.awaitedOf(open)
		require.NoError(t, p.print(found, func(w io.Writer) { p.writeAwaited(w, compliance.Person{ID: "p-bruno"}, found) }))
		golden(t, "status-"+output, out.String())
	}
	p, out, _ := fixed(t, "table", nil)
	p.options.policy = examplePolicy(t)
	p.writeAwaited(p.out, compliance.Person{ID: "p-bruno"}, nil)
	require.True(t, strings.HasPrefix(out.String(), "nothing awaits Bruno Keller (p-bruno)"), out.String())
}
