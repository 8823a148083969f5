package certification_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	cert "github.com/lowcodex/countersign/compliance/certification"
)

func inForce(t require.TestingT) *world {
	w := newWorld(t, "UTC", "2026-01-02T10:00")
	w.supply(span("2026-01-01", "2026-12-31"), false)
	return w
}

func receipt(c cert.Coverage) cert.Act {
	return cert.Act{Action: cert.ActionReceive, Coverage: c, Document: "blob:" + c.To.String()}
}

func TestA4_ARenewalSupersedesByCoverage(t *testing.T) {
	w := inForce(t)
	w.until("2026-11-20T12:00")
	e := w.supply(span("2026-11-01", "2027-10-31"), false)
	require.Nil(t, e.Gap, "overlapping is fine")
	require.Equal(t, 61, e.Overlap)
	require.True(t, e.Resolve)
	require.Equal(t, []cert.State{cert.Valid, cert.Superseded}, []cert.State{e.Moves[0].To, e.Moves[1].To})
	require.Equal(t, []int{2, 1}, []int{e.Moves[0].Version, e.Moves[1].Version})
	require.Equal(t, 2, w.track.Current.Version)
	require.Nil(t, w.track.Next)
	w.until("2027-07-30")
	require.Equal(t, []int{90, 60}, offsets(w.sent), "the old ladder ends with the old version, the new one has not begun")
	w.until("2027-08-02T09:00")
	require.Equal(t, []int{90, 60, 90}, offsets(w.sent))
	require.False(t, w.blocked())
	w.once()
}

// A4: what was uploaded later and ends no later renews nothing.
func TestA4_UploadOrderRenewsNothing(t *testing.T) {
	w := inForce(t)
	for _, c := range []cert.Coverage{span("2025-01-01", "2025-12-31"), span("2026-01-01", "2026-12-31"), span("2026-06-01", "2026-12-31")} {
		_, r := w.act(owner(), receipt(c))
		require.Equal(t, cert.AddsNoCoverage, r)
	}
	require.Nil(t, w.track.Next)
	require.Equal(t, 1, w.track.Issued)
}

func TestA4_AGapIsAFindingAndBlocksExactlyItsDays(t *testing.T) {
	w := inForce(t)
	w.until("2026-12-01T12:00")
	e := w.supply(span("2027-01-11", "2028-01-10"), false)
	require.Equal(t, &cert.Gap{From: day("2027-01-01"), To: day("2027-01-10"), Days: 10}, e.Gap)
	require.False(t, w.blocked(), "the superseded one covers what is left of it")
	list := w.conditions()
	require.Len(t, list, 1)
	require.Equal(t, cert.InGap, list[0].Reason)
	require.Equal(t, at("2027-01-01"), list[0].Since)
	require.Equal(t, at("2027-01-11"), list[0].Until)
	require.Equal(t, "soc2 of acme leaves days after 2026-12-31 uncovered until the next document begins; changes that start after that will have to wait (CER-7).", list[0].Text(w.now))
	require.True(t, w.look().After(at("2027-01-11")), "a gap's days block by themselves: nothing has to wake for them")
	w.until("2026-12-31T23:59")
	require.False(t, w.blocked())
	w.until("2027-01-01")
	require.True(t, w.blocked())
	w.until("2027-01-10T23:59")
	require.True(t, w.blocked())
	w.until("2027-01-11")
	require.Empty(t, w.conditions())
	require.Empty(t, w.track.Earlier, "what has run out is forgotten")
}

func TestA4_ACorrectionTakesThePlaceOfWhatItCorrects(t *testing.T) {
	w := inForce(t)
	w.supply(span("2027-01-01", "2036-12-31"), false) // meant 2027
	a := receipt(span("2027-01-05", "2027-12-31"))
	_, r := w.act(owner(), a)
	require.Equal(t, cert.AddsNoCoverage, r)
	e := w.supply(a.Coverage, true)
	require.Equal(t, 4, e.Gap.Days, "against the version before the corrected one")
	require.Equal(t, day("2027-12-31"), w.track.Current.Coverage.To)
	require.Equal(t, 3, w.track.Current.Version)
	require.False(t, w.blocked(), "the first one still covers this year")
	fresh := newWorld(t, "UTC", "2026-01-02")
	a.Corrects = true
	_, r = fresh.act(owner(), a)
	require.Equal(t, cert.NothingToMend, r)
}

