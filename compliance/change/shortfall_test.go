package change_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
)

func TestC6_ShortfallSaysWhatIsMissingAndTheWayOut(t *testing.T) {
	l := level("3", "owners", "board")
	l.Name = "platform owners"
	l.External = "p-ext"
	members := group("owners", person("p-1"), person("p-2"), person("p-req"), person("p-imp"), gone("p-3"), gone("p-4"))
	r := resolve(t, l, members, ptr(person("p-ext")), false)
	fine := resolve(t, level("1", "owners"), members, nil, false)

	short := change.Unreachable([]change.ResolvedLevel{fine, r})
	require.Len(t, short, 1)
	require.Equal(t, change.Shortfall{
		Level: 2, Name: "platform owners", Groups: []string{"owners", "board"}, Required: 3, Eligible: 2,
		Excluded: r.Excluded, External: "p-ext",
	}, short[0])
	require.Equal(t, "Level 2 (platform owners) needs 3 approvals, but only 2 people may decide. "+
		"Left out: the requester, the implementer, 2 people who are not active. "+
		"Ask the owner of the rules to add 1 independent person to one of the groups owners, board, or name another implementer, then submit again. "+
		"Or set “external” to yes: the external approver agreed for this level may then stand in.", short[0].Text())
}

func TestC6_TheWayOutIsOfferedOnlyWhereItLeadsOut(t *testing.T) {
	base := change.Shortfall{Level: 1, Name: "board", Groups: []string{"board"}, Required: 1, External: "p-ext"}
	require.Contains(t, base.Text(), "external")
	require.Contains(t, base.Text(), "needs 1 approval, but nobody may decide.")

	none := base
	none.External = ""
	require.NotContains(t, none.Text(), "external")
	two := base
	two.Required = 2
	require.NotContains(t, two.Text(), "external", "one stand-in would not be enough")
	used := base
	used.UsesExternal = true
	require.NotContains(t, used.Text(), "external")
	refused := base
	refused.Excluded = []change.Exclusion{{Person: "p-ext", Reason: change.UnknownPerson}}
	require.Contains(t, refused.Text(), "1 external approver who is not in the directory")
	require.NotContains(t, refused.Text(), "set “external”")
	for _, s := range []change.Shortfall{base, none, two, used, refused} {
		require.NotContains(t, s.Text(), "p-ext", "people are named where they can be looked up")
	}
}
