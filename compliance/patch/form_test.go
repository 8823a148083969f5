package patch_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

const ref = "PAT-3.2.n1.0123456789ab"

var current = patch.NewBinding("PAT-3", 2, "n1", payload)

// answered fills a form in as somebody would who leaves out the field named.
func answered(f compliance.Form, without string) compliance.Inbound {
	in := compliance.Inbound{Action: f.Action, Ref: ref}
	for _, field := range f.Fields {
		value := map[compliance.FieldKind]string{compliance.Attest: patch.Ticked, compliance.Prose: "we know why"}[field.Kind]
		if field.Kind == compliance.Choice {
			value = field.Options[0].Value
		}
		if field.Name != without {
			in.Answers = append(in.Answers, compliance.Answer{Name: field.Name, Value: value, Shown: field.Label})
		}
	}
	return in
}

func TestFormsFitEverySurfaceAndAgreeWithTheParser(t *testing.T) {
	titles := map[string]bool{}
	for _, action := range patch.Actions() {
		f, ok := patch.FormFor(action)
		require.True(t, ok)
		require.Equal(t, action, f.Action)
		require.LessOrEqual(t, utf8.RuneCountInString(f.Title), 24)
		require.LessOrEqual(t, utf8.RuneCountInString(f.Submit), 24)
		require.False(t, titles[f.Title])
		titles[f.Title] = true
		a, reason, field := patch.ParseAct(answered(f, ""))
		require.Equal(t, patch.OK, reason, "%s: %s", action, field)
		require.Equal(t, current, a.Binding)
		require.Equal(t, "we know why", a.Reason)
		names := map[string]bool{}
		for _, missing := range f.Fields {
			require.False(t, names[missing.Name])
			names[missing.Name] = true
			require.LessOrEqual(t, utf8.RuneCountInString(missing.Label), 200)
			require.Equal(t, missing.Kind == compliance.Choice, len(missing.Options) > 0)
			_, reason, field := patch.ParseAct(answered(f, missing.Name))
			require.Equal(t, patch.MissingAnswer, reason, "%s without %s", action, missing.Name)
			require.Equal(t, missing.Name, field)
			odd := answered(f, missing.Name)
			odd.Answers = append(odd.Answers, compliance.Answer{Name: missing.Name, Value: strings.Repeat("x", 2001), Shown: "s"})
			_, reason, _ = patch.ParseAct(odd)
			require.NotEqual(t, patch.OK, reason, "%s with nonsense in %s", action, missing.Name)
		}
		twice := answered(f, "")
		twice.Answers = append(twice.Answers, twice.Answers[0])
		_, reason, _ = patch.ParseAct(twice)
		require.Equal(t, patch.BadRequest, reason)
		lost := answered(f, "")
		lost.Ref = "PAT-3"
		_, reason, _ = patch.ParseAct(lost)
		require.Equal(t, patch.BadRequest, reason)
	}
	_, ok := patch.FormFor("approve")
	require.False(t, ok)
	_, reason, _ := patch.ParseAct(compliance.Inbound{Action: "approve", Ref: ref})
	require.Equal(t, patch.BadRequest, reason)
	f, _ := patch.FormFor(patch.ActionWaive)
	in := answered(f, patch.FieldDays)
	in.Answers = append(in.Answers, compliance.Answer{Name: patch.FieldDays, Value: patch.HowRetest})
	_, reason, _ = patch.ParseAct(in)
	require.Equal(t, patch.BadRequest, reason, "another form's choice")
	waive, _, _ := patch.ParseAct(answered(f, ""))
	require.Equal(t, 1, waive.Days)
	require.NotEmpty(t, waive.Attested.Shown)
}