func TestA8_GraceNeedsSomebodyElseAndAnEnd(t *testing.T) {
	grant := func(days int) cert.Act {
		return cert.Act{Action: cert.ActionGrace, Grant: true, Days: days, Note: "audit under way"}
	}
	w := inForce(t)
	_, r := w.act(approver(), grant(30))
	require.Equal(t, cert.GraceNotOpen, r)
	w.until("2026-10-02T12:00")
	_, r = w.act(approver(), grant(30))
	require.Equal(t, cert.GraceTooEarly, r)
	w.until("2026-12-17T12:00")
	for reason, who := range map[cert.Reason]cert.Actor{
		cert.IsOwner:       {Person: "p-owner", Roles: []cert.Role{cert.Owner}, Approver: true},
		cert.IsActing:      {Person: "p-deputy", Approver: true, Acting: true},
		cert.NotApprover:   manager(),
		cert.Inactive:      {Person: "p-gone", Approver: true, Reason: cert.Inactive},
		cert.UnknownPerson: {Approver: true},
	} {
		_, r = w.act(who, grant(30))
		require.Equal(t, reason, r)
	}
	_, r = w.act(approver(), grant(91))
	require.Equal(t, cert.GraceTooLong, r)
	_, r = w.act(approver(), grant(0))
	require.Equal(t, cert.BadRequest, r)
	e := w.must(approver(), cert.Act{Action: cert.ActionGrace, Note: "not yet"})
	require.Empty(t, e.Moves, "a denial is recorded and changes nothing")
	w.must(approver(), grant(30))
	_, r = w.act(approver(), grant(60))
	require.Equal(t, cert.AlreadyInGrace, r)
	require.Equal(t, day("2027-01-30"), w.track.Current.Grace.Until)

	w.until("2027-01-30T23:59")
	require.False(t, w.blocked())
	require.Equal(t, "soc2 of acme is tolerated without coverage up to and including 2027-01-30; changes that start after that will have to wait (CER-7).", w.conditions()[0].Text(w.now))
	require.NotContains(t, w.sent[len(w.sent)-5].Do, cert.StateExpired, "nothing is stated that is not so")
	w.until("2027-01-31")
	require.Equal(t, cert.Expired, w.track.Current.State)
	require.Nil(t, w.track.Current.Grace)
	require.True(t, w.blocked())

	// All graces count from the last covered day: they do not add up.
	_, r = w.act(approver(), grant(30))
	require.Equal(t, cert.GraceOver, r)
	w.must(approver(), grant(90))
	require.False(t, w.blocked())
	w.until("2027-04-01")
	require.Equal(t, cert.Expired, w.track.Current.State)
	_, r = w.act(approver(), grant(90))
	require.Equal(t, cert.GraceOver, r)
	w.once()
}

func TestA8_AWithdrawalIsImmediate(t *testing.T) {
	w := inForce(t)
	w.until("2026-05-05T15:00")
	e := w.must(owner(), cert.Act{Action: cert.ActionWithdraw, Note: "mail of the vendor of today"})
	require.Equal(t, cert.Withdrawn, e.Moves[0].To)
	require.True(t, w.blocked())
	require.Equal(t, cert.VendorNotice, w.conditions()[0].Reason)
	require.Equal(t, w.now, w.conditions()[0].Since)
	require.Equal(t, cert.Artefact{Version: 2, State: cert.Missing, NeededBy: day("2026-05-03")}, w.track.Current)
	w.look()
	require.Len(t, w.sent, 1, "one reminder at once")
	require.Equal(t, cert.Entered, w.sent[0].Timing)
	require.Contains(t, w.sent[0].Do, cert.RequestRenewal)
	require.Equal(t, []cert.Role{cert.Owner, cert.Manager, cert.Sponsor}, w.sent[0].Audience)
	w.until("2026-05-20")
	require.Greater(t, len(w.sent), 2, "and weekly from then on")
	_, r := w.act(owner(), cert.Act{Action: cert.ActionWithdraw, Note: "again"})
	require.Equal(t, cert.NothingInForce, r)
	e = w.supply(span("2026-05-01", "2027-04-30"), false)
	require.Nil(t, e.Gap, "there is nothing left that it could follow")
	require.False(t, w.blocked())
	w.once()
}

