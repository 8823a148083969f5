package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/timeline"
)

// A process that only these tests know: what it takes to have its commands is
// its descriptor, and a workflow that keeps the contract.

const exerciseQueue = "exercises" // its own: another worker has the change's

type exerciseStanding struct {
	Number  string `json:"number"`
	Subject string `json:"subject"`
	State   string `json:"state"`
	Ref     string `json:"ref"`
}

func (s exerciseStanding) number() string  { return s.Number }
func (s exerciseStanding) ref() string     { return s.Ref }
func (s exerciseStanding) over() bool      { return s.State == "over" }
func (s exerciseStanding) heading() string { return line(s.Number) }
func (s exerciseStanding) brief(_ *program, w io.Writer, _ compliance.Form) {
	fmt.Fprintf(w, "  %s\n", line(s.State))
}
func (s exerciseStanding) whole(_ *program, w io.Writer) { fmt.Fprintln(w, s.Number, s.State) }

func exercises() descriptor {
	return descriptor{
		Process: timeline.Process{Name: "exercise", Noun: "exercise", Plural: "exercises", Series: "EXE", Roots: []string{"exercise"}},
		group:   "exercise",
		desk: &desk{
			short: "Act on exercises", workflow: "Exercise", subject: regexp.MustCompile(`^exercise/[a-z]+$`), example: "exercise/night",
			verbs: []verb{
				{incident.ActionAcknowledge, "Say that you are on it"}, {incident.ActionRollback, "Ask for a rollback"},
				{incident.ActionApprove, "Approve a rollback"}, {incident.ActionReview, "Record the review"},
			},
			form:     incidentForm,
			live:     func(action string) bool { return action == incident.ActionRollback || action == incident.ActionApprove },
			update:   func(action string) (string, bool) { return "act", action != "" },
			acted:    "acted",
			query:    "standing",
			bound:    "The act is bound to the page you saw.",
			showHelp: "Show how an exercise stands.",
			decode: func(v converter.EncodedValue) (standing, error) {
				var s exerciseStanding
				err := v.Get(&s)
				return s, err
			},
			recorded: func(old evidence.Standing) standing {
				return exerciseStanding{Number: old.Number, Subject: old.Subject, State: old.State}
			},
			stages:  []string{"paging", "over"},
			columns: []column{{"SEVERITY", func(r row) string { return r.Severity }}},
		},
	}
}

