package commands

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// A command line cannot prove a second factor: it says so before anything is
// attested to, and prints where to decide instead, alone on its line.
func TestC18_TheCommandLinePrintsTheLink(t *testing.T) {
	p, out, notes := fixed(t, "table", nil)
	s := reviewed()
	form, _ := rules.FormFor(rules.ActionApprove)
	p.showSubject(notes, changeStanding(s), form, false)
	require.NotContains(t, notes.String(), "needs a sign-in")
	s.StepUp = true
	p.showSubject(notes, changeStanding(s), form, false)
	require.Contains(t, notes.String(), "This level needs a sign-in, which a command cannot prove")
	notes.Reset()
	withdraw, _ := rules.FormFor(rules.ActionWithdraw)
	p.showSubject(notes, changeStanding(s), withdraw, false)
	require.NotContains(t, notes.String(), "needs a sign-in")

	d := changes()
	err := p.report(&d, acted{Number: "CHG-7", Action: "approve", Reply: compliance.Reply{
		Outcome: compliance.Declined, Reason: string(rules.StepUpNeeded), Text: "Sign in.", Link: "https://gate.example/signin?link=abc",
	}})
	var f *failure
	require.True(t, errors.As(err, &f))
	require.Equal(t, ExitRefused, f.code)
	require.Equal(t, "declined: Sign in.\n\nhttps://gate.example/signin?link=abc\n", out.String())
}
