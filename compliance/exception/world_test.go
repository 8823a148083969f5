package exception_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
	exc "github.com/lowcodex/countersign/compliance/exception"
)

// The people of these tests; owner, requester and verifier are among the approvers.
const (
	owner, requester, verifier = compliance.PersonID("p-owner"), compliance.PersonID("p-requester"), compliance.PersonID("p-verifier")
	ann, ben                   = compliance.PersonID("p-ann"), compliance.PersonID("p-ben")
	deputy                     = compliance.PersonID("p-deputy") // acts for the owner
)

func who(p compliance.PersonID) exc.Actor {
	terms := terms()
	return exc.Actor{
		Person: p, Owner: p == owner || p == deputy, Verifier: p == verifier, ActsFor: p == deputy, Approver: p != "p-outsider", Terms: &terms, Deciders: []compliance.PersonID{verifier, ann, ben},
	}
}

func terms() exc.Terms {
	return exc.Terms{
		Approvers: []string{"security"}, Quorum: 2, DecideWithin: 7, MaxDays: 90, MaxRenewals: 1,
		RecheckEvery: 30, RecheckWithin: 7, NewDeadline: 7, Warn: []int{14, 7, 1},
	}
}

// world is one exception whose owner lives in Berlin, and the clock there.
type world struct {
	t    require.TestingT
	zone *time.Location
	now  time.Time
	e    exc.Exception
	told []exc.Due
	keys map[string]int
}

func (w *world) local() exc.Local {
	return exc.Local{
		Zone: "Europe/Berlin", Hash: "h", Today: certification.DateOf(w.now.In(w.zone)),
		Instant: func(d exc.Date, hour int) time.Time {
			year, month, day := d.Civil()
			return time.Date(year, month, day, hour, 0, 0, 0, w.zone)
		},
	}
}

func day(text string) exc.Date {
	d, err := certification.ParseDate(text)
	if err != nil {
		panic(err) // a constant of these tests
	}
	return d
}

func request(until string) exc.Request {
	return exc.Request{
		Control: "gate/tests", System: "order-portal", Reason: "the suite is being rebuilt", Compensating: "a second review by hand",
		Owner: owner, Verifier: verifier, Since: day("2026-10-01"), Until: day(until),
	}
}

func allowed() exc.Asked {
	return exc.Asked{Requester: requester, HasTerms: true, Terms: terms(), System: true, Place: true, Change: true, Owner: true, Verifier: true, Approvers: 2}
}

// begin is the world in which an exception until 2027-01-31 is asked for.
func begin(t require.TestingT) *world {
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	w := &world{t: t, zone: zone, now: time.Date(2026, 11, 16, 11, 0, 0, 0, time.UTC), keys: map[string]int{}}
	var reason exc.Reason
	w.e, reason, _ = exc.Open(request("2027-01-31"), allowed(), w.local(), w.now)
	require.Equal(t, exc.OK, reason)
	w.e.Number = "EXC-3"
	return w
}

// granted is the world in which it is in force.
func granted(t testing.TB) *world {
	w := begin(t)
	w.must(ann, exc.Act{Action: exc.ActionApprove})
	require.Equal(t, exc.EventGranted, w.must(ben, exc.Act{Action: exc.ActionApprove}))
	require.Equal(t, exc.InForce, w.e.State)
	return w
}

func (w *world) act(p compliance.PersonID, a exc.Act) (string, exc.Reason) {
	a.Binding = w.e.Bind()
	was := w.e
	next, event, reason := exc.Apply(w.e, a, who(p), w.local(), w.now)
	if reason != exc.OK {
		require.Equal(w.t, was, next, "what is refused changes nothing")
		require.Equal(w.t, exc.EventRefused, event)
		return event, reason
	}
	w.take(next)
	return event, reason
}

func (w *world) must(p compliance.PersonID, a exc.Act) string {
	event, reason := w.act(p, a)
	require.Equal(w.t, exc.OK, reason, "%s by %s", a.Action, p)
	return event
}

// take makes sure that a move is one of the table's.
func (w *world) take(next exc.Exception) {
	if next.State != w.e.State {
		require.True(w.t, exc.CanMove(w.e.State, next.State), "%s to %s", w.e.State, next.State)
	}
	w.e = next
}

// to lets time pass up to an instant; everything due is noticed when it is due.
func (w *world) to(at time.Time) {
	for {
		w.look()
		_, _, wake := exc.Next(w.e, w.local(), w.now)
		if wake.IsZero() || wake.After(at) {
			break
		}
		w.now = wake
	}
	w.now = at
	w.look()
}

// on is to, for an instant such as 2027-01-31T23:59 on the owner's wall.
func (w *world) on(wall string) {
	at, err := time.ParseInLocation("2006-01-02T15:04", wall, w.zone)
	require.NoError(w.t, err)
	w.to(at)
}

// look applies what is due now.
func (w *world) look() {
	for range 20 {
		due, ok, _ := exc.Next(w.e, w.local(), w.now)
		if !ok {
			return
		}
		key := due.Key("EXC-3", w.e)
		w.keys[key]++
		require.Equal(w.t, 1, w.keys[key], "%s twice", key)
		w.told = append(w.told, due)
		w.take(exc.Advance(w.e, due, w.local(), w.now))
	}
	require.Fail(w.t, "there is always something due")
}

func (w *world) events() []string {
	var out []string
	for _, d := range w.told {
		out = append(out, d.Event)
	}
	return out
}

// wall is an instant on the owner's wall.
func (w *world) wall(t time.Time) string { return t.In(w.zone).Format("2006-01-02T15:04") }
