package exception_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	exc "github.com/lowcodex/countersign/compliance/exception"
)

// What can be read is written back as it was, and nothing else can be read.
func FuzzBinding(f *testing.F) {
	for _, s := range []string{"EXC-3.1.0", "EXC-3.12.7", "EXC-3.01.0", "EXC-0.1.1", "...", "EXC-3.1.0\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := exc.ParseBinding(s); err == nil {
			require.Equal(t, s, b.String())
		}
	})
}

// Whatever arrives as a request is read whole or names what is wrong with it.
func FuzzRequest(f *testing.F) {
	f.Add("gate/tests", "order-portal", "a reason", "p-hana", "2027-03-01")
	f.Add("GATE", "order portal", "\x00", "p hana", "2027-02-30")
	f.Fuzz(func(t *testing.T, control, system, reason, verifier, until string) {
		in := compliance.Inbound{Action: exc.ActionRequest}
		for _, a := range [][2]string{
			{exc.FieldControl, control}, {exc.FieldSystem, system}, {exc.FieldReason, reason}, {exc.FieldCompensating, "two people read it"},
			{exc.FieldVerifier, verifier}, {exc.FieldUntil, until},
		} {
			in.Answers = append(in.Answers, compliance.Answer{Name: a[0], Value: a[1]})
		}
		r, bad, field := exc.ParseRequest(in)
		if bad != exc.OK {
			require.NotEmpty(t, field)
			require.NotContains(t, bad.Text(), "was refused (")
			return
		}
		require.NotEmpty(t, r.Control)
		require.NotEmpty(t, r.System)
		require.NotEmpty(t, r.Verifier)
		require.False(t, r.Until.IsZero())
	})
}
