package incident_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
)

const seven incident.Token = "3f2a9c1b7d04"

const ref = "3f2a9c1b7d04.3.2.1795312800"

func actions() []string {
	return []string{
		incident.ActionDeclare, incident.ActionUpdate, incident.ActionResolve, incident.ActionRollback, incident.ActionApprove,
		incident.ActionDeny, incident.ActionReport, incident.ActionReview, incident.ActionClose,
		incident.ActionFinish, incident.ActionWithdraw,
	}
}

// answered fills a form in as somebody would who leaves out the fields named.
func answered(f compliance.Form, without string) compliance.Inbound {
	in := compliance.Inbound{Action: f.Action, Ref: ref}
	for _, field := range f.Fields {
		value := map[compliance.FieldKind]string{compliance.Attest: incident.Yes, compliance.Prose: "it went well"}[field.Kind]
		if field.Kind == compliance.Choice {
			value = field.Options[0].Value
		}
		if field.Name == incident.FieldChange {
			value = " chg-7 "
		}
		// A review links a change or says why none is needed, never both.
		if other := map[string]string{incident.FieldNone: incident.FieldChange}[field.Name]; other != "" && without != other {
			continue
		}
		if field.Name != without {
			in.Answers = append(in.Answers, compliance.Answer{Name: field.Name, Value: value, Shown: field.Label})
		}
	}
	return in
}

func read(in compliance.Inbound) (incident.Reason, string) {
	if in.Action == incident.ActionDeclare {
		_, reason, field := incident.ParseDeclare(in)
		return reason, field
	}
	_, reason, field := incident.ParseAct(in)
	return reason, field
}

func TestFormsFitEverySurfaceAndAgreeWithTheirParsers(t *testing.T) {
	for _, action := range actions() {
		f, ok := incident.FormFor(action, compliance.Option{Value: "CHG-7", Label: "CHG-7"})
		require.True(t, ok)
		require.Equal(t, action, f.Action)
		require.False(t, incident.Immediate(action))
		require.LessOrEqual(t, utf8.RuneCountInString(f.Title), 24, f.Title)
		require.LessOrEqual(t, utf8.RuneCountInString(f.Submit), 24)
		require.NotEmpty(t, f.Title+f.Submit)
		reason, field := read(answered(f, ""))
		require.Equal(t, incident.OK, reason, "%s, filled in: %s", action, field)
		for _, missing := range f.Fields {
			require.NotEmpty(t, missing.Label)
			require.LessOrEqual(t, utf8.RuneCountInString(missing.Label), 200)
			require.Equal(t, missing.Kind == compliance.Choice, len(missing.Options) > 0)
			reason, field := read(answered(f, missing.Name))
			if missing.Required {
				require.Equal(t, incident.MissingAnswer, reason, "%s without %s", action, missing.Name)
				require.Equal(t, missing.Name, field)
			} else {
				require.Equal(t, incident.OK, reason, "%s without %s", action, missing.Name)
			}
			if missing.Kind == compliance.Prose {
				in := answered(f, missing.Name)
				in.Answers = slices.DeleteFunc(in.Answers, func(a compliance.Answer) bool {
					return missing.Name == incident.FieldChange && a.Name == incident.FieldNone
				})
				in.Answers = append(in.Answers, compliance.Answer{Name: missing.Name, Value: strings.Repeat("x", missing.MaxRunes+1)})
				reason, field = read(in)
				if action == incident.ActionDeclare && missing.Name != incident.FieldSystem {
					require.Equal(t, incident.OK, reason, "nobody is paged later because %s was too long", missing.Name)
					continue
				}
				require.Equal(t, incident.BadRequest, reason, "%s", missing.Name)
				require.Equal(t, missing.Name, field)
			}
		}
		twice := answered(f, "")
		twice.Answers = append(twice.Answers, twice.Answers[0])
		reason, _ = read(twice)
		require.Equal(t, incident.BadRequest, reason)
		if action != incident.ActionDeclare {
			damaged := answered(f, "")
			damaged.Ref += "x"
			reason, _ = read(damaged)
			require.Equal(t, incident.BadRequest, reason)
		}
	}
	for _, action := range []string{incident.ActionAcknowledge, incident.ActionAccept} {
		_, ok := incident.FormFor(action)
		require.False(t, ok)
		require.True(t, incident.Immediate(action))
		a, reason, _ := incident.ParseAct(compliance.Inbound{Action: action})
		require.Equal(t, incident.OK, reason, "a surface without buttons")
		require.Zero(t, a.Binding)
	}
	_, reason, _ := incident.ParseAct(compliance.Inbound{Action: "snooze"})
	require.Equal(t, incident.BadRequest, reason)
}