func TestA8_WithdrawnWithARenewalInHand(t *testing.T) {
	w := inForce(t)
	w.must(owner(), receipt(span("2027-01-01", "2027-12-31")))
	w.must(owner(), cert.Act{Action: cert.ActionWithdraw, Note: "vendor notice"})
	require.Equal(t, 2, w.track.Current.Version)
	require.Equal(t, cert.Received, w.track.Current.State)
	require.True(t, w.blocked())
	w.must(manager(), cert.Act{Action: cert.ActionReview})
	w.must(manager(), cert.Act{Action: cert.ActionAccept})
	require.True(t, w.blocked(), "accepted, and not begun")
	require.Equal(t, cert.InGap, w.conditions()[0].Reason)
	w.until("2027-01-01")
	require.False(t, w.blocked())
}

func TestA8_MissingFromTheStart(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", "2026-01-02T10:00")
	require.True(t, w.look().IsZero(), "nothing is needed by any day")
	w.begin(cert.NewTracker("CER-8", "acme", "pentest", cert.DefaultLadder(), day("2026-03-31"), w.now))
	w.until("2026-03-31T21:59")
	require.Equal(t, []int{90, 60, 30, 14, 7, 1}, offsets(w.sent))
	require.False(t, w.blocked())
	require.Equal(t, cert.NotSupplied, w.conditions()[0].Reason, "announced with the rung of the block list")
	w.until("2026-03-31T22:00")
	require.True(t, w.blocked())
	require.Equal(t, "pentest of acme was needed by 2026-03-31 and has not been accepted; changes that touch the vendor wait (CER-8).", w.conditions()[0].Text(w.now))
	require.Equal(t, cert.Missing, w.track.Current.State, "what never was does not expire")
	// A document the vendor takes back before anybody accepted it takes no cover with it.
	early := newWorld(t, "UTC", "2026-01-02")
	early.begin(cert.NewTracker("CER-9", "acme", "pentest", cert.DefaultLadder(), day("2026-12-31"), early.now))
	early.must(owner(), receipt(span("2026-01-01", "2026-12-31")))
	early.must(owner(), cert.Act{Action: cert.ActionWithdraw, Note: "sent by mistake"})
	require.Equal(t, day("2026-12-31"), early.track.Current.NeededBy)
	require.False(t, early.blocked())
}

