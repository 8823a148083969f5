package checkup_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
)

const part = checkup.Part("tracker")

func TestEveryReasonHasASentence(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	require.NoError(t, err)
	var declared []checkup.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Type != nil {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			declared = append(declared, checkup.Reason(text))
		}
		return true
	})
	require.ElementsMatch(t, declared, checkup.Reasons())
	seen := map[string]bool{}
	for _, r := range checkup.Reasons() {
		require.NotContains(t, r.Text(), string(r)+")", "%s has no sentence", r)
		require.False(t, seen[r.Text()], r)
		seen[r.Text()] = true
	}
	require.Contains(t, checkup.Reason("later").Text(), "(later)")
}

func TestAFailedCallSaysWhoMendsIt(t *testing.T) {
	for class, want := range map[compliance.Class]struct {
		reason checkup.Reason
		result checkup.Result
		mend   string
	}{
		compliance.Unavailable:    {checkup.Unreachable, checkup.Mend, "name resolution"},
		compliance.UnknownOutcome: {checkup.Unreachable, checkup.Mend, "name resolution"},
		compliance.Blocked:        {checkup.Refused, checkup.Mend, "set the token"},
		compliance.Invalid:        {checkup.Refused, checkup.Mend, "set the token"},
		compliance.Gone:           {checkup.Missing, checkup.Mend, "set the token"},
		compliance.Throttled:      {checkup.Busy, checkup.Unknown, "in a minute"},
	} {
		c := part.Failed("token", &compliance.Failure{Class: class, Op: "ask"}, "set the token")
		require.Equal(t, want.reason, c.Reason, class)
		require.Equal(t, want.result, c.Result, class)
		require.Contains(t, c.Mend, want.mend, class)
	}
}

func TestClocksMayBeAMinuteApart(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for skew, want := range map[time.Duration]string{
		0: "", checkup.MaxSkew: "", -checkup.MaxSkew: "",
		checkup.MaxSkew + time.Second:  "1m1s behind theirs",
		-checkup.MaxSkew - time.Second: "1m1s ahead of theirs",
	} {
		c := part.Clock(now, now.Add(skew))
		if want == "" {
			require.Equal(t, checkup.OK, c.Result, skew)
			continue
		}
		require.Equal(t, checkup.ClockSkew, c.Reason, skew)
		require.Contains(t, c.Detail, want)
	}
}

func TestOnlyWhatAPersonMustMendIsCounted(t *testing.T) {
	r := checkup.Report{Checks: []checkup.Check{
		part.OK("token", "of %s", "bot"), part.Wrong("webhook", checkup.Unseen, "", ""), part.Wrong("scopes", checkup.Lacking, "", "")}}
	require.Equal(t, 1, r.ToMend())
}
