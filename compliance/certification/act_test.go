package certification_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	cert "github.com/lowcodex/countersign/compliance/certification"
)

const (
	ref  = "CER-7.2.30.0123456789abcdef0123456789abcdef"
	mark = "0123456789abcdef0123456789abcdef"
)

// filled fills a form in as somebody would who leaves out the field named.
func filled(f compliance.Form, without string) compliance.Inbound {
	in := compliance.Inbound{Action: f.Action, Ref: ref}
	for _, field := range f.Fields {
		value := map[compliance.FieldKind]string{compliance.Attest: cert.Yes, compliance.Prose: "it went well"}[field.Kind]
		switch {
		case field.Kind == compliance.Choice:
			value = field.Options[0].Value
		case field.Name == cert.FieldFrom:
			value = "2026-01-01"
		case field.Name == cert.FieldTo:
			value = "2026-12-31"
		}
		if field.Name != without {
			in.Answers = append(in.Answers, compliance.Answer{Name: field.Name, Value: value, Shown: field.Label})
		}
	}
	return in
}

func change(in compliance.Inbound, name, value string) compliance.Inbound {
	out := in
	out.Answers = append([]compliance.Answer(nil), in.Answers...)
	for i := range out.Answers {
		if out.Answers[i].Name == name {
			out.Answers[i].Value = value
		}
	}
	return out
}

func TestFormsFitEverySurfaceAndAgreeWithTheParser(t *testing.T) {
	titles := map[string]bool{}
	for _, action := range cert.ActionNames() {
		f, ok := cert.FormFor(action)
		require.True(t, ok)
		require.Equal(t, action, f.Action)
		require.False(t, titles[f.Title])
		titles[f.Title] = true
		require.LessOrEqual(t, utf8.RuneCountInString(f.Title), 24)
		require.LessOrEqual(t, utf8.RuneCountInString(f.Submit), 24)
		require.NotEmpty(t, f.Submit)
		require.NotEmpty(t, f.Fields)
		a, reason, field := cert.ParseAct(filled(f, ""))
		require.Equal(t, cert.OK, reason, "%s: %s", action, field)
		require.Equal(t, action, a.Action)
		require.NotEmpty(t, cert.EventFor(a))
		for _, missing := range f.Fields {
			require.NotEmpty(t, missing.Label)
			require.LessOrEqual(t, utf8.RuneCountInString(missing.Label), 200)
			require.Equal(t, missing.Kind == compliance.Choice, len(missing.Options) > 0)
			_, reason, field := cert.ParseAct(filled(f, missing.Name))
			switch {
			case missing.Required, missing.Name == cert.FieldDays: // needed with a grace only
				require.Equal(t, cert.MissingAnswer, reason, "%s without %s", action, missing.Name)
				require.Equal(t, missing.Name, field)
			default:
				require.Equal(t, cert.OK, reason, "%s without %s", action, missing.Name)
			}
			if missing.Kind == compliance.Prose {
				_, reason, field = cert.ParseAct(change(filled(f, ""), missing.Name, strings.Repeat("x", 2001)))
				require.Equal(t, cert.BadRequest, reason, "%s %s", action, missing.Name)
				require.Equal(t, missing.Name, field)
			}
		}
		for _, damage := range []string{"", "CER-7", ref + "0"} {
			in := filled(f, "")
			in.Ref = damage
			_, reason, _ := cert.ParseAct(in)
			require.Equal(t, cert.BadRequest, reason)
		}
		twice := filled(f, "")
		twice.Answers = append(twice.Answers, twice.Answers[0])
		_, reason, _ = cert.ParseAct(twice)
		require.Equal(t, cert.BadRequest, reason, "answered twice: nobody could say which counts")
	}
	_, ok := cert.FormFor("object")
	require.False(t, ok)
	_, reason, _ := cert.ParseAct(compliance.Inbound{Action: "object", Ref: ref})
	require.Equal(t, cert.BadRequest, reason)
	require.Empty(t, cert.EventFor(cert.Act{Action: "object"}))
}

func TestParseActReads(t *testing.T) {
	f, _ := cert.FormFor(cert.ActionReceive)
	a, reason, _ := cert.ParseAct(change(change(filled(f, ""), cert.FieldKind, cert.KindCorrection), cert.FieldFrom, " 2026-01-01\n"))
	require.Equal(t, cert.OK, reason)
	require.Equal(t, cert.Act{
		Action: "receive", Binding: cert.Binding{Number: "CER-7", Version: 2, Rung: "30", Mark: mark},
		Coverage: span("2026-01-01", "2026-12-31"), Document: "it went well", Corrects: true,
	}, a)
	f, _ = cert.FormFor(cert.ActionGrace)
	a, reason, _ = cert.ParseAct(filled(f, ""))
	require.Equal(t, cert.OK, reason)
	require.True(t, a.Grant)
	require.Equal(t, 7, a.Days)
	a, reason, _ = cert.ParseAct(change(filled(f, cert.FieldDays), cert.FieldDecision, cert.DecisionDeny))
	require.Equal(t, cert.OK, reason, "a denial has no end")
	require.False(t, a.Grant)
	require.Equal(t, cert.EventDenied, cert.EventFor(a))
}

