package change_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
)

// The tests count in minutes from noon.
func m(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

const forever = -1 << 30

func span(name string, from, to int) change.NamedInterval {
	n := change.NamedInterval{Name: name, Interval: compliance.Interval{Start: m(from)}}
	if to != forever {
		n.End = m(to)
	}
	return n
}

func spans(n ...change.NamedInterval) []change.NamedInterval { return n }

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

func TestC27_NextOpening(t *testing.T) {
	night := spans(span("night", 60, 120), span("next night", 260, 320))
	for name, c := range map[string]struct {
		s                       change.Schedule
		from, planned, duration int
		at, until               int // until 0: no end
		window                  string
		reason                  change.Reason
	}{
		"no calendar, so open":            {s: change.Schedule{}, duration: 30, at: 0},
		"at the planned start":            {s: change.Schedule{}, planned: 50, duration: 30, at: 50, reason: change.TooEarly},
		"a planned start long past":       {s: change.Schedule{}, from: 70, planned: 50, duration: 30, at: 70},
		"in the first window":             {s: change.Schedule{Restricted: true, Windows: night}, duration: 30, at: 60, until: 120, window: "night", reason: change.WindowClosed},
		"inside a window":                 {s: change.Schedule{Restricted: true, Windows: night}, from: 70, duration: 30, at: 70, until: 120, window: "night"},
		"it fits to the minute":           {s: change.Schedule{Restricted: true, Windows: night}, from: 90, duration: 30, at: 90, until: 120, window: "night"},
		"C28: it no longer fits":          {s: change.Schedule{Restricted: true, Windows: night}, from: 91, duration: 30, at: 260, until: 320, window: "next night", reason: change.DoesNotFit},
		"planned inside the next window":  {s: change.Schedule{Restricted: true, Windows: night}, planned: 270, duration: 30, at: 270, until: 320, window: "next night", reason: change.TooEarly},
		"planned between windows":         {s: change.Schedule{Restricted: true, Windows: night}, planned: 130, duration: 30, at: 260, until: 320, window: "next night", reason: change.TooEarly},
		"a window's end is outside":       {s: change.Schedule{Restricted: true, Windows: night}, from: 120, at: 260, until: 320, window: "next night", reason: change.WindowClosed},
		"adjacent windows do not bounce":  {s: change.Schedule{Restricted: true, Windows: spans(span("b", 60, 100), span("a", 0, 60))}, from: 30, duration: 60, at: 30, until: 100, window: "a"},
		"overlapping windows are a union": {s: change.Schedule{Restricted: true, Windows: spans(span("a", 0, 60), span("b", 40, 100), span("c", 10, 20))}, from: 45, duration: 50, at: 45, until: 100, window: "a"},
		"a window without end":            {s: change.Schedule{Restricted: true, Windows: spans(span("a", 10, forever), span("b", 20, 30))}, duration: 500, at: 10, window: "a", reason: change.WindowClosed},
		"deny beats allow":                {s: change.Schedule{Restricted: true, Windows: night, Freezes: spans(span("f", 50, 80))}, from: 70, duration: 30, at: 80, until: 120, window: "night", reason: change.Frozen},
		"a freeze ahead":                  {s: change.Schedule{Freezes: spans(span("f", 20, 80))}, duration: 30, at: 80, reason: change.DoesNotFit},
		"up to the freeze":                {s: change.Schedule{Freezes: spans(span("f", 30, 80))}, duration: 30, at: 0, until: 30},
		"freezes touch":                   {s: change.Schedule{Freezes: spans(span("f", 40, 80), span("g", 0, 40), span("h", 60, 70))}, from: 10, duration: 1, at: 80, reason: change.Frozen},
		"a freeze splits a window":        {s: change.Schedule{Restricted: true, Windows: spans(span("a", 0, 100)), Freezes: spans(span("f", 40, 50))}, duration: 45, at: 50, until: 100, window: "a", reason: change.DoesNotFit},
		"a window that is nothing":        {s: change.Schedule{Restricted: true, Windows: spans(span("void", 10, 10), span("wrong", 30, 20), span("a", 40, 50))}, duration: 5, at: 40, until: 50, window: "a", reason: change.WindowClosed},
		"a freeze that is nothing":        {s: change.Schedule{Freezes: spans(span("void", 10, 10), span("wrong", 30, 20))}, duration: 60, at: 0},
		"the horizon bounds the stretch":  {s: change.Schedule{Until: m(90)}, duration: 90, at: 0, until: 90},
		"a negative estimate is none":     {s: change.Schedule{Restricted: true, Windows: night}, from: 119, duration: -5, at: 119, until: 120, window: "night"},
	} {
		t.Run(name, func(t *testing.T) {
			var planned time.Time
			if c.planned != 0 {
				planned = m(c.planned)
			}
			want := change.Opening{At: m(c.at), Name: c.window, Reason: c.reason}
			if c.until != 0 {
				want.Until = m(c.until)
			}
			got, ok := change.NextOpening(c.s, m(c.from), planned, minutes(c.duration))
			require.True(t, ok)
			require.Equal(t, want, got)
			require.Equal(t, c.reason, change.MayStart(c.s, m(c.from), planned, minutes(c.duration)))
			require.Equal(t, change.OK, change.MayStart(c.s, got.At, planned, minutes(c.duration)))
		})
	}
}

func TestC27_NoOpening(t *testing.T) {
	for name, s := range map[string]change.Schedule{
		"defined but none":         {Restricted: true},
		"windows are over":         {Restricted: true, Windows: spans(span("a", -100, 0))},
		"windows are too short":    {Restricted: true, Windows: spans(span("a", 10, 39), span("b", 50, 79))},
		"frozen for ever":          {Freezes: spans(span("f", -10, forever))},
		"freezes leave no room":    {Restricted: true, Windows: spans(span("a", 0, 60)), Freezes: spans(span("f", 20, 40))},
		"behind the horizon":       {Until: m(0)},
		"reaches over the horizon": {Until: m(29)},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := change.NextOpening(s, m(0), time.Time{}, minutes(30))
			require.False(t, ok)
			require.Equal(t, change.Opening{Reason: change.NoOpening}, got)
			require.NotEqual(t, change.OK, change.MayStart(s, m(0), time.Time{}, minutes(30)))
		})
	}
}