func TestAReviewIsOfTheDocumentThatWasSeenAndBySomebodyElse(t *testing.T) {
	w := newWorld(t, "UTC", "2026-01-02")
	for reason, a := range map[cert.Reason]cert.Act{
		cert.NothingReceived: {Action: cert.ActionAccept}, cert.NothingToAck: {Action: cert.ActionAcknowledge},
		cert.NothingInForce: {Action: cert.ActionWithdraw}, cert.BadRequest: {Action: "object"},
		cert.GraceNotOpen: {Action: cert.ActionGrace},
	} {
		_, r := w.act(owner(), a)
		require.Equal(t, reason, r)
	}
	w.must(owner(), cert.Act{Action: cert.ActionRequest})
	_, r := w.act(owner(), cert.Act{Action: cert.ActionRequest})
	require.Equal(t, cert.AlreadyAsked, r)
	_, r = w.act(cert.Actor{Person: "p-passer-by"}, receipt(span("2026-01-01", "2026-12-31")))
	require.Equal(t, cert.NotConcerned, r)
	w.must(owner(), receipt(span("2026-01-01", "2026-12-31")))
	_, r = w.act(owner(), receipt(span("2026-01-01", "2027-12-31")))
	require.Equal(t, cert.AlreadyReceived, r)
	_, r = w.act(owner(), cert.Act{Action: cert.ActionRequest})
	require.Equal(t, cert.AlreadyReceived, r)
	_, r = w.act(manager(), cert.Act{Action: cert.ActionAccept})
	require.Equal(t, cert.NotUnderReview, r)
	w.must(manager(), cert.Act{Action: cert.ActionReview})
	_, r = w.act(manager(), cert.Act{Action: cert.ActionReview})
	require.Equal(t, cert.AlreadyReading, r)
	_, r = w.act(owner(), cert.Act{Action: cert.ActionAccept})
	require.Equal(t, cert.IsReceiver, r)

	seen := w.track.Bind()
	w.must(manager(), cert.Act{Action: cert.ActionReturn, Note: "wrong product"})
	require.Equal(t, cert.Artefact{Version: 1, State: cert.Requested}, w.track.Current)
	w.must(owner(), receipt(span("2026-01-01", "2028-12-31")))
	w.must(manager(), cert.Act{Action: cert.ActionReview})
	_, _, r = cert.Apply(w.track, cert.Act{Action: cert.ActionAccept, Binding: seen}, manager(), w.now, 0)
	require.Equal(t, cert.StaleDocument, r)
	stale := w.track.Bind()
	w.must(manager(), cert.Act{Action: cert.ActionAccept})
	w.supply(span("2029-01-01", "2029-12-31"), false)
	_, _, r = cert.Apply(w.track, cert.Act{Action: cert.ActionAccept, Binding: stale}, manager(), w.now, 0)
	require.Equal(t, cert.StaleVersion, r)
	stale.Number = "CER-8"
	require.Equal(t, cert.BadRequest, cert.Judge(w.track, cert.Act{Action: cert.ActionAccept, Binding: stale}, manager(), w.now))
}

// A8: an act finds on record, before itself, what time had brought unseen.
func TestA8_AnActOnATrackerNobodyLookedAt(t *testing.T) {
	w := inForce(t)
	w.must(owner(), receipt(span("2027-01-01", "2027-12-31")))
	w.must(manager(), cert.Act{Action: cert.ActionReview})
	w.now = at("2027-02-01")
	e := w.must(manager(), cert.Act{Action: cert.ActionAccept})
	var to []cert.State
	for _, m := range e.Moves {
		to = append(to, m.To)
	}
	require.Equal(t, []cert.State{cert.Expiring, cert.Expired, cert.Valid, cert.Superseded}, to)
	require.Equal(t, at("2027-01-01"), e.Moves[1].At)
}

