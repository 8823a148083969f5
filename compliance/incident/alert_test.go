package incident_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance/incident"
)

const flap = 5 * time.Minute

// tell lets one thing happen to an alert at a minute; an opened incident gets
// the number INC-n of the n-th.
func tell(a incident.Alert, minute int, n incident.News) (incident.Alert, incident.AlertMove) {
	a, move := incident.NextAlert(a, n, flap, m(minute))
	if move.Do == incident.AlertOpen {
		a = a.Opened(incident.Token("INC-" + string(rune('0'+a.Incidents))))
	}
	return a, move
}

func TestI1_FlapsAndLaterTriggers(t *testing.T) {
	trigger := incident.News{Kind: incident.NewsTrigger, Severity: incident.Sev2}
	worse := incident.News{Kind: incident.NewsTrigger, Severity: incident.Sev1}
	cleared, timer := incident.News{Kind: incident.NewsClear}, incident.News{Kind: incident.NewsTimer}
	resolved := incident.News{Kind: incident.NewsResolved, Incident: "INC-1"}
	type step struct {
		minute int
		news   incident.News
		state  incident.AlertState
		do     incident.AlertDo
		reason incident.Reason
	}
	for name, steps := range map[string][]step{
		"the source clears it": {
			{0, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{1, trigger, incident.Firing, incident.AlertJoin, incident.SameIncident},
			{2, worse, incident.Firing, incident.AlertRaise, incident.SameIncident},
			{3, cleared, incident.Settling, "", incident.Cleared},
			{4, cleared, incident.Settling, "", incident.NoEffect},
			{7, timer, incident.Settling, "", incident.NoEffect},
			{8, timer, incident.Over, incident.AlertResolve, incident.FlapOver},
			{9, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
		},
		"it flaps: one incident": {
			{0, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{1, cleared, incident.Settling, "", incident.Cleared},
			{2, trigger, incident.Firing, incident.AlertJoin, incident.Flapped},
			{6, timer, incident.Firing, "", incident.NoEffect},
			{7, cleared, incident.Settling, "", incident.Cleared},
			{30, trigger, incident.Firing, incident.AlertJoin, incident.SameIncident},
		},
		"a person resolves it, and it stays quiet": {
			{0, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{1, resolved, incident.Watching, "", incident.Cleared},
			{2, cleared, incident.Watching, "", incident.NoEffect},
			{6, timer, incident.Over, "", incident.FlapOver},
		},
		"it comes back once after a person resolved it: kept, and a new incident": {
			{0, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{1, resolved, incident.Watching, "", incident.Cleared},
			{2, trigger, incident.Reappeared, "", incident.Flapped},
			{6, timer, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{7, resolved, incident.Firing, "", incident.NoEffect}, // late news of the first one
		},
		"it comes back and goes again": {
			{0, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{1, resolved, incident.Watching, "", incident.Cleared},
			{2, trigger, incident.Reappeared, "", incident.Flapped},
			{3, cleared, incident.Watching, "", incident.Cleared},
			{6, timer, incident.Over, "", incident.FlapOver},
		},
		"it comes back worse: at once": {
			{0, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{1, resolved, incident.Watching, "", incident.Cleared},
			{2, worse, incident.Firing, incident.AlertOpen, incident.NewIncident},
		},
		"it comes back after the window, the timer late": {
			{0, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
			{1, resolved, incident.Watching, "", incident.Cleared},
			{6, trigger, incident.Firing, incident.AlertOpen, incident.NewIncident},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var a incident.Alert
			for _, s := range steps {
				var move incident.AlertMove
				a, move = tell(a, s.minute, s.news)
				require.Equal(t, s.state, a.State, "minute %d", s.minute)
				require.Equal(t, s.do, move.Do, "minute %d", s.minute)
				require.Equal(t, s.reason, move.Reason, "minute %d", s.minute)
			}
		})
	}
}

func TestI2_AClearingOutOfOrderSilencesNothing(t *testing.T) {
	var a incident.Alert
	a, _ = tell(a, 0, incident.News{Kind: incident.NewsTrigger, Severity: incident.Sev2, Began: m(-10)})
	a, _ = tell(a, 1, incident.News{Kind: incident.NewsTrigger, Severity: incident.Sev2, Began: m(0)})
	a, move := tell(a, 2, incident.News{Kind: incident.NewsClear, Began: m(-10)})
	require.Equal(t, incident.StaleClear, move.Reason)
	require.Equal(t, incident.Firing, a.State)
	a, _ = tell(a, 3, incident.News{Kind: incident.NewsClear, Began: m(0)})
	require.Equal(t, incident.Settling, a.State)
	require.Equal(t, 2, a.Count)

	none, move := incident.NextAlert(incident.Alert{State: incident.Firing}, incident.News{Kind: incident.NewsClear}, 0, noon)
	require.Equal(t, noon, move.Timer, "no flap window: over at once")
	none, move = incident.NextAlert(none, incident.News{Kind: incident.NewsTimer}, 0, noon)
	require.Equal(t, incident.Over, none.State)
	require.Equal(t, incident.AlertResolve, move.Do)
}

// I1: no trigger is ever dropped. After any history, an alert that its source
// last called wrong has an open incident or becomes one when its window is over.
func TestI1_NoTriggerIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a incident.Alert
		firing, open, token, now := false, false, incident.Token(""), noon
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			n := incident.News{Kind: rapid.SampledFrom([]incident.AlertNews{"trigger", "trigger", "clear", "resolved", "timer"}).Draw(t, "news")}
			switch n.Kind {
			case incident.NewsTrigger:
				n.Severity, firing = rapid.SampledFrom(incident.Severities()).Draw(t, "severity"), true
			case incident.NewsClear:
				firing = false
			case incident.NewsResolved:
				if n.Incident = token; open {
					open, firing = false, false // what fired before is dealt with
				}
			}
			was := a
			var move incident.AlertMove
			a, move = incident.NextAlert(a, n, flap, now)
			switch move.Do {
			case incident.AlertOpen:
				require.False(t, open, "two incidents for one alert")
				open, token = true, token+"I"
				a = a.Opened(token)
			case incident.AlertResolve:
				open = false
			case incident.AlertJoin, incident.AlertRaise:
				require.True(t, open)
			}
			fresh := was.State == "" || was.State == incident.Over
			require.True(t, fresh || a.State == was.State || slices.Contains(was.State.Next(), a.State), "%s → %s", was.State, a.State)
			require.Equal(t, a.State == incident.Firing || a.State == incident.Settling, open)
			require.Equal(t, !a.Flap.IsZero(), !move.Timer.IsZero(), "a window that runs has a timer")
			if firing && !open {
				require.Equal(t, incident.Reappeared, a.State)
				_, end := incident.NextAlert(a, incident.News{Kind: incident.NewsTimer}, flap, a.Flap)
				require.Equal(t, incident.AlertOpen, end.Do)
			}
			require.False(t, a.Flap.After(now.Add(flap)))
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "seconds")) * time.Second)
		}
	})
}

func TestI2_AlertIDs(t *testing.T) {
	id, err := incident.AlertID("alertmanager", "a")
	require.NoError(t, err)
	require.Equal(t, "alert/alertmanager/ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", id, "SHA-256 of a, FIPS 180-2")
	source, digest, err := incident.ParseAlertID(id)
	require.NoError(t, err)
	require.Equal(t, "alertmanager", source)
	require.Len(t, digest, 64)
	for _, bad := range [][2]string{{"", "k"}, {"Grafana", "k"}, {"a/b", "k"}, {"-a", "k"}, {strings.Repeat("a", 33), "k"}, {"grafana", ""}} {
		_, err := incident.AlertID(bad[0], bad[1])
		require.Error(t, err, "%q", bad)
	}
	require.Empty(t, incident.DedupKey())
	require.Empty(t, incident.DedupKey("", ""))
	require.NotEqual(t, incident.DedupKey("ab", "c"), incident.DedupKey("a", "bc"))
	require.NotEqual(t, incident.DedupKey("a"), incident.DedupKey("a", ""))
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(rapid.StringMatching(`[0-9:a]{0,4}`), 1, 3).Draw(t, "a"), rapid.SliceOfN(rapid.StringMatching(`[0-9:a]{0,4}`), 1, 3).Draw(t, "b")
		if strings.Join(a, "\x00") != strings.Join(b, "\x00") && incident.DedupKey(a...) != "" {
			require.NotEqual(t, incident.DedupKey(a...), incident.DedupKey(b...))
		}
	})
	token, err := incident.ParseIncidentID(seven.ID())
	require.NoError(t, err)
	require.Equal(t, seven, token)
	for _, bad := range []string{"", "incident/", "incident/INC-7", "incident/3F2A9C1B7D04", "incident/3f2a9c1b7d04/x", "3f2a9c1b7d04"} {
		_, err := incident.ParseIncidentID(bad)
		require.Error(t, err, "%q", bad)
		require.False(t, incident.Token(bad).Valid() && bad != string(seven))
	}
	first := incident.AlertToken("alert/grafana/x", "run-1", 1)
	require.True(t, first.Valid())
	require.Equal(t, first, incident.AlertToken("alert/grafana/x", "run-1", 1), "the same at every repetition")
	for _, other := range []incident.Token{
		incident.AlertToken("alert/grafana/x", "run-1", 2), incident.AlertToken("alert/grafana/x", "run-2", 1),
		incident.AlertToken("alert/grafana/y", "run-1", 1), incident.DeclaredToken("alert/grafana/x"),
	} {
		require.NotEqual(t, first, other, "another run, occurrence or alert is another incident")
	}
}

