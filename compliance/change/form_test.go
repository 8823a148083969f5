package change_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func TestFormsFitEverySurface(t *testing.T) {
	titles := map[string]bool{}
	for _, action := range []string{
		change.ActionApprove, change.ActionDeny, change.ActionAbstain, change.ActionStart, change.ActionFinish, change.ActionWithdraw,
		change.ActionHold, change.ActionResume, change.ActionObject, change.ActionProceed,
	} {
		f, ok := change.FormFor(action)
		require.True(t, ok)
		require.Equal(t, action, f.Action)
		require.NotEmpty(t, f.Title)
		require.LessOrEqual(t, utf8.RuneCountInString(f.Title), 24)
		require.LessOrEqual(t, utf8.RuneCountInString(f.Submit), 24)
		require.NotEmpty(t, f.Submit)
		require.False(t, titles[f.Title])
		titles[f.Title] = true
		require.NotEmpty(t, f.Fields)
		names := map[string]bool{}
		for _, field := range f.Fields {
			require.False(t, names[field.Name])
			names[field.Name] = true
			require.NotEmpty(t, field.Label)
			require.LessOrEqual(t, utf8.RuneCountInString(field.Label), 200)
			require.Equal(t, field.Kind == compliance.Choice, len(field.Options) > 0)
			require.Equal(t, field.Kind == compliance.Prose, field.MaxRunes == 2000)
			require.Equal(t, field.Kind == compliance.Attest, field.Required && strings.HasSuffix(field.Label, "."))
		}
	}
	_, ok := change.FormFor("no-such-action")
	require.False(t, ok)
}

func TestC18_TheApprovalFormShowsEveryAttestation(t *testing.T) {
	f, _ := change.FormFor(change.ActionApprove)
	list := change.Attestations()
	require.Len(t, list, 3)
	for i, a := range list {
		require.Equal(t, compliance.Field{Name: a.Name, Label: a.Text, Kind: compliance.Attest, Required: true}, f.Fields[i])
	}
	require.Equal(t, change.FieldComment, f.Fields[3].Name)
	require.False(t, f.Fields[3].Required)
}

// answered fills a form in as somebody would who leaves out the fields named.
func answered(f compliance.Form, without string) compliance.Inbound {
	in := compliance.Inbound{Action: f.Action, Ref: ref}
	for _, field := range f.Fields {
		value := map[compliance.FieldKind]string{compliance.Attest: change.Yes, compliance.Prose: "it went well"}[field.Kind]
		if field.Kind == compliance.Choice {
			value = field.Options[0].Value
		}
		if field.Name != without {
			in.Answers = append(in.Answers, compliance.Answer{Name: field.Name, Value: value, Shown: field.Label})
		}
	}
	return in
}

// read hands an act to its parser.
func read(in compliance.Inbound) (change.Reason, string) {
	var reason change.Reason
	var field string
	switch in.Action {
	case change.ActionStart:
		_, reason, field = change.ParseStart(in)
	case change.ActionFinish:
		_, reason, field = change.ParseFinish(in)
	case change.ActionWithdraw:
		_, reason, field = change.ParseWithdraw(in)
	case change.ActionHold, change.ActionResume, change.ActionObject:
		_, reason, field = change.ParsePause(in)
	default:
		_, reason, field = change.ParseDecision(in)
	}
	return reason, field
}

func TestFormsAndParsersAgree(t *testing.T) {
	for _, action := range []string{"approve", "deny", "abstain", "start", "finish", "withdraw", "hold", "resume", "object"} {
		f, _ := change.FormFor(action)
		reason, field := read(answered(f, ""))
		require.Equal(t, change.OK, reason, "%s, filled in: %s", action, field)
		for _, missing := range f.Fields {
			reason, field := read(answered(f, missing.Name))
			if missing.Required {
				require.Equal(t, change.MissingAnswer, reason, "%s without %s", action, missing.Name)
				require.Equal(t, missing.Name, field)
			} else {
				require.Equal(t, change.OK, reason, "%s without %s", action, missing.Name)
			}
			if missing.Kind == compliance.Prose {
				in := answered(f, missing.Name)
				in.Answers = append(in.Answers, compliance.Answer{Name: missing.Name, Value: strings.Repeat("x", 2001)})
				reason, field = read(in)
				require.Equal(t, change.BadRequest, reason)
				require.Equal(t, missing.Name, field)
			}
		}
		for _, damage := range []string{"", "CHG-7", ref + "0"} {
			in := answered(f, "")
			in.Ref = damage
			reason, _ := read(in)
			if action == change.ActionWithdraw && damage == "" {
				require.Equal(t, change.OK, reason, "a change can be taken back before it has content")
			} else {
				require.Equal(t, change.BadRequest, reason, "%s with %q", action, damage)
			}
		}
		twice := answered(f, "")
		twice.Answers = append(twice.Answers, twice.Answers[0])
		reason, _ = read(twice)
		require.Equal(t, change.BadRequest, reason, "%s, answered twice", action)
	}
}

func TestParsersTakeOnlyTheirAction(t *testing.T) {
	in := act("approve", ref, "ready", "yes", "result", "failed", "note", "it broke", "reason", "because")
	_, reason, _ := change.ParseStart(in)
	require.Equal(t, change.BadRequest, reason)
	_, reason, _ = change.ParseFinish(in)
	require.Equal(t, change.BadRequest, reason)
	_, reason, _ = change.ParseWithdraw(in)
	require.Equal(t, change.BadRequest, reason)
	_, reason, _ = change.ParsePause(in)
	require.Equal(t, change.BadRequest, reason)
}

func TestParseFinishLeadsToAStateTheMachineAllows(t *testing.T) {
	for result, want := range map[string]change.State{
		"succeeded": change.Verifying, "rolled_back": change.RolledBack, "failed": change.Failed,
	} {
		f, reason, _ := change.ParseFinish(act("finish", ref, "result", result, "note", "looked at it"))
		require.Equal(t, change.OK, reason)
		require.Equal(t, change.Finish{Binding: change.NewBinding("CHG-7", 1, 2, "n1", fullHash), Result: want, Note: "looked at it"}, f)
		require.True(t, change.CanMove(change.Executing, want))
	}
	_, reason, field := change.ParseFinish(act("finish", ref, "result", "great", "note", "looked at it"))
	require.Equal(t, change.BadRequest, reason)
	require.Equal(t, "result", field)
}

func TestParseStartKeepsTheStatement(t *testing.T) {
	s, reason, _ := change.ParseStart(act("start", "CHG-7.1.0..0123456789ab", "ready", "yes"))
	require.Equal(t, change.OK, reason)
	require.Equal(t, compliance.Answer{Name: "ready", Value: "yes", Shown: "shown ready"}, s.Attested)
	require.True(t, s.Binding.Matches("CHG-7", 1, 0, "", fullHash))
	w, reason, _ := change.ParseWithdraw(act("withdraw", "", "reason", "not needed"))
	require.Equal(t, change.OK, reason)
	require.Equal(t, change.Withdraw{Reason: "not needed"}, w)
}
