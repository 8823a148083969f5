package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/change"
)

// The changes are told what moved, and once a day, from 04:00 UTC on; nothing else
// wakes them (C25, C29).
func TestC29_OnlyWhatMovedIsTold(t *testing.T) {
	said := change.Moved{Rules: "r1", Directory: "d1", Zones: "z1"}
	at := time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		now  change.Moved
		last change.Told
		at   time.Time
		want bool
	}{
		"nobody was told yet":             {said, change.Told{}, at, true},
		"a process starts again":          {said, change.Told{Moved: said, At: at}, at.Add(time.Minute), false},
		"much later on that day":          {said, change.Told{Moved: said, At: at}, at.Add(15*time.Hour + 59*time.Minute), false},
		"the next day":                    {said, change.Told{Moved: said, At: at}, at.Add(16 * time.Hour), true},
		"the day began with a telling":    {said, change.Told{Moved: said, At: at.Add(-8 * time.Hour)}, at.Add(15 * time.Hour), false},
		"told in the night":               {said, change.Told{Moved: said, At: at.Add(-9 * time.Hour)}, at.Add(-8 * time.Hour), true},
		"other rules":                     {change.Moved{Rules: "r2", Directory: "d1", Zones: "z1"}, change.Told{Moved: said, At: at}, at, true},
		"another directory":               {change.Moved{Rules: "r1", Directory: "d2", Zones: "z1"}, change.Told{Moved: said, At: at}, at, true},
		"other zone data":                 {change.Moved{Rules: "r1", Directory: "d1", Zones: "z2"}, change.Told{Moved: said, At: at}, at, true},
		"a clock that went back":          {said, change.Told{Moved: said, At: at}, at.Add(-48 * time.Hour), false},
		"what was in force before, again": {change.Moved{Rules: "r0", Directory: "d1", Zones: "z1"}, change.Told{Moved: said, At: at}, at, true},
	} {
		require.Equal(t, c.want, c.now.Tells(c.last, c.at), name)
	}
}
