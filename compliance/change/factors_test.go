package change_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func signIn(ago time.Duration, context string, methods ...string) *compliance.SignIn {
	return &compliance.SignIn{At: noon.Add(-ago), Context: context, Methods: methods, Session: "s", Issuer: "https://id.example"}
}

func TestC18_FactorsSayWhatProvesASecondFactor(t *testing.T) {
	class := change.Factors{Contexts: []string{"urn:mfa", "phrh"}}
	combined := change.Factors{Methods: [][]string{{"hwk"}, {"pwd", "otp"}}}
	both := change.Factors{Contexts: class.Contexts, Methods: combined.Methods}
	for name, c := range map[string]struct {
		factors change.Factors
		signIn  *compliance.SignIn
		want    change.Reason
	}{
		"none":                              {change.Factors{}, nil, change.StepUpNeeded},
		"by default mfa":                    {change.Factors{}, signIn(0, "", "pwd", "mfa"), change.OK},
		"by default no class":               {change.Factors{}, signIn(0, "urn:mfa", "pwd"), change.StepUpWeak},
		"by default no two methods":         {change.Factors{}, signIn(0, "", "pwd", "otp"), change.StepUpWeak},
		"nothing said":                      {change.Factors{}, signIn(0, ""), change.StepUpWeak},
		"a method in other letters":         {change.Factors{}, signIn(0, "", "MFA"), change.StepUpWeak},
		"the class":                         {class, signIn(0, "phrh"), change.OK},
		"another class":                     {class, signIn(0, "phr", "mfa"), change.StepUpWeak},
		"no class, and none is asked as ''": {class, signIn(0, "", "mfa"), change.StepUpWeak},
		"one entry of methods":              {combined, signIn(0, "", "hwk"), change.OK},
		"all of an entry":                   {combined, signIn(0, "", "otp", "pwd"), change.OK},
		"half of an entry":                  {combined, signIn(0, "", "otp"), change.StepUpWeak},
		"not the default beside a list":     {combined, signIn(0, "", "mfa"), change.StepUpWeak},
		"both lists":                        {both, signIn(0, "phrh", "hwk"), change.OK},
		"only the class of both":            {both, signIn(0, "phrh", "pwd"), change.StepUpWeak},
		"only the methods of both":          {both, signIn(0, "", "hwk"), change.StepUpWeak},
		"an empty entry proves nothing":     {change.Factors{Methods: [][]string{{}}}, signIn(0, "", "pwd"), change.StepUpWeak},
		"just fresh":                        {change.Factors{}, signIn(change.SignInAge, "", "mfa"), change.OK},
		"too old":                           {change.Factors{}, signIn(change.SignInAge+time.Nanosecond, "", "mfa"), change.StepUpStale},
		"a clock ahead":                     {change.Factors{}, signIn(-change.SignInSkew, "", "mfa"), change.OK},
		"from the future":                   {change.Factors{}, signIn(-change.SignInSkew-time.Nanosecond, "", "mfa"), change.StepUpStale},
		"no time":                           {change.Factors{}, &compliance.SignIn{Methods: []string{"mfa"}}, change.StepUpStale},
		"old and weak":                      {change.Factors{}, signIn(time.Hour, "", "pwd"), change.StepUpStale},
	} {
		require.Equal(t, c.want, c.factors.Judge(c.signIn, noon), name)
	}
}

func TestC18_ParseFactors(t *testing.T) {
	f, err := change.ParseFactors(" urn:mfa , phrh,", "mfa, pwd + otp")
	require.NoError(t, err)
	require.Equal(t, change.Factors{Contexts: []string{"urn:mfa", "phrh"}, Methods: [][]string{{"mfa"}, {"pwd", "otp"}}}, f)
	f, err = change.ParseFactors("", " ")
	require.NoError(t, err)
	require.Equal(t, change.Factors{}, f)
	for _, bad := range []string{"pwd", "mfa,pin", "pwd+kba", "+", "mfa,+"} {
		_, err := change.ParseFactors("", bad)
		require.ErrorContains(t, err, "knowledge only", bad)
	}
	_, err = change.ParseFactors("phrh,0", "")
	require.ErrorContains(t, err, "no assurance")
}

