package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// Message surfaces send every field of a form, also those that nobody filled in. A
// box that is not ticked states nothing, and refuses nothing: whoever hands over a
// code review alone, or wants the checks looked at again, is not told that it could
// not be read.
func TestRequirement6_AnUntickedStatementIsNone(t *testing.T) {
	form, ok := rules.FormFor(rules.ActionGate)
	require.True(t, ok)
	handed := func(values map[string]string) (rules.Handed, rules.Reason, string) {
		in := compliance.Inbound{Action: rules.ActionGate, Ref: rules.NewBinding("CHG-1", 1, 0, "", "0123456789ab").String()}
		for _, f := range form.Fields {
			in.Answers = append(in.Answers, compliance.Answer{Name: f.Name, Value: values[f.Name], Shown: f.Label})
		}
		return rules.ParseGate(in)
	}
	h, bad, field := handed(map[string]string{
		rules.FieldReviewLink: "https://code.example/7", rules.FieldReviewAuthor: "p-goran", rules.FieldReviewer: "p-hana",
	})
	require.Equal(t, rules.OK, bad, field)
	require.Nil(t, h.Synthetic)
	require.NotNil(t, h.Review)

	h, bad, field = handed(nil)
	require.Equal(t, rules.OK, bad, field)
	require.Nil(t, h.Synthetic, "nothing at all is a wish to look again")

	h, bad, _ = handed(map[string]string{rules.FieldSynthetic: rules.Yes})
	require.Equal(t, rules.OK, bad)
	require.Equal(t, rules.SyntheticText, h.Synthetic.Shown)

	_, bad, field = handed(map[string]string{rules.FieldSynthetic: "no"})
	require.Equal(t, rules.BadRequest, bad)
	require.Equal(t, rules.FieldSynthetic, field)
}