func TestParseActRefusesImpossibleInput(t *testing.T) {
	for _, c := range []struct {
		action, field, value string
		want                 cert.Reason
	}{
		{cert.ActionReceive, cert.FieldFrom, "2026-02-30", cert.UnreadableDate},
		{cert.ActionReceive, cert.FieldTo, "31.12.2026", cert.UnreadableDate},
		{cert.ActionReceive, cert.FieldTo, "2025-12-31", cert.BadDates},
		{cert.ActionReceive, cert.FieldTo, "2062-12-31", cert.BadDates},
		{cert.ActionReceive, cert.FieldDocument, "  ", cert.MissingAnswer},
		{cert.ActionReceive, cert.FieldDocument, "a\x00b", cert.BadRequest},
		{cert.ActionReceive, cert.FieldKind, "gift", cert.BadRequest},
		{cert.ActionGrace, cert.FieldDecision, "perhaps", cert.BadRequest},
		{cert.ActionGrace, cert.FieldDays, "-7", cert.BadRequest},
		{cert.ActionGrace, cert.FieldDays, "007", cert.BadRequest},
		{cert.ActionGrace, cert.FieldDays, "366", cert.BadRequest},
		{cert.ActionGrace, cert.FieldDays, "99999999999999999999", cert.BadRequest},
		{cert.ActionGrace, cert.FieldReason, "..", cert.MissingAnswer},
		{cert.ActionReturn, cert.FieldReason, " \u200b ", cert.MissingAnswer},
		{cert.ActionWithdraw, cert.FieldReason, "\xff\xfe\xfd", cert.BadRequest},
		{cert.ActionAccept, cert.FieldRead, "no", cert.MissingAnswer},
	} {
		f, _ := cert.FormFor(c.action)
		_, reason, field := cert.ParseAct(change(filled(f, ""), c.field, c.value))
		require.Equal(t, c.want, reason, "%s %q", c.field, c.value)
		require.Equal(t, c.field, field)
	}
	f, _ := cert.FormFor(cert.ActionAccept)
	in := filled(f, "")
	in.Answers[0].Shown = " "
	_, reason, _ := cert.ParseAct(in)
	require.Equal(t, cert.BadRequest, reason, "a tick without its statement attests nothing")
}

func FuzzParseAct(f *testing.F) {
	f.Add("receive", ref, "from", "2026-01-01", "to", "2026-12-31")
	f.Add("decide-grace", "CER-1.1..", "decision", "grant", "days", "30")
	f.Add("accept", "CER-1.1.-7.", "read", "yes", "comment", "")
	f.Fuzz(func(t *testing.T, action, ref, n1, v1, n2, v2 string) {
		in := compliance.Inbound{Action: action, Ref: ref, Answers: []compliance.Answer{
			{Name: n1, Value: v1, Shown: "x"}, {Name: n2, Value: v2, Shown: "y"},
			{Name: cert.FieldDocument, Value: "blob:1"}, {Name: cert.FieldKind, Value: cert.KindRenewal}, {Name: cert.FieldReason, Value: "because"},
		}}
		a, reason, _ := cert.ParseAct(in)
		if reason != cert.OK {
			return
		}
		require.Contains(t, cert.ActionNames(), a.Action)
		require.Equal(t, ref, a.Binding.String())
		require.True(t, utf8.ValidString(a.Note))
		require.LessOrEqual(t, utf8.RuneCountInString(a.Note), 2000)
		if a.Action == cert.ActionReceive {
			require.Equal(t, cert.OK, a.Coverage.Check())
		}
		require.True(t, !a.Grant || a.Days >= 1 && a.Days <= 365)
	})
}

func TestBindingComesBackAsItWent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := cert.Binding{
			Number:  rapid.StringMatching(`[A-Z]{2,8}-[1-9][0-9]{0,14}`).Draw(t, "number"),
			Version: rapid.IntRange(1, 999_999).Draw(t, "version"),
			Rung:    rapid.StringMatching(`(0|-?[1-9][0-9]{0,5})?`).Draw(t, "rung"),
			Mark:    rapid.StringMatching(`([0-9a-f]{32})?`).Draw(t, "mark"),
		}
		require.LessOrEqual(t, len(b.String()), 500, "must fit into Action.Ref")
		back, err := cert.ParseBinding(b.String())
		require.NoError(t, err)
		require.Equal(t, b, back)
	})
	for _, s := range []string{
		"", "CER-7.1.30", "CER-7.1.30..", "7.1.30.", "CER-0.1.30.", "CER-7.0.30.", "CER-7.01.30.", "CER-7.1.-0.", "CER-7.1.+1.", "CER-7.1.030.",
		"CER-7.1.30.0123456789ab", "CER-7.1.30." + strings.ToUpper(mark), "CER-7.1.30.\n", strings.Repeat("A", 100_000),
	} {
		b, err := cert.ParseBinding(s)
		require.Error(t, err, s)
		require.Zero(t, b)
		require.Less(t, len(err.Error()), 400)
	}
	require.NotEqual(t, cert.MarkOf("a", span("2026-01-01", "2026-12-31")), cert.MarkOf("a", span("2026-01-01", "2026-12-30")), "the dates are part of what is accepted")
	require.Len(t, cert.MarkOf("", cert.Coverage{}), 32)
}

func FuzzParseBinding(f *testing.F) {
	f.Add(ref)
	f.Add("CER-7.1..")
	f.Add("...")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := cert.ParseBinding(s)
		if err != nil {
			require.Zero(t, b)
			return
		}
		require.Equal(t, s, b.String(), "one binding, one text")
		require.Positive(t, b.Version)
	})
}