func TestBindingComesBackAsItWent(t *testing.T) {
	require.Equal(t, ref, current.String())
	rapid.Check(t, func(t *rapid.T) {
		b := patch.Binding{
			Number: rapid.StringMatching(`[A-Z]{2,8}-[1-9][0-9]{0,14}`).Draw(t, "number"), Ring: rapid.IntRange(0, 999).Draw(t, "ring"),
			Nonce: rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`).Draw(t, "nonce"), Digest: rapid.StringMatching(`[0-9a-f]{12}`).Draw(t, "digest"),
		}
		back, err := patch.ParseBinding(b.String())
		require.NoError(t, err)
		require.Equal(t, b, back)
	})
	for _, s := range []string{"", "PAT-3", ref + "0", ref + ".x", "PAT-0.2.n1.0123456789ab", "PAT-3.02.n1.0123456789ab", "PAT-3.2..0123456789ab", ref + "\n"} {
		_, err := patch.ParseBinding(s)
		require.Error(t, err, s)
	}
}

func FuzzParseAct(f *testing.F) {
	f.Add("stop", ref, "reason", "because", "")
	f.Add("resume", ref, "how", "retest", "How?")
	f.Fuzz(func(t *testing.T, action, ref, name, value, shown string) {
		a, reason, _ := patch.ParseAct(compliance.Inbound{Action: action, Ref: ref, Answers: []compliance.Answer{{Name: name, Value: value, Shown: shown}}})
		if reason != patch.OK {
			require.Zero(t, a)
			return
		}
		require.Equal(t, ref, a.Binding.String(), "one binding, one text")
		require.Contains(t, patch.Actions(), a.Action)
		require.True(t, utf8.ValidString(a.Reason))
	})
}

func TestJudgeAct(t *testing.T) {
	me := patch.Voter{Person: "p-1"}
	old := patch.NewBinding("PAT-3", 1, "n0", payload)
	for name, c := range map[string]struct {
		s    patch.Standing
		a    patch.Act
		by   patch.Voter
		want patch.Reason
	}{
		"stop":                               {patch.Standing{State: patch.Rolling}, patch.Act{Action: patch.ActionStop}, me, patch.OK},
		"stop from an old card":              {patch.Standing{State: patch.Rolling}, patch.Act{Action: patch.ActionStop, Binding: old}, me, patch.OK},
		"stop before approval":               {patch.Standing{State: patch.Approving}, patch.Act{Action: patch.ActionStop}, me, patch.OK},
		"stop twice":                         {patch.Standing{State: patch.Held, Stopped: true}, patch.Act{Action: patch.ActionStop}, me, patch.AlreadyDone},
		"stop the way back":                  {patch.Standing{State: patch.Reverting}, patch.Act{Action: patch.ActionStop}, me, patch.NotRolling},
		"stop what is over":                  {patch.Standing{State: patch.Completed}, patch.Act{Action: patch.ActionStop}, me, patch.AlreadyOver},
		"stranger":                           {patch.Standing{State: patch.Rolling}, patch.Act{Action: patch.ActionStop}, patch.Voter{Person: "p", Reason: patch.NotAllowed}, patch.NotAllowed},
		"nobody":                             {patch.Standing{State: patch.Rolling}, patch.Act{Action: patch.ActionStop}, patch.Voter{}, patch.NotAllowed},
		"another rollout":                    {patch.Standing{State: patch.Rolling}, patch.Act{Action: patch.ActionStop, Binding: patch.NewBinding("PAT-4", 2, "n1", payload)}, me, patch.BadRequest},
		"P9: roll back from an old card":     {patch.Standing{State: patch.Rolling, Touched: true}, patch.Act{Action: patch.ActionRollBack, Binding: old}, me, patch.OK},
		"roll back when complete":            {patch.Standing{State: patch.Completed, Touched: true}, patch.Act{Action: patch.ActionRollBack}, me, patch.OK},
		"roll back twice":                    {patch.Standing{State: patch.Reverting, Touched: true}, patch.Act{Action: patch.ActionRollBack}, me, patch.AlreadyDone},
		"P7: one more try by a person":       {patch.Standing{State: patch.Stranded, Touched: true}, patch.Act{Action: patch.ActionRollBack}, me, patch.OK},
		"roll back nothing":                  {patch.Standing{State: patch.Rolling}, patch.Act{Action: patch.ActionRollBack}, me, patch.NothingTouched},
		"roll back what is rolled back":      {patch.Standing{State: patch.RolledBack}, patch.Act{Action: patch.ActionRollBack}, me, patch.AlreadyOver},
		"resume a stop":                      {patch.Standing{State: patch.Held, HeldFor: patch.Stopped}, patch.Act{Action: patch.ActionResume}, me, patch.OK},
		"resume from an old card":            {patch.Standing{State: patch.Held, HeldFor: patch.Stopped}, patch.Act{Action: patch.ActionResume, Binding: old}, me, patch.StaleCard},
		"resume what rolls":                  {patch.Standing{State: patch.Rolling}, patch.Act{Action: patch.ActionResume}, me, patch.NotHeld},
		"P4: a word is no test result":       {patch.Standing{State: patch.Held, HeldFor: patch.TestsNoData}, patch.Act{Action: patch.ActionResume}, me, patch.TestsNoData},
		"P4: test again":                     {patch.Standing{State: patch.Held, HeldFor: patch.TestsErred}, patch.Act{Action: patch.ActionResume, Retest: true}, me, patch.OK},
		"P8: resume does not lift a bar":     {patch.Standing{State: patch.Held, HeldFor: patch.PayloadBarred}, patch.Act{Action: patch.ActionResume, Retest: true}, me, patch.PayloadBarred},
		"P8: lift":                           {patch.Standing{State: patch.RolledBack, Barred: true}, patch.Act{Action: patch.ActionLift}, me, patch.OK},
		"lifted elsewhere":                   {patch.Standing{State: patch.RolledBack, Lifted: true}, patch.Act{Action: patch.ActionLift}, me, patch.AlreadyDone},
		"barred again":                       {patch.Standing{State: patch.RolledBack, Barred: true, Lifted: true}, patch.Act{Action: patch.ActionLift}, me, patch.OK},
		"P8: resume after the bar":           {patch.Standing{State: patch.Held, HeldFor: patch.PayloadBarred, Lifted: true}, patch.Act{Action: patch.ActionResume}, me, patch.OK},
		"lift nothing":                       {patch.Standing{State: patch.RolledBack}, patch.Act{Action: patch.ActionLift}, me, patch.NotBarred},
		"P23: waive":                         {patch.Standing{State: patch.Held, AskedBy: "p-2"}, patch.Act{Action: patch.ActionWaive}, me, patch.OK},
		"P23: waive one's own":               {patch.Standing{State: patch.Held, AskedBy: "p-1"}, patch.Act{Action: patch.ActionWaive}, me, patch.SamePerson},
		"P23: waive what nobody asked for":   {patch.Standing{State: patch.Held}, patch.Act{Action: patch.ActionWaive}, me, patch.SamePerson},
		"waive when over":                    {patch.Standing{State: patch.Completed, AskedBy: "p-2"}, patch.Act{Action: patch.ActionWaive}, me, patch.AlreadyOver},
		"P15: accept later":                  {patch.Standing{State: patch.Rolling, AskedBy: "p-2", Pending: true}, patch.Act{Action: patch.ActionLater}, me, patch.OK},
		"P15: accept one's own":              {patch.Standing{State: patch.Rolling, AskedBy: "p-1", Pending: true}, patch.Act{Action: patch.ActionLater}, me, patch.SamePerson},
		"P15: accept what is not waiting":    {patch.Standing{State: patch.Rolling, AskedBy: "p-2"}, patch.Act{Action: patch.ActionLater}, me, patch.NotLater},
		"P15: accept what was shown earlier": {patch.Standing{State: patch.Rolling, AskedBy: "p-2", Pending: true}, patch.Act{Action: patch.ActionLater, Binding: old}, me, patch.StaleCard},
		"no such act":                        {patch.Standing{State: patch.Rolling}, patch.Act{Action: "approve"}, me, patch.BadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			c.s.Current = current
			if c.a.Binding == (patch.Binding{}) {
				c.a.Binding = current
			}
			require.Equal(t, c.want, patch.JudgeAct(c.s, c.a, c.by))
		})
	}
}