// minimalExercise takes acts and remembers them; with due set it is awaited by then.
func minimalExercise(ctx workflow.Context, number string, due time.Time) error {
	var counted []compliance.Inbound
	self := workflow.GetInfo(ctx).WorkflowExecution.ID
	if err := workflow.SetUpdateHandler(ctx, "act", func(_ workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
		counted = append(counted, in)
		return compliance.Reply{Outcome: compliance.Recorded, Text: "Recorded."}, nil
	}); err != nil {
		return err
	}
	_ = workflow.SetQueryHandler(ctx, "standing", func() (exerciseStanding, error) {
		return exerciseStanding{Number: number, Subject: self, State: "paging", Ref: number + ".1"}, nil
	})
	_ = workflow.SetQueryHandler(ctx, queryCounted, func() ([]compliance.Inbound, error) { return counted, nil })
	_ = workflow.SetQueryHandler(ctx, compliance.QueryForm, func(action string) (compliance.Offer, error) {
		form, _ := incident.FormFor(action, compliance.Option{Value: "CHG-7", Label: "CHG-7"}, compliance.Option{Value: "CHG-8", Label: "CHG-8"})
		return compliance.Offer{Form: &form}, nil
	})
	attributes := []temporal.SearchAttributeUpdate{
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("exercise"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(number),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet("paging"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSeverity).ValueSet("sev2"),
		temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet([]string{"p-bruno", "p-chidi"}),
	}
	if !due.IsZero() {
		attributes = append(attributes, temporal.NewSearchAttributeKeyTime(compliance.AttributeDue).ValueSet(due))
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, attributes...); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

func runExercises(t *testing.T, c client.Client) {
	t.Helper()
	w := worker.New(c, exerciseQueue, worker.Options{DeadlockDetectionTimeout: harness.DeadlockDetection})
	w.RegisterWorkflowWithOptions(minimalExercise, workflow.RegisterOptions{Name: "Exercise"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}

func (f *platform) exercise(name, number string, due time.Time) string {
	f.t.Helper()
	subject := "exercise/" + name
	_, err := f.client.ExecuteWorkflow(context.Background(), client.StartWorkflowOptions{ID: subject, TaskQueue: exerciseQueue}, "Exercise", number, due)
	require.NoError(f.t, err)
	return subject
}

// planted runs a command line of a program that knows the further process, as bruno.
func (f *platform) planted(args ...string) (code int, stdout, stderr string) {
	f.t.Helper()
	var out, notes bytes.Buffer
	p := &program{
		in: strings.NewReader(""), out: &out, notes: &notes, now: time.Now, newID: uuid.NewString, dial: dialEngine,
		env:       environment{envActor: "cli:bruno", envAddress: f.server.Address, "TEMPORAL_CONFIG_FILE": "/dev/null"},
		processes: append(descriptors(), exercises()),
	}
	code = p.run(context.Background(), args)
	return code, out.String(), notes.String()
}

// A process that has a descriptor has its commands, and nothing else changes.
func TestAProcessIsItsDescriptor(t *testing.T) {
	f := newPlatform(t)
	runExercises(t, f.client)
	subject := f.exercise("night", "EXE-1", time.Time{})
	require.Eventually(t, func() bool {
		code, out, _ := f.planted("exercise", "show", "exe-1")
		return code == ExitOK && out == "EXE-1 paging\n"
	}, within, 50*time.Millisecond)

	t.Run("an act of one press needs no form", func(t *testing.T) {
		code, _, stderr := f.planted("exercise", "acknowledge", "EXE-1")
		require.Equal(t, ExitOK, code, stderr)
		require.Contains(t, stderr, "Say that you are on it: EXE-1\n  paging\n")
		in := f.counted(subject)[0]
		require.Equal(t, incident.ActionAcknowledge, in.Action)
		require.Equal(t, "EXE-1.1", in.Ref)
		require.Empty(t, in.Answers)
	})
	t.Run("choices are those of the moment", func(t *testing.T) {
		code, _, stderr := f.planted("exercise", "rollback", subject, "--run", "CHG-9", "--reason", "suspect")
		require.Equal(t, ExitUsage, code)
		require.Contains(t, stderr, "use one of CHG-7, CHG-8")
		code, _, stderr = f.planted("exercise", "rollback", subject, "--run", "CHG-7", "--reason", "suspect")
		require.Equal(t, ExitOK, code, stderr)
		acts := f.counted(subject)
		require.Equal(t, "CHG-7", acts[len(acts)-1].Answer(incident.FieldRun))
	})
	t.Run("names of actions and fields are typed with hyphens", func(t *testing.T) {
		code, _, stderr := f.planted("exercise", "approve-rollback", "EXE-1", "--attest", incident.FieldStatement)
		require.Equal(t, ExitUsage, code, "several are asked for, and none is named")
		require.Contains(t, stderr, "--run is missing")
		code, _, stderr = f.planted("exercise", "approve-rollback", "EXE-1", "--run", "CHG-8", "--attest", incident.FieldStatement)
		require.Equal(t, ExitOK, code, stderr)
		code, _, stderr = f.planted("exercise", "review", "EXE-1", "--root-cause", "the template", "--change", "CHG-9", "--actions", "mend the template")
		require.Equal(t, ExitOK, code, stderr)
		acts := f.counted(subject)
		require.Equal(t, "CHG-8", acts[len(acts)-2].Answer(incident.FieldRun))
		require.Equal(t, incident.Statement, acts[len(acts)-2].Answers[1].Shown)
		require.Equal(t, "the template", acts[len(acts)-1].Answer(incident.FieldRootCause))
	})
	t.Run("lists have its columns and words", func(t *testing.T) {
		code, out, stderr := f.planted("exercise", "list", "--stage", "paging", "--zone", "UTC")
		require.Equal(t, ExitOK, code, stderr)
		require.Equal(t, []string{"NUMBER", "STAGE", "SEVERITY", "DUE", "AWAITING", "WORKFLOW", "EXE-1", "paging", "sev2", "p-bruno", "p-chidi", subject}, strings.Fields(out))
		_, out, _ = f.planted("__complete", "exercise", "acknowledge", "")
		require.Contains(t, out, "EXE-1\tpaging")
		code, _, stderr = f.planted("exercise", "show", "EXE-9")
		require.Equal(t, ExitUsage, code)
		require.Contains(t, stderr, "no exercise has the number EXE-9")
		code, _, stderr = f.planted("exercise", "show", "CHG-1")
		require.Equal(t, ExitUsage, code)
		require.Contains(t, stderr, "give its number (EXE-7) or its workflow id (exercise/night)")
	})
}

func TestStatusShowsWhatAwaitsThePersonOverAllProcesses(t *testing.T) {
	f := newPlatform(t)
	runExercises(t, f.client)
	f.begin("7") // awaits p-bruno, without a due
	soon, late := time.Now().Add(90*time.Minute).UTC().Truncate(time.Second), time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	f.exercise("later", "EXE-1", soon)
	f.exercise("overdue", "EXE-2", late)
	status := func(args ...string) (found []awaited, code int, stderr string) {
		code, out, stderr := f.planted(append([]string{"status", "--policy", examplePolicy(t)}, args...)...)
		if code == ExitOK {
			require.NoError(t, json.Unmarshal([]byte(out), &found), out)
		}
		return found, code, stderr
	}
	require.Eventually(t, func() bool {
		found, _, _ := status("--output", "json")
		return len(found) == 3
	}, within, 50*time.Millisecond)
	found, code, stderr := status("--output", "json")
	require.Equal(t, ExitOK, code, stderr)
	for i, want := range []struct {
		process, number string
		due             time.Time
		overdue         bool
	}{{"exercise", "EXE-2", late, true}, {"exercise", "EXE-1", soon, false}, {"change", "CHG-7", time.Time{}, false}} {
		require.Equal(t, want.process, found[i].Process)
		require.Equal(t, want.number, found[i].Number)
		require.True(t, want.due.Equal(found[i].Due), "%s", found[i].Due)
		require.Equal(t, want.overdue, found[i].Overdue)
		require.Contains(t, found[i].Awaiting, "p-bruno")
	}
	_, out, _ := f.planted("status", "--policy", examplePolicy(t)) // in the person's zone, whatever this machine's
	require.Contains(t, out, berlin(late)+" (1 h")
	_, out, _ = f.planted("status", "--policy", examplePolicy(t), "--zone", "Asia/Tokyo")
	require.Contains(t, out, "JST")
	found, _, stderr = status("--output", "json", "--limit", "1")
	require.Len(t, found, 1)
	require.Equal(t, "EXE-2", found[0].Number)
	require.Contains(t, stderr, "3 wait in all")
	found, _, _ = status("--output", "json", "--as", "cli:jonas")
	require.Empty(t, found)
	require.NotNil(t, found, "an empty list, and not nothing")
	_, code, stderr = status("--as", "cli:nobody")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, stderr, "0 people with the account cli:nobody")
}

// berlin is an instant as the example's Bruno reads it.
func berlin(at time.Time) string {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err) // the zone data is part of every program here
	}
	return at.In(zone).Format("2006-01-02 15:04 MST")
}
