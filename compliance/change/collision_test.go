package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

func planned(subject, system, who string, from, until int) change.Planned {
	noon := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	return change.Planned{Subject: subject, Number: subject, System: system, Environment: "production", Implementer: compliance.PersonID(who),
		Start: noon.Add(time.Duration(from) * time.Hour), End: noon.Add(time.Duration(until) * time.Hour)}
}

func TestCollisions_SameTimeAndSameTargetOrPerson(t *testing.T) {
	mine := planned("a", "billing", "p-1", 2, 4)
	for name, c := range map[string]struct {
		other   change.Planned
		collide bool
		text    string
	}{
		"same system":                  {planned("b", "billing", "p-2", 3, 5), true, "on the same system"},
		"same implementer":             {planned("b", "crm", "p-1", 3, 5), true, "by the same implementer"},
		"both":                         {planned("b", "billing", "p-1", 0, 9), true, "on the same system and by the same implementer"},
		"neither":                      {planned("b", "crm", "p-2", 2, 4), false, ""},
		"begins when this one ends":    {planned("b", "billing", "p-1", 4, 5), false, ""},
		"ends when this one begins":    {planned("b", "billing", "p-1", 1, 2), false, ""},
		"itself":                       {mine, false, ""},
		"nobody is the same as nobody": {planned("b", "crm", "", 2, 4), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found, ok := mine.With(c.other)
			require.Equal(t, c.collide, ok)
			if ok {
				require.Equal(t, c.text, found.Text())
				require.Equal(t, c.other.Start, found.Start)
			}
		})
	}
	elsewhere := planned("b", "billing", "p-2", 2, 4)
	elsewhere.Environment = "acceptance"
	_, ok := mine.With(elsewhere)
	require.False(t, ok)
}

func TestCollisions_AreMutual(t *testing.T) {
	draw := func(t *rapid.T, name string) change.Planned {
		from := rapid.IntRange(0, 20).Draw(t, name+" from")
		return planned(name, rapid.SampledFrom([]string{"billing", "crm"}).Draw(t, name+" system"), rapid.SampledFrom([]string{"p-1", "p-2"}).Draw(t, name+" who"),
			from, from+rapid.IntRange(1, 5).Draw(t, name+" hours"))
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		_, one := a.With(b)
		_, other := b.With(a)
		require.Equal(t, one, other)
	})
	_, ok := change.Plan("a", "CHG-1", change.Snapshot{Duration: time.Hour}, "p-1")
	require.False(t, ok, "without a planned start nothing is planned")
}
