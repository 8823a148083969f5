package compliance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

func TestPeopleAreCalledByTheirNames(t *testing.T) {
	name := func(p compliance.PersonID) string {
		return map[compliance.PersonID]string{"p-ann": "Ann", "p-anna": "Anna"}[p]
	}
	for text, want := range map[string]string{
		"p-anna acknowledged first, then p-ann.": "Anna acknowledged first, then Ann.",
		"Nobody did.":                            "Nobody did.",
	} {
		require.Equal(t, want, compliance.NamePeople(text, []compliance.PersonID{"p-ann", "", "p-anna"}, name))
	}
	require.Equal(t, "p-ann did.", compliance.NamePeople("p-ann did.", nil, name), "nobody is named who was not listed")
}
