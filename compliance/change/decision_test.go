package change_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

const ref = "CHG-7.1.2.n1.0123456789ab"

// act builds an Inbound from field, value pairs.
func act(action, ref string, pairs ...string) compliance.Inbound {
	in := compliance.Inbound{Action: action, Ref: ref}
	for i := 0; i < len(pairs); i += 2 {
		in.Answers = append(in.Answers, compliance.Answer{Name: pairs[i], Value: pairs[i+1], Shown: "shown " + pairs[i]})
	}
	return in
}

var attested = []string{"tests", "yes", "risk", "yes", "rollback", "yes"}

// Requirement 4: three separate attestations, each kept with the text shown.
func TestC18_AnApprovalIsThreeAttestations(t *testing.T) {
	in := act("approve", ref, append(attested, "comment", " fine \r\n")...)
	d, reason, field := change.ParseDecision(in)
	require.Equal(t, change.OK, reason)
	require.Empty(t, field)
	require.Equal(t, change.Decision{
		Verdict: change.Approve, Binding: change.NewBinding("CHG-7", 1, 2, "n1", fullHash), Reason: "fine", Attested: in.Answers[:3],
	}, d)

	for i, a := range change.Attestations() {
		for _, value := range []string{"", "no", "Yes", "true", "yes "} {
			pairs := append([]string{}, attested...)
			pairs[2*i+1] = value
			_, reason, field := change.ParseDecision(act("approve", ref, pairs...))
			require.Equal(t, change.MissingAnswer, reason, "%s=%q", a.Name, value)
			require.Equal(t, a.Name, field)
		}
	}
	_, reason, field = change.ParseDecision(act("approve", ref))
	require.Equal(t, change.MissingAnswer, reason, "nothing is decided by a bare button")
	require.Equal(t, "tests", field)
}

// Requirement 4: a tick is evidence only together with the statement beside it.
func TestRequirement4_ATickWithoutItsTextIsRefused(t *testing.T) {
	for i, a := range change.Attestations() {
		in := act("approve", ref, attested...)
		in.Answers[i].Shown = " "
		_, reason, field := change.ParseDecision(in)
		require.Equal(t, change.BadRequest, reason)
		require.Equal(t, a.Name, field)
	}
}

func TestC18_ADenialNeedsAReason(t *testing.T) {
	d, reason, _ := change.ParseDecision(act("deny", ref, "reason", "No rollback"))
	require.Equal(t, change.OK, reason)
	require.Equal(t, change.Deny, d.Verdict)
	require.Equal(t, "No rollback", d.Reason)
	for _, text := range []string{"", "  ", "no", "n \n o", "\u200b\u200b\u200b"} {
		_, reason, field := change.ParseDecision(act("deny", ref, "reason", text))
		require.Equal(t, change.MissingAnswer, reason, "%q", text)
		require.Equal(t, "reason", field)
	}
	_, reason, _ = change.ParseDecision(act("deny", ref, "reason", "日本語"))
	require.Equal(t, change.OK, reason)
	_, reason, _ = change.ParseDecision(act("deny", ref, "reason", strings.Repeat("é", 2000)))
	require.Equal(t, change.OK, reason)
	d, reason, field := change.ParseDecision(act("abstain", ref))
	require.Equal(t, change.OK, reason)
	require.Empty(t, field)
	require.Equal(t, change.Abstain, d.Verdict)
}

func TestParseDecisionRefusesDamage(t *testing.T) {
	many := make([]string, 0, 60)
	for i := range 30 {
		many = append(many, strings.Repeat("f", i+1), "yes")
	}
	for name, c := range map[string]struct {
		in    compliance.Inbound
		field string
	}{
		"unknown action":  {act("start", ref, attested...), ""},
		"no action":       {act("", ref, attested...), ""},
		"no reference":    {act("approve", "", attested...), ""},
		"bad reference":   {act("approve", "CHG-7", attested...), ""},
		"outside review":  {act("approve", "CHG-7.1.0..0123456789ab", attested...), ""},
		"answered twice":  {act("approve", ref, append([]string{"tests", "no"}, attested...)...), ""},
		"too many fields": {act("deny", ref, many...), ""},
		"reason too long": {act("deny", ref, "reason", strings.Repeat("é", 2001)), "reason"},
		"not UTF-8":       {act("deny", ref, "reason", "caf\xe9"), "reason"},
		"a zero byte":     {act("approve", ref, append([]string{"comment", "a\x00b"}, attested...)...), "comment"},
	} {
		t.Run(name, func(t *testing.T) {
			_, reason, field := change.ParseDecision(c.in)
			require.Equal(t, change.BadRequest, reason)
			require.Equal(t, c.field, field)
		})
	}
}

func FuzzParseDecision(f *testing.F) {
	f.Add("approve", ref, "tests", "yes", "risk", "yes", "rollback", "yes")
	f.Add("deny", ref, "reason", "because", "comment", "", "x", "y")
	f.Add("abstain", "", "comment", "\xff", "", "", "", "")
	f.Fuzz(func(t *testing.T, action, ref, n1, v1, n2, v2, n3, v3 string) {
		in := act(action, ref, n1, v1, n2, v2, n3, v3)
		d, reason, field := change.ParseDecision(in)
		if reason != change.OK {
			require.Contains(t, []change.Reason{change.BadRequest, change.MissingAnswer}, reason)
			if form, ok := change.FormFor(action); ok && field != "" {
				require.True(t, hasField(form, field), "%s is not on the form", field)
			}
			return
		}
		require.Empty(t, field)
		require.Equal(t, in.Ref, d.Binding.String())
		require.Equal(t, action, string(d.Verdict))
		switch d.Verdict {
		case change.Approve:
			require.Len(t, d.Attested, 3)
			for _, a := range d.Attested {
				require.Equal(t, change.Yes, a.Value)
				require.NotEmpty(t, a.Shown)
			}
		case change.Deny:
			require.NotEmpty(t, strings.TrimSpace(d.Reason))
		}
	})
}

func hasField(f compliance.Form, name string) bool {
	for _, field := range f.Fields {
		if field.Name == name {
			return true
		}
	}
	return false
}