func TestActsAreReadWhole(t *testing.T) {
	in := compliance.Inbound{Action: incident.ActionUpdate, Ref: ref, Answers: []compliance.Answer{{Name: "note", Value: " restarting \r\n"}, {Name: "quiet", Value: "2h"}}}
	a, reason, _ := incident.ParseAct(in)
	require.Equal(t, incident.OK, reason)
	require.Equal(t, incident.Act{Action: "update", Text: "restarting", Quiet: 2 * time.Hour, Binding: incident.Binding{Incident: seven, Page: 3, Step: 2, Expires: time.Unix(1795312800, 0).UTC()}}, a)
	in.Answers[1].Value = "9h"
	_, reason, field := incident.ParseAct(in)
	require.Equal(t, incident.BadRequest, reason)
	require.Equal(t, "quiet", field)
	_, reason, field = incident.ParseAct(compliance.Inbound{Action: incident.ActionApprove, Answers: []compliance.Answer{{Name: "statement", Value: "yes", Shown: " "}}})
	require.Equal(t, incident.BadRequest, reason, "a tick without its statement attests nothing")
	require.Equal(t, "statement", field)
}

func TestI12_BindingComesBackAsItWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := incident.Binding{
			Incident: incident.Token(rapid.StringMatching(`[0-9a-f]{12}`).Draw(t, "incident")), Page: rapid.IntRange(0, 999_999).Draw(t, "page"),
			Step: rapid.IntRange(0, 999_999).Draw(t, "step"), Expires: time.Unix(rapid.Int64Range(1, 99_999_999_999).Draw(t, "expires"), 0).UTC(),
		}
		back, err := incident.ParseBinding(b.String())
		require.NoError(t, err)
		require.Equal(t, b, back)
		require.LessOrEqual(t, len(b.String()), 100)
	})
	for _, s := range []string{"", "3f2a9c1b7d04", "INC-7.1.1.1", "3F2A9C1B7D04.1.1.1", "3f2a9c1b7d04.01.1.1", "3f2a9c1b7d04.1.-1.1", "3f2a9c1b7d04.1.1.0", "3f2a9c1b7d04.1.1.999999999999", "3f2a9c1b7d04.1.1.1\n", strings.Repeat("9", 9999)} {
		b, err := incident.ParseBinding(s)
		require.Error(t, err, "%q", s)
		require.Zero(t, b)
	}
}

func TestKeysAreOnePerAttemptAndDelivery(t *testing.T) {
	require.Equal(t, "INC-7/page/3/p-ann/chat", incident.PageKey("INC-7", 3, "p-ann", "chat"))
	require.Equal(t, "INC-7/page/3/paged", incident.StepKey("INC-7", 3, "paged"))
	require.Equal(t, incident.ActKey("INC-7", "d1"), incident.ActKey("INC-7", "d1"))
	require.NotEqual(t, incident.ActKey("INC-7", "d1"), incident.ActKey("INC-7", "d2"))
}

func TestEveryEventIsEvidenceForIncidentControls(t *testing.T) {
	for _, event := range append(incident.Events(), "incident.of-the-future") {
		controls := incident.Controls(event)
		require.Contains(t, controls, "NIST80053:IR-4", event)
		require.True(t, slices.ContainsFunc(controls, func(c string) bool { return strings.HasPrefix(c, "SOC2:CC7.") }), event)
		require.True(t, slices.ContainsFunc(controls, func(c string) bool { return strings.HasPrefix(c, "ISO27001:A.5.2") }), event)
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(controls))), len(controls))
	}
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(incident.Events()))), len(incident.Events()))
}

func FuzzParseBinding(f *testing.F) {
	f.Add(ref)
	f.Add("...")
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := incident.ParseBinding(s); err == nil {
			require.Equal(t, s, b.String(), "one binding, one text")
		}
	})
}

func FuzzParseAct(f *testing.F) {
	f.Add("update", ref, "it went well", "2h", "CHG-7")
	f.Add("declare", "", "Billing\x00", "sev1", "\xff")
	f.Fuzz(func(t *testing.T, action, ref, text, choice, number string) {
		in := compliance.Inbound{Action: action, Ref: ref}
		for name, value := range map[string]string{
			"note": text, "reason": text, "root_cause": text, "title": text, "system": choice, "severity": choice, "quiet": choice, "run": number, "change": number, "seen": text, "statement": choice,
		} {
			in.Answers = append(in.Answers, compliance.Answer{Name: name, Value: value, Shown: text})
		}
		a, reason, field := incident.ParseAct(in)
		if reason == incident.OK {
			require.Empty(t, field)
			require.True(t, utf8.ValidString(a.Text))
			require.LessOrEqual(t, utf8.RuneCountInString(a.Text), 2000)
		}
		if d, reason, _ := incident.ParseDeclare(in); reason == incident.OK {
			require.True(t, utf8.ValidString(d.Title) && utf8.ValidString(d.System) && d.Title != "")
			require.Contains(t, incident.Severities(), d.Severity)
		}
	})
}