func TestC28_MayStartSaysWhyNot(t *testing.T) {
	s := change.Schedule{
		Restricted: true, Until: m(1000),
		Windows: spans(span("a", 0, 100), span("b", 900, 2000)), Freezes: spans(span("f", 40, 50), span("g", 500, 600)),
	}
	for _, c := range []struct {
		now, planned, duration int
		want                   change.Reason
	}{
		{0, forever, 40, change.OK},
		{0, forever, 41, change.DoesNotFit},
		{0, 1, 1, change.TooEarly},
		{39, forever, 1, change.OK},
		{40, forever, 1, change.Frozen},
		{49, forever, 0, change.Frozen},
		{50, forever, 50, change.OK},
		{100, forever, 0, change.WindowClosed},
		{-1, forever, 0, change.WindowClosed},
		{550, forever, 0, change.Frozen},
		{900, forever, 100, change.OK},
		{900, forever, 101, change.DoesNotFit},
		{999, forever, 1, change.OK},
		{1000, forever, 0, change.NoOpening},
	} {
		var planned time.Time
		if c.planned != forever {
			planned = m(c.planned)
		}
		require.Equal(t, c.want, change.MayStart(s, m(c.now), planned, minutes(c.duration)), "%+v", c)
	}
}

func TestC31_ApprovalExpires(t *testing.T) {
	two := change.Schedule{Restricted: true, Windows: spans(span("a", 60, 120), span("b", 110, 200), span("c", 300, forever))}
	open := two
	open.Restricted = false
	for name, c := range map[string]struct {
		s                 change.Schedule
		approved, planned int
		validity, want    int
	}{
		"no windows: validity":             {open, 0, 70, 500, 500},
		"no planned start: validity":       {two, 0, forever, 500, 500},
		"planned outside: validity":        {two, 0, 250, 500, 500},
		"end of the window":                {two, 0, 70, 500, 200},
		"validity comes first":             {two, 0, 70, 50, 50},
		"approved inside the window":       {two, 150, 70, 500, 200},
		"approved when the window is over": {two, 200, 70, 500, 700},
		"a window without end: validity":   {two, 0, 310, 500, 500},
		"a window's end is outside":        {two, 0, 200, 500, 500},
		"no validity":                      {two, 0, forever, 0, 0},
		"a negative validity":              {open, 10, forever, -5, 10},
	} {
		var planned time.Time
		if c.planned != forever {
			planned = m(c.planned)
		}
		require.Equal(t, m(c.want), change.ApprovalExpires(m(c.approved), minutes(c.validity), c.s, planned), name)
	}
}
