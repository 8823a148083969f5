package certification_test

import (
	"time"
	_ "time/tzdata" // the zones of the stories must be the same everywhere

	"github.com/stretchr/testify/require"

	cert "github.com/lowcodex/countersign/compliance/certification"
)

// world plays the caller of the rules: it resolves, records, applies, waits.
type world struct {
	t      require.TestingT
	zone   *time.Location
	now    time.Time
	track  cert.Tracker
	sent   []cert.Reminder
	sentAt []time.Time
	told   []cert.Escalation
	moves  []cert.Move
	keys   map[string]int
	// records are what the evidence log holds.
	records []cert.Recorded
}

func at(s string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if v, err := time.Parse(layout, s); err == nil {
			return v.UTC()
		}
	}
	panic(s)
}

func zone(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}

func local(z *time.Location, now time.Time) cert.Local {
	return cert.Local{
		Zone: z.String(), Hash: "tz", Today: cert.DateOf(now.In(z)),
		Instant: func(d cert.Date, hour int) time.Time {
			y, m, day := d.Civil()
			return time.Date(y, m, day, hour, 0, 0, 0, z)
		},
	}
}

func newWorld(t require.TestingT, zoneName, now string) *world {
	w := &world{t: t, zone: zone(zoneName), now: at(now), keys: map[string]int{}}
	w.begin(cert.NewTracker("CER-7", "acme", "soc2", cert.DefaultLadder(), cert.Date{}, w.now))
	require.NoError(t, w.track.Ladder.Check())
	w.resolve()
	return w
}

// begin plays another tracker than the usual one.
func (w *world) begin(t cert.Tracker) {
	w.track, w.records = t, nil
	w.record(cert.TrackedFacts{NeededBy: t.Current.NeededBy})
}

func (w *world) resolve() {
	placed, err := w.track.Placed(cert.Resolve(w.track, local(w.zone, w.now), w.now), w.now)
	require.NoError(w.t, err)
	w.track = placed
}

// look asks what is due and applies it until nothing is; it returns the wake.
func (w *world) look() time.Time {
	w.resolve()
	for range 20 {
		d, err := cert.Next(w.track, w.now)
		require.NoError(w.t, err)
		require.True(w.t, d.Wake.IsZero() || d.Wake.After(w.now))
		if d.None() {
			return d.Wake
		}
		for _, m := range d.Moves {
			w.move(m)
			w.keys[cert.MoveKey(w.track.Number, m)]++
			w.record(cert.MovedFacts{Move: &m})
		}
		w.track = w.track.Moved(d.Moves)
		if r := d.Send; r != nil {
			require.Nil(w.t, d.Escalation)
			w.keys[r.Key(w.track.Number)]++
			w.sent, w.sentAt = append(w.sent, *r), append(w.sentAt, w.now)
			w.track = w.track.Sent(*r, w.now)
			w.record(cert.ReminderFacts{Reminder: r})
		}
		if e := d.Escalation; e != nil {
			w.keys[e.Key(w.track.Number)]++
			w.told = append(w.told, *e)
			w.track = w.track.Escalated(*e)
			w.record(cert.ReminderFacts{Escalation: e})
		}
	}
	require.Fail(w.t, "there is always something due")
	return time.Time{}
}

func (w *world) move(m cert.Move) {
	require.True(w.t, cert.CanMove(m.From, m.To), "%s", m.Describe())
	require.NotEmpty(w.t, m.Cause)
	require.False(w.t, m.At.After(w.now))
	w.moves = append(w.moves, m)
}

// until sleeps as a durable timer does, looking at every wake, up to the instant.
func (w *world) until(s string) {
	w.sleep(at(s))
}

func (w *world) sleep(end time.Time) {
	for range 2000 {
		wake := w.look()
		if wake.IsZero() || wake.After(end) {
			break
		}
		w.now = wake
	}
	w.now = end
	w.look()
	w.remembered()
}

func (w *world) record(facts any) {
	w.records = append(w.records, cert.Recorded{At: w.now, Index: uint64(len(w.records)), Facts: facts})
}

func owner() cert.Actor {
	return cert.Actor{Person: "p-owner", Roles: []cert.Role{cert.Owner}}
}
func manager() cert.Actor {
	return cert.Actor{Person: "p-manager", Roles: []cert.Role{cert.Manager}}
}
func approver() cert.Actor { return cert.Actor{Person: "p-approver", Approver: true} }

// act does what somebody does who has the present card before them.
func (w *world) act(who cert.Actor, a cert.Act) (cert.Effect, cert.Reason) {
	w.resolve()
	a.Binding = w.track.Bind()
	next, e, r := cert.Apply(w.track, a, who, w.now, 1)
	if r != cert.OK {
		require.Equal(w.t, w.track, next)
		return e, r
	}
	w.track = next
	for _, m := range e.Moves {
		w.move(m)
	}
	facts := cert.ActFacts{Action: a.Action, Mark: a.Binding.Mark, Corrects: a.Corrects, Effect: &e}
	if !a.Coverage.IsZero() {
		facts.Coverage = &a.Coverage
	}
	if a.Action == cert.ActionReceive {
		facts.Mark = cert.MarkOf(a.Document, a.Coverage)
	}
	if a.Grant && a.Action == cert.ActionGrace {
		facts.Until = next.Current.Grace.Until
	}
	w.record(facts)
	last := &w.records[len(w.records)-1]
	last.By, last.Index = who.Person, 1
	w.resolve()
	w.remembered()
	return e, r
}

func (w *world) must(who cert.Actor, a cert.Act) cert.Effect {
	e, r := w.act(who, a)
	require.Equal(w.t, cert.OK, r, a.Action)
	return e
}

// supply brings a document all the way into force.
func (w *world) supply(c cert.Coverage, corrects bool) cert.Effect {
	w.must(owner(), cert.Act{Action: cert.ActionReceive, Coverage: c, Document: "blob:" + c.To.String(), Corrects: corrects})
	w.must(manager(), cert.Act{Action: cert.ActionReview})
	return w.must(manager(), cert.Act{Action: cert.ActionAccept})
}

func offsets(rs []cert.Reminder) []int {
	var out []int
	for _, r := range rs {
		out = append(out, r.Offset)
	}
	return out
}

func (w *world) states() []cert.State {
	var out []cert.State
	for _, m := range w.moves {
		out = append(out, m.To)
	}
	return out
}

func (w *world) conditions() []cert.Condition {
	c, err := cert.Conditions(w.track, w.now)
	require.NoError(w.t, err)
	return c
}

func (w *world) blocked() bool {
	for _, c := range w.conditions() {
		if c.Blocks(w.now) {
			return true
		}
	}
	return false
}

func (w *world) once() {
	for key, n := range w.keys {
		require.Equal(w.t, 1, n, "%s more than once", key)
	}
}
