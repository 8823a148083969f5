package patch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/patch"
)

// P25: once a day to the end of the time of watching, sooner where nothing could
// be seen, and on for as long as something is undone.
func TestP25_WhenTargetsAreLookedAt(t *testing.T) {
	watch := 72 * time.Hour
	next, ok := patch.NextLook(noon, time.Time{}, false, watch, 0)
	require.True(t, ok)
	require.Equal(t, hours(24), next)
	next, _ = patch.NextLook(noon, hours(24), true, watch, 0)
	require.Equal(t, hours(25), next)
	_, ok = patch.NextLook(noon, hours(48), false, watch, 0)
	require.False(t, ok, "the next would be at its end")
	next, ok = patch.NextLook(noon, hours(72), false, watch, 1)
	require.True(t, ok, "undone: watched on")
	require.Equal(t, hours(96), next)
}

func TestP25_WhatALookMeans(t *testing.T) {
	for _, c := range []struct {
		look  patch.Look
		want  patch.Reason
		known bool
	}{
		{patch.Look{Content: payload, Outcome: patch.Pass}, patch.OK, true},
		{patch.Look{Content: another, Outcome: patch.Pass}, patch.PayloadUndone, true},
		{patch.Look{Content: payload, Outcome: patch.Fail}, patch.TestsFailed, true},
		{patch.Look{Content: payload, Outcome: patch.Error}, patch.OK, false},
		{patch.Look{Content: payload, Outcome: patch.NoData}, patch.OK, false},
		{patch.Look{Outcome: patch.Error}, patch.OK, false},
	} {
		got, known := patch.JudgeLook(c.look, payload)
		require.Equal(t, c.want, got, "%+v", c.look)
		require.Equal(t, c.known, known, "%+v", c.look)
	}
}
