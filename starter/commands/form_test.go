package commands

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// filledBy fills a form as somebody at a terminal would who types these lines,
// or, with interactive false, as a script.
func filledBy(t *testing.T, action string, interactive bool, typed string, given filled) ([]compliance.Answer, string, error) {
	t.Helper()
	form, ok := rules.FormFor(action)
	require.True(t, ok)
	p, _, notes := fixed(t, "table", strings.NewReader(typed))
	p.interactive = interactive
	answers, err := p.fill(context.Background(), form, given)
	return answers, notes.String(), err
}

func failed(t *testing.T, err error) *failure {
	t.Helper()
	var f *failure
	require.True(t, errors.As(err, &f), "%v", err)
	return f
}

func TestC18_AnApprovalIsNeverAttestedSilently(t *testing.T) {
	_, _, err := filledBy(t, "approve", false, "", filled{})
	require.Equal(t, ExitUsage, failed(t, err).code, "a script must name the statements")
	require.Contains(t, failed(t, err).next, "--attest")

	_, _, err = filledBy(t, "approve", false, "yes\nyes\nyes\n", filled{})
	require.Equal(t, ExitUsage, failed(t, err).code, "piped words are nobody's attestation")

	for _, typed := range []string{"no\n", "\n", "y\n", "yes\nyes\nno\n", "", "yes\n"} {
		_, _, err = filledBy(t, "approve", true, typed, filled{})
		require.Equal(t, ExitUsage, failed(t, err).code, "%q", typed)
	}
}

func TestC18_EveryAttestationKeepsTheTextThatWasShown(t *testing.T) {
	want := []compliance.Answer{}
	for _, a := range rules.Attestations() {
		want = append(want, compliance.Answer{Name: a.Name, Value: "yes", Shown: a.Text})
	}
	typed, notes, err := filledBy(t, "approve", true, "yes\nYES\n yes \n", filled{})
	require.NoError(t, err)
	require.Equal(t, want, typed)
	named, shown, err := filledBy(t, "approve", false, "", filled{attested: []string{"rollback", "risk", "tests"}})
	require.NoError(t, err)
	require.Equal(t, want, named)
	for _, a := range rules.Attestations() {
		require.Contains(t, notes, a.Text)
		require.Contains(t, shown, a.Text, "what --attest stands for is shown as well")
	}
}

func TestAttestTakesAllStatementsAndNoOthers(t *testing.T) {
	for _, attested := range [][]string{{"tests"}, {"tests", "risk"}, {"tests", "risk", "rollback", "extra"}, {"Tests", "risk", "rollback"}, {""}} {
		_, _, err := filledBy(t, "approve", true, "yes\nyes\nyes\n", filled{attested: attested})
		require.Equal(t, ExitUsage, failed(t, err).code, "%q", attested)
		require.Contains(t, failed(t, err).next, "--attest tests,risk,rollback")
	}
}

func TestFieldsAreAskedForOrRefused(t *testing.T) {
	values := func(kv ...string) filled {
		f := filled{values: map[string]string{}}
		for i := 0; i < len(kv); i += 2 {
			f.values[kv[i]] = kv[i+1]
		}
		return f
	}
	for _, c := range []struct {
		name, action, typed string
		interactive         bool
		given               filled
		want                string // of the last answer; empty: refused
	}{
		{"reason given", "deny", "", false, values("reason", "  the plan lacks a test  "), "the plan lacks a test"},
		{"reason typed", "deny", "no test\n", true, values(), "no test"},
		{"reason missing in a script", "deny", "no test\n", false, values(), ""},
		{"reason left empty", "deny", "\n", true, values(), ""},
		{"reason too long", "deny", "", false, values("reason", strings.Repeat("x", 2001)), ""},
		{"reason as long as fits", "deny", "", false, values("reason", strings.Repeat("ü", 2000)), strings.Repeat("ü", 2000)},
		{"reason not UTF-8", "deny", "", false, values("reason", "a\xff"), ""},
		{"result and note", "finish", "", false, values("result", "succeeded", "note", "looked at it"), "looked at it"},
		{"result typed", "finish", "rolled_back\nlooked at it\n", true, values(), "looked at it"},
		{"result unknown", "finish", "", false, values("result", "great", "note", "x"), ""},
		{"result missing", "finish", "", false, values("note", "x"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			answers, _, err := filledBy(t, c.action, c.interactive, c.typed, c.given)
			if c.want == "" {
				require.Equal(t, ExitUsage, failed(t, err).code)
				require.NotEmpty(t, failed(t, err).next)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, answers[len(answers)-1].Value)
		})
	}
}

func TestWhatIsFilledInIsWhatTheRulesRead(t *testing.T) {
	given := filled{values: map[string]string{"reason": "because", "comment": "fine", "result": "failed", "note": "it broke", "point": "2", "remaining": "45"}}
	for name, value := range map[string]string{ // of an emergency
		rules.FieldIncident: "INC-7", rules.FieldAnswer: string(rules.GoAhead), rules.FieldVerdict: string(rules.WouldApprove), rules.FieldRemedy: string(rules.RemedyRollback),
	} {
		given.values[name] = value
	}
	ref := rules.NewBinding("CHG-7", 1, 1, "n1", strings.Repeat("ab", 32)).String()
	for _, v := range changeVerbs() {
		form, ok := rules.FormFor(v.action)
		require.True(t, ok, v.action)
		given.attested = nil
		for _, field := range form.Fields {
			if field.Kind == compliance.Attest {
				given.attested = append(given.attested, field.Name)
			}
		}
		answers, _, err := filledBy(t, v.action, false, "", given)
		require.NoError(t, err, v.action)
		in := compliance.Inbound{Action: v.action, Ref: ref, Answers: answers}
		var reason rules.Reason
		switch v.action {
		case rules.ActionStart:
			_, reason, _ = rules.ParseStart(in)
		case rules.ActionFinish:
			_, reason, _ = rules.ParseFinish(in)
		case rules.ActionProceed:
			_, reason, _ = rules.ParseProceed(in)
		case rules.ActionWithdraw:
			_, reason, _ = rules.ParseWithdraw(in)
		case rules.ActionBreakGlass:
			_, reason, _ = rules.ParseBreakGlass(in)
		case rules.ActionAcknowledge:
			_, reason, _ = rules.ParseAcknowledgement(in)
		case rules.ActionReview:
			_, reason, _ = rules.ParseRetro(in)
		case rules.ActionRemedy:
			_, reason, _ = rules.ParseRemedy(in)
		case rules.ActionHold, rules.ActionResume, rules.ActionObject:
			_, reason, _ = rules.ParsePause(in)
		default:
			_, reason, _ = rules.ParseDecision(in)
		}
		require.Equal(t, rules.OK, reason, v.action)
	}
}

func TestAQuestionEndsWithItsContext(t *testing.T) {
	never, hold := io.Pipe()
	defer hold.Close() //nolint:errcheck // ends the pipe
	p, _, _ := fixed(t, "table", never)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := p.ask(ctx, "? ")
	require.Equal(t, ExitUnreachable, failed(t, err).code)
}
