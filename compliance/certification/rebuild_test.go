package certification_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	cert "github.com/lowcodex/countersign/compliance/certification"
)

// remembered compares the tracker with what a fresh one learns from the record.
func (w *world) remembered() {
	t := w.track
	fresh := cert.NewTracker(t.Number, t.Vendor, t.Artefact, t.Ladder, t.Current.NeededBy, w.now)
	got, _ := cert.Rebuild(fresh, w.records, local(w.zone, w.now))
	want := w.track
	got.Schedule, want.Schedule = cert.Schedule{}, cert.Schedule{}
	kept := got.Earlier[:0:0]
	for _, i := range got.Earlier { // what has run out is forgotten with the next schedule
		if i.End.After(w.now) {
			kept = append(kept, i)
		}
	}
	got.Earlier = kept
	if len(got.Earlier) == 0 && len(want.Earlier) == 0 {
		got.Earlier, want.Earlier = nil, nil
	}
	require.Equal(w.t, want, got)
}

// What the log holds of renewals' tickets is counted as the process opens them.
func TestA15_TicketsOfRenewalsAreRemembered(t *testing.T) {
	reminded := cert.ReminderFacts{Reminder: &cert.Reminder{Version: 1}}
	told := cert.ReminderFacts{Escalation: &cert.Escalation{Version: 1}}
	act := func(action string) cert.ActFacts { return cert.ActFacts{Action: action} }
	for name, c := range map[string]struct {
		facts []any
		want  cert.Tasks
	}{
		"nothing happened":         {nil, cert.Tasks{}},
		"reminded and escalated":   {[]any{reminded, told, reminded}, cert.Tasks{Count: 1, Open: true}},
		"acknowledged only":        {[]any{act(cert.ActionAcknowledge)}, cert.Tasks{}},
		"received":                 {[]any{act(cert.ActionReceive), act(cert.ActionReview)}, cert.Tasks{Count: 1, Open: true}},
		"accepted":                 {[]any{reminded, act(cert.ActionAccept)}, cert.Tasks{Count: 1}},
		"the next one":             {[]any{reminded, act(cert.ActionAccept), reminded}, cert.Tasks{Count: 2, Open: true}},
		"deleted and opened again": {[]any{reminded, cert.MovedFacts{Reopened: true}}, cert.Tasks{Count: 2, Open: true}},
		"moved by hand":            {[]any{reminded, cert.MovedFacts{Detail: "moved"}}, cert.Tasks{Count: 1, Open: true}},
	} {
		w := newWorld(t, "UTC", "2026-01-02T10:00")
		for _, f := range c.facts {
			w.record(f)
		}
		_, got := cert.Rebuild(w.track, w.records, local(w.zone, w.now))
		require.Equal(t, c.want, got, name)
	}
}

// A day on which it is needed that was edited made another version of what is
// awaited; a run that learns from the record calls it by the same name.
func TestA15_AnEditedDayIsRemembered(t *testing.T) {
	w := newWorld(t, "UTC", "2026-01-02T10:00")
	w.begin(cert.NewTracker("CER-7", "acme", "soc2", cert.DefaultLadder(), day("2026-03-31"), w.now))
	w.until("2026-01-10") // the rung 90
	w.now = at("2026-01-11")
	w.track, _ = w.track.Refit(w.track.Ladder, day("2026-04-30"), w.now)
	w.record(cert.MovedFacts{NeededBy: day("2026-04-30")})
	w.until("2026-03-05")
	require.Equal(t, 2, w.track.Current.Version)
	require.Equal(t, []int{90, 90, 60}, offsets(w.sent))
	w.supply(span("2026-01-01", "2026-12-31"), false)
	require.Equal(t, cert.Valid, w.track.Current.State)
	require.Equal(t, 2, w.track.Current.Version)
}