func TestSeverities(t *testing.T) {
	for text, want := range map[string]incident.Severity{"sev1": "sev1", "SEV-2": "sev2", " 3 ": "sev3", "Sev4": "sev4"} {
		s, err := incident.ParseSeverity(text)
		require.NoError(t, err)
		require.Equal(t, want, s)
	}
	for _, text := range []string{"", "0", "5", "critical", "sev", "sev--1", "sev1 or 2", strings.Repeat("x", 9999)} {
		_, err := incident.ParseSeverity(text)
		require.Error(t, err, "%q", text)
		require.Less(t, len(err.Error()), 200)
	}
	require.True(t, incident.Sev1.WorseThan(incident.Sev2))
	require.False(t, incident.Sev2.WorseThan(incident.Sev2))
	require.True(t, incident.Severity("?").WorseThan(incident.Sev2), "not known is taken as the worst")
}

func FuzzParseAlertID(f *testing.F) {
	f.Add("alert/grafana/ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
	f.Add("alert//")
	f.Fuzz(func(t *testing.T, id string) {
		source, digest, err := incident.ParseAlertID(id)
		if err == nil {
			require.Equal(t, id, "alert/"+source+"/"+digest)
		}
		if made, err := incident.AlertID("grafana", id); err == nil {
			_, _, err = incident.ParseAlertID(made)
			require.NoError(t, err)
		}
	})
}

func FuzzParseSeverity(f *testing.F) {
	f.Add("SEV-1")
	f.Add("sev\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if sev, err := incident.ParseSeverity(s); err == nil {
			require.Contains(t, incident.Severities(), sev)
		}
	})
}
