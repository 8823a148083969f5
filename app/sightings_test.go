package app

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/rules"
)

// What is new in the files is said once, and again where nobody keeps it; what could
// not be said is said at the next look, with its content stored before.
func TestC37_WhatIsSeenIsSaid(t *testing.T) {
	source, edit := edited(t)
	var said []rules.Sighting
	stored := map[string]bool{}
	var fail error
	s := &sightings{
		source: source,
		store: func(_ context.Context, content []byte) (string, error) {
			stored[string(content)] = true
			return "", nil
		},
		send: func(_ context.Context, seen rules.Sighting) error {
			require.NotEmpty(t, stored, "the content is kept before it is named")
			if fail == nil {
				said = append(said, seen)
			}
			return fail
		},
	}
	look := func(kept bool) error { return s.look(t.Context(), kept) }
	require.NoError(t, look(false))
	require.NoError(t, look(true))
	require.Len(t, said, 1)
	require.NoError(t, look(false))
	require.Len(t, said, 2, "the keeper is gone: it is begun again")

	fail = errors.New("the engine is away")
	edit("[p-farah, p-hana]", "[p-farah]")
	require.Error(t, look(true))
	fail = nil
	require.NoError(t, look(true))
	require.Len(t, said, 3)
	require.Equal(t, []string{"groups: security removed"}, said[2].DirectoryPlaces)
	require.Empty(t, said[2].Broken)

	edit("[p-farah]", "[p-nobody]")
	require.NoError(t, look(true))
	require.Len(t, said, 4)
	require.NotEmpty(t, said[3].Broken)
	require.Empty(t, said[3].Rules, "nobody knows what broken files mean")
	require.Equal(t, said[2].Directory, said[3].Directory)
	require.Contains(t, said[3].Places[0], "directory/groups.yaml line ")
}