// A15: a run carries its tracker as JSON; whatever people do, it comes back the
// same, its versions are issued once and its states follow the table.
func TestA15_ALifeOfRandomActs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, "Europe/Berlin", "2026-01-02T10:00")
		if rapid.Bool().Draw(t, "needed") {
			w.begin(cert.NewTracker("CER-7", "acme", "soc2", cert.DefaultLadder(), drawDate(t, "needed by"), w.now))
			w.resolve()
		}
		last := map[int]cert.State{1: cert.Missing}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			before := len(w.moves)
			if rapid.Bool().Draw(t, "wait") {
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 90*24).Draw(t, "hours")) * time.Hour)
				w.look()
			} else {
				a := cert.Act{Action: rapid.SampledFrom(cert.ActionNames()).Draw(t, "action"), Note: "because", Document: "blob"}
				a.Grant, a.Days = rapid.Bool().Draw(t, "grant"), rapid.IntRange(1, 90).Draw(t, "days")
				a.Corrects = rapid.IntRange(0, 4).Draw(t, "corrects") == 0
				a.Coverage.From = cert.DateOf(w.now).Add(rapid.IntRange(-100, 100).Draw(t, "from"))
				a.Coverage.To = a.Coverage.From.Add(rapid.IntRange(0, 400).Draw(t, "length"))
				who := rapid.SampledFrom([]cert.Actor{owner(), manager(), approver()}).Draw(t, "who")
				covered := !w.blocked()
				_, r := w.act(who, a)
				if r == cert.OK && a.Action == cert.ActionWithdraw && w.track.Revoked {
					require.True(t, w.blocked())
				}
				if r != cert.OK {
					require.Equal(t, covered, !w.blocked(), "a refusal changes nothing")
				}
			}
			for _, m := range w.moves[before:] {
				if _, known := last[m.Version]; !known {
					last[m.Version] = cert.Missing
				}
				require.Equal(t, last[m.Version], m.From, "the record of each version is one unbroken line")
				last[m.Version] = m.To
			}
			require.LessOrEqual(t, w.track.Current.Version, w.track.Issued)
			require.Equal(t, w.track.Current.State == cert.Grace, w.track.Current.Grace != nil)
			require.LessOrEqual(t, len(w.track.Earlier), 26)
			b, err := json.Marshal(w.track)
			require.NoError(t, err)
			var back cert.Tracker
			require.NoError(t, json.Unmarshal(b, &back))
			again, err := json.Marshal(back)
			require.NoError(t, err)
			require.JSONEq(t, string(b), string(again))
			require.Less(t, len(b), 40_000, "small enough to be carried")
		}
		w.once()
	})
}

// A8: a notice ends all cover, also what is left of superseded versions.
func TestA8_AfterAWithdrawalNothingEarlierCovers(t *testing.T) {
	w := inForce(t)
	w.supply(span("2026-11-01", "2027-10-31"), false)
	w.must(owner(), cert.Act{Action: cert.ActionWithdraw, Note: "vendor notice"})
	require.Empty(t, w.track.Earlier)
	e := w.supply(span("2026-06-01", "2027-05-31"), false)
	require.Nil(t, e.Gap)
	require.True(t, w.blocked(), "accepted, and not begun; the first version is void with the second")
	require.Equal(t, at("2026-06-01"), w.conditions()[0].Until)
}

func TestA4_CoverIsAChain(t *testing.T) {
	w := inForce(t)
	w.supply(span("2027-01-01", "2027-12-31"), false)
	e := w.supply(span("2028-01-06", "2028-12-31"), false)
	require.Equal(t, 5, e.Gap.Days)
	list := w.conditions()
	require.Len(t, list, 1)
	require.Equal(t, at("2028-01-01"), list[0].Since, "the first hands over to the second, the second to nobody")
	require.False(t, w.blocked())
}

func TestA8_GraceOpensWithItsRung(t *testing.T) {
	w := inForce(t)
	deny := cert.Act{Action: cert.ActionGrace, Note: "no reason"}
	w.until("2026-12-17T08:59")
	_, r := w.act(approver(), deny)
	require.Equal(t, cert.GraceTooEarly, r)
	w.until("2026-12-17T09:00")
	w.must(approver(), deny)
}

// A2: the ladder to the day a document is needed by and the ladder of its
// coverage are two, though of one version: no reminder of the second is taken
// for one of the first that was sent already.
func TestA2_TheLadderOfACoverageIsNotThatOfTheWait(t *testing.T) {
	w := newWorld(t, "Europe/Berlin", "2026-01-05T10:00")
	w.begin(cert.NewTracker("CER-7", "acme", "soc2", cert.DefaultLadder(), day("2026-01-25"), w.now))
	w.until("2026-01-06")
	require.Equal(t, []int{30}, offsets(w.sent))
	w.supply(span("2026-01-01", "2026-12-31"), false)
	w.until("2027-01-02")
	require.Equal(t, []int{30, 90, 60, 30, 14, 7, 1, 0}, offsets(w.sent))
	require.Equal(t, 1, w.keys["CER-7/v1/needed/30"])
	require.Equal(t, 1, w.keys["CER-7/v1/rung/30"])
	w.once()
}