// A level with step-up counts nothing without a sign-in, whatever the verdict,
// and a level without it never asks for one.
func TestC18_AVoteAtAStepUpLevelNeedsASignIn(t *testing.T) {
	fresh := signIn(time.Minute, "", "mfa")
	for name, c := range map[string]struct {
		stepUp bool
		voter  change.Voter
		want   change.Reason
	}{
		"plain":                      {true, change.Voter{Person: "p-1"}, change.StepUpNeeded},
		"signed in":                  {true, change.Voter{Person: "p-1", SignIn: fresh, Linked: "p-1"}, change.OK},
		"stale":                      {true, change.Voter{Person: "p-1", SignIn: signIn(time.Hour, "", "mfa"), Linked: "p-1"}, change.StepUpStale},
		"weak":                       {true, change.Voter{Person: "p-1", SignIn: signIn(0, "", "pwd"), Linked: "p-1"}, change.StepUpWeak},
		"somebody else":              {true, change.Voter{Person: "p-1", SignIn: fresh, Linked: "p-2"}, change.StepUpOtherPerson},
		"a link of nobody":           {true, change.Voter{Person: "p-1", SignIn: fresh}, change.StepUpOtherPerson},
		"somebody else, not allowed": {true, change.Voter{Person: "p-1", Reason: change.NotEligible, SignIn: fresh, Linked: "p-2"}, change.StepUpOtherPerson},
		"a stranger":                 {true, change.Voter{Reason: change.UnknownPerson, SignIn: fresh, Linked: "p-2"}, change.UnknownPerson},
		"not allowed":                {true, change.Voter{Person: "p-1", Reason: change.IsRequester}, change.IsRequester},
		"plain, none asked":          {false, change.Voter{Person: "p-1"}, change.OK},
		"weak, none asked":           {false, change.Voter{Person: "p-1", SignIn: signIn(time.Hour, ""), Linked: "p-1"}, change.OK},
		"somebody else, none asked":  {false, change.Voter{Person: "p-1", SignIn: fresh, Linked: "p-2"}, change.StepUpOtherPerson},
	} {
		for _, v := range []change.Verdict{change.Approve, change.Deny, change.Abstain} {
			r, d := review(), approval()
			r.Route.Levels[0].StepUp, d.Verdict = c.stepUp, v
			ruling := change.Judge(r, d, c.voter, noon)
			require.Equal(t, c.want, ruling.Reason, "%s, %s", name, v)
			require.Equal(t, c.want == change.OK, ruling.Counts, "%s, %s", name, v)
		}
	}
	r := review()
	r.Route.Levels[1].StepUp = true
	require.True(t, change.Judge(r, approval(), change.Voter{Person: "p-1"}, noon).Counts, "another level's demand is not this one's")
	r.Factors = change.Factors{Contexts: []string{"phrh"}}
	r.Route.Levels[0].StepUp = true
	require.Equal(t, change.StepUpWeak, change.Judge(r, approval(), change.Voter{Person: "p-1", SignIn: fresh, Linked: "p-1"}, noon).Reason, "the organisation's factors count")
}

// Whatever a sign-in says, it counts only when it is fresh and one of what was
// asked for is in it; saying more never takes anything away.
func TestC18_FactorsProperties(t *testing.T) {
	words := []string{"pwd", "otp", "hwk", "mfa", "pin", ""}
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string) []string { return rapid.SliceOfN(rapid.SampledFrom(words), 0, 3).Draw(t, name) }
		f := change.Factors{Contexts: some("contexts"), Methods: rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom(words), 1, 2), 0, 2).Draw(t, "methods")}
		s := &compliance.SignIn{
			At:      noon.Add(time.Duration(rapid.IntRange(-20, 20).Draw(t, "minutes")) * time.Minute),
			Methods: some("used"), Context: rapid.SampledFrom(words).Draw(t, "class"),
		}
		got := f.Judge(s, noon)
		require.Contains(t, []change.Reason{change.OK, change.StepUpStale, change.StepUpWeak}, got)
		if got != change.OK {
			return
		}
		require.False(t, s.At.Before(noon.Add(-change.SignInAge)) || s.At.After(noon.Add(change.SignInSkew)))
		require.True(t, len(f.Contexts) == 0 || slices.Contains(f.Contexts, s.Context))
		require.True(t, len(f.Contexts) > 0 || len(f.Methods) > 0 || slices.Contains(s.Methods, "mfa"))
		s.Methods = append(s.Methods, some("more")...)
		require.Equal(t, change.OK, f.Judge(s, noon))
	})
}
