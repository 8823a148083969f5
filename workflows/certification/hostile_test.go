package certification_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/evidence/evidencetest"
	"github.com/lowcodex/countersign/workflows/certification"
)

// What people and surfaces can do wrong has a defined outcome that the person
// reads, and that is on record with its reason: impossible dates, somebody the
// directory does not know, a button of yesterday, the same delivery again (A8).
func TestA8_BadInputIsAnsweredAndOnRecord(t *testing.T) {
	w := newWorld(t, acme)
	type tried struct {
		name  string
		reply compliance.Reply
	}
	var got []tried
	try := func(name, who, action string, answers map[string]string) func() {
		return func() {
			w.act(who, action, answers, func(r compliance.Reply) { got = append(got, tried{name, r}) })
		}
	}
	w.At(1*time.Hour, try("a day that does not exist", "bruno", rules.ActionReceive, received("2027-02-30", "2027-12-31")))
	w.At(2*time.Hour, try("ends before it begins", "bruno", rules.ActionReceive, received("2027-12-31", "2027-01-01")))
	w.At(3*time.Hour, try("nobody the directory knows", "mallory", rules.ActionRequest, nil))
	w.At(4*time.Hour, try("no part in it", "hana", rules.ActionRequest, nil))
	w.At(5*time.Hour, try("nothing to review", "alice", rules.ActionReview, nil))
	stale := ""
	w.At(6*time.Hour, func() {
		stale = w.standing().Ref
		w.must("bruno", rules.ActionReceive, received("2027-01-01", "2027-12-31"))
	})
	w.At(7*time.Hour, func() { w.must("alice", rules.ActionReview, nil) })
	w.At(8*time.Hour, func() {
		w.send("stale", stale, "alice", rules.ActionAccept, map[string]string{"read": "yes"}, func(r compliance.Reply) { got = append(got, tried{"a button of yesterday", r}) })
	})
	w.At(9*time.Hour, try("one person alone", "bruno", rules.ActionAccept, map[string]string{"read": "yes"}))
	w.At(10*time.Hour, func() {
		w.send("bad-ref", "CER-2.1..", "alice", rules.ActionAccept, map[string]string{"read": "yes"}, func(r compliance.Reply) { got = append(got, tried{"another artefact's button", r}) })
	})
	w.until(11 * time.Hour)

	want := []rules.Reason{
		rules.UnreadableDate, rules.BadDates, rules.UnknownPerson, rules.NotConcerned, rules.NothingReceived,
		rules.StaleDocument, rules.IsReceiver, rules.BadRequest,
	}
	require.Len(t, got, len(want))
	refused := facts[rules.ActFacts](w, "refused")
	require.Len(t, refused, len(want))
	for i, g := range got {
		require.Equal(t, compliance.Declined, g.reply.Outcome, g.name)
		require.Equal(t, string(want[i]), g.reply.Reason, g.name)
		require.Equal(t, want[i].Text(), g.reply.Text, g.name)
		require.Equal(t, want[i], refused[i].Reason, g.name)
	}
	require.Equal(t, rules.FieldFrom, got[0].reply.Field, "the form marks the field")
	require.Contains(t, says(w.Surface.Last()), "Refused to receive (unreadable date): [p-bruno]")
	require.Equal(t, rules.UnderReview, w.last().Current.State, "nothing of it counted")
	evidencetest.Check(t, w.Log)
}

// last is the tracker as the last record of it shows: by its standing before the end.
func (w *world) last() rules.Tracker {
	var s certification.Standing
	v, err := w.Env.QueryWorkflow(certification.QueryStanding)
	require.NoError(w.T, err)
	require.NoError(w.T, v.Get(&s))
	return rules.Tracker{Current: rules.Artefact{State: s.State, Version: s.Version}}
}

// One delivery counts once, over the update, its repetition and the signal that
// stands in for it, and over a run that continued as new (A15).
func TestA15_RepeatedDeliveryCountsOnce(t *testing.T) {
	w := newWorld(t, acme)
	var replies []compliance.Reply
	keep := func(r compliance.Reply) { replies = append(replies, r) }
	send := func() { w.send("once", "CER-1.1..", "bruno", rules.ActionRequest, nil, keep) }
	w.At(time.Hour, send)
	w.At(2*time.Hour, func() {
		w.Env.SignalWorkflow(certification.SignalActed, compliance.Inbound{
			Delivery: "once", Surface: "cli", Actor: compliance.Account{Provider: "cli", ID: "bruno"},
			Subject: subject, Action: rules.ActionRequest, Ref: "CER-1.1..", Received: w.Env.Now(),
		})
	})
	w.until(3 * time.Hour)
	require.Len(t, replies, 1)
	require.Equal(t, compliance.Recorded, replies[0].Outcome)
	require.Equal(t, []string{"tracked", "requested", "stopped"}, w.records())
	require.Equal(t, []string{"requested"}, w.tickets.Statuses("1"))
}

// A message that cannot be read is on record, not lost.
func TestUnreadableMessageIsOnRecord(t *testing.T) {
	w := newWorld(t, acme)
	w.At(time.Hour, func() {
		w.Env.SignalWorkflow(certification.SignalActed, converter.NewRawValue(&commonpb.Payload{
			Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`{"delivery":`),
		}))
	})
	w.until(2 * time.Hour)
	require.Equal(t, []string{"tracked", "unreadable", "stopped"}, w.records())
}

// While the log is down nothing is said; afterwards everything is, once, and
// only the nearest of the reminders that were missed, marked late (A2, G3).
func TestA2_OneLateReminderAfterAnOutage(t *testing.T) {
	w := newWorld(t, acme)
	w.on("2027-03-20", func() { w.Journal.Down(true) })
	w.on("2027-05-01", func() { // the rungs 90 and 60 are over
		require.Empty(t, w.Surface.Notes(), "nothing is acted upon that is not on record")
		w.Journal.Down(false)
	})
	w.until(140 * day)
	require.Equal(t, []int{60}, w.offsets())
	sent := facts[rules.ReminderFacts](w, "reminded")[0].Reminder
	require.Equal(t, rules.Late, sent.Timing)
	require.Equal(t, []int{90}, sent.Skipped)
	require.Equal(t, []rules.Action{rules.RequestRenewal}, sent.Do, "the vendor is asked, not chased")
	require.Contains(t, w.Surface.Told(t, "CER-1/v1/needed/60").Text, "This reminder is late; it was planned for")
	require.Len(t, w.Surface.Notes(), 2, "the late reminder, and later its escalation")
}

// A recorded reminder whose answer got lost is the answer of the repetition,
// however late it comes: nothing is skipped, nothing doubled (A2, G2).
func TestA2_LostAnswersDoubleNothing(t *testing.T) {
	w := newWorld(t, acme)
	w.on("2027-03-31", func() { w.Journal.Lose(30) }) // the rung 90 falls on 1 April
	w.on("2027-04-30", func() { w.Journal.Lose(3) })  // the rung 60 on 30 April, Saturday's on the Friday before
	w.until(135 * day)
	require.Equal(t, []int{90, 60}, w.offsets())
	require.Equal(t, 2, w.count("escalated"))
	require.Len(t, w.Surface.Notes(), 4, "each said once")
	for _, e := range facts[rules.ReminderFacts](w, "reminded") {
		require.Equal(t, rules.OnTime, e.Reminder.Timing)
	}
	evidencetest.Check(t, w.Log)
}

// The log records a reminder and is gone before it says so, until another
// reminder is due: both are said, the recorded one too (A2, G2).
func TestA2_RecordedBeforeAnOutageIsSaidAfterIt(t *testing.T) {
	for name, outage := range map[string]func(*world){
		"by the first try": func(w *world) { w.on("2027-06-22", w.Journal.Vanish) }, // the rung 7 is sent on the 23rd
		"by a later try": func(w *world) {
			w.on("2027-06-22", func() { w.Journal.Down(true) })
			w.on("2027-06-25", func() { w.Journal.Down(false); w.Journal.Vanish() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, acme)
			outage(w)
			w.on("2027-06-29", func() { w.Journal.Down(false) }) // the rung 1 was due in the morning
			w.until(176 * day)
			require.Equal(t, []int{90, 60, 30, 14, 7, 1}, w.offsets())
			require.Contains(t, w.Surface.Told(t, "CER-1/v1/needed/7").Text, "7 days before")
			require.NotEmpty(t, w.Surface.Told(t, "CER-1/v1/needed/1"))
			require.Empty(t, facts[rules.ReminderFacts](w, "reminded")[5].Reminder.Skipped)
		})
	}
}

// An edit of the policy reaches the tracker at its next wake, on record: another
// owner with another zone, from then on told in that zone (G1).
func TestG1_EditedOwnerIsToldInTheirZone(t *testing.T) {
	w := newWorld(t, acme)
	w.on("2027-04-10", func() { w.Rewrite("rules/artefacts.yaml", "owner: p-bruno", "owner: p-hana") })
	w.until(118 * day)
	require.Equal(t, []int{90, 60}, w.offsets())
	moved := facts[rules.MovedFacts](w, "rescheduled")
	require.Len(t, moved, 1)
	require.Equal(t, []string{"owner", "zone"}, moved[0].Changed)
	require.Equal(t, "Asia/Tokyo", moved[0].Zone)
	sent := facts[rules.ReminderFacts](w, "reminded")
	require.Equal(t, []compliance.PersonID{"p-hana"}, sent[1].Told.People)
	require.Contains(t, says(w.Surface.Last()), "The policy or the directory changed: owner, zone")
}

// An owner who left is not told; the next role is, in their place, and it is
// visible that the owner could not be (A3).
func TestA3_SomebodyElseIsToldWhenTheOwnerLeft(t *testing.T) {
	w := newWorld(t, acme)
	w.Rewrite("directory/people.yaml", "    zone: Europe/Berlin\n", "    zone: Europe/Berlin\n    active_to: \"2027-03-01\"\n")
	w.until(90 * day)
	sent := facts[rules.ReminderFacts](w, "reminded")
	require.Len(t, sent, 1)
	require.Equal(t, []compliance.PersonID{"p-alice"}, sent[0].Told.People)
	require.Equal(t, []rules.Contact{{Role: rules.Owner, Person: "p-bruno", Reason: rules.Inactive}}, sent[0].Told.Unreachable)
}

// A vendor's notice takes effect at once and blocks changes; everybody concerned
// is told, and the ladder of the document awaited now begins at its end (A8).
func TestA8_WithdrawnAtOnce(t *testing.T) {
	w := newWorld(t, acme)
	w.supply("2027-01-06", "2027-01-01", "2027-12-31")
	w.until(3 * day)
	in := w.continued()
	w.engine(start.Add(3 * day))
	w.At(day, func() {
		w.must("bruno", rules.ActionWithdraw, map[string]string{"reason": "Mail of their compliance desk"})
	})
	w.At(day+time.Hour, func() {
		require.Equal(t, rules.Missing, w.standing().State)
		require.Equal(t, rules.VendorNotice, w.conditions()[0].Reason)
		require.True(t, w.conditions()[0].Blocks(w.Env.Now()))
		require.Equal(t, compliance.Bad, w.Surface.Last().Tone)
	})
	w.At(2*day, w.Env.CancelWorkflow)
	w.play(in)
	require.Equal(t, []int{0}, w.offsets(), "one reminder at once, for the whole ladder")
	require.ElementsMatch(t, []compliance.PersonID{"p-bruno", "p-alice", "p-dana"}, w.Surface.Told(t, "CER-1/v1/withdrawn").People)
}

// An operator's cancellation that comes while a tracker hands over to its next run,
// which would never learn of it, ends the tracking.
func TestCancelledWhileItHandsOver(t *testing.T) {
	w := newWorld(t, acme)
	w.tickets.FailWrite(func(s compliance.TicketStep) error {
		if s.Status == "done" {
			return &compliance.Failure{Class: compliance.Unavailable, Op: "advance ticket"} // the task is still to be written to
		}
		return nil
	})
	w.supply("2027-01-06", "2027-01-01", "2027-12-31")
	w.At(26*time.Hour+2*time.Minute+10*time.Second, w.Env.CancelWorkflow)
	w.play(certification.Input{Vendor: "acme", Artefact: "soc2"})
	var cancelled *temporal.CanceledError
	require.ErrorAs(t, w.Env.GetWorkflowError(), &cancelled)
	require.Equal(t, 1, w.count("stopped"))
}

// Moving the task by hand decides nothing: it is on record and set back.
func TestTaskMovedByHandIsSetBack(t *testing.T) {
	w := newWorld(t, acme)
	w.At(time.Hour, func() { w.must("bruno", rules.ActionRequest, nil) })
	w.At(2*time.Hour, func() {
		w.tickets.Move("1", "done")
		for _, id := range []string{"1", "77"} {
			w.Env.SignalWorkflow(certification.SignalTicketChanged, compliance.TicketEvent{
				Delivery: "hook-" + id, Site: "example", TicketID: id, Key: "OPS-1", Kind: compliance.TicketRenewal, Subject: subject,
				Actor: compliance.Account{Provider: "jira", ID: "acc-bruno"}, MovedTo: "done", Received: w.Env.Now(),
			})
		}
	})
	w.until(3 * time.Hour)
	require.Equal(t, []string{"requested", "requested"}, w.tickets.Statuses("1"))
	require.Equal(t, []string{"tracked", "requested", "drift", "stopped"}, w.records())
}

// What neither the policy nor a command names is not tracked: the run says so
// and ends without a record. A command may add what the policy does not know,
// by the policy's own rules.
func TestA15_BegunByACommand(t *testing.T) {
	for name, c := range map[string]struct {
		asked *rules.Asked
		wrong string
	}{
		"nobody names it":   {nil, "neither the policy nor a command names it"},
		"an unknown person": {&rules.Asked{Name: "Other", Owner: "p-bruno2", Sponsor: "p-dana", Systems: []string{"order-portal"}, Class: "soc2", By: compliance.Account{Provider: "cli", ID: "alice"}}, `there is no person "p-bruno2"`},
		"an unknown class":  {&rules.Asked{Name: "Other", Owner: "p-bruno", Sponsor: "p-dana", Systems: []string{"order-portal"}, Class: "sox", By: compliance.Account{Provider: "cli", ID: "alice"}}, `there is no class "sox"`},
		"well asked":        {&rules.Asked{Name: "Other", Owner: "p-bruno", Sponsor: "p-dana", Systems: []string{"order-portal"}, Class: "soc2", By: compliance.Account{Provider: "cli", ID: "alice"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, acme)
			w.At(time.Hour, func() {
				s := w.standing()
				require.Equal(t, "SOC 2 Type II report", s.Title)
				require.Equal(t, []string{"order-portal"}, s.Systems)
				require.Len(t, w.Surface.Posts(), 1, "asked for by people, so they have a card")
			})
			w.At(2*time.Hour, w.Env.CancelWorkflow)
			w.Env.ExecuteWorkflow(certification.Certification, certification.Input{Vendor: "other", Artefact: "soc2", Asked: c.asked})
			if c.wrong != "" {
				require.ErrorContains(t, w.Env.GetWorkflowError(), c.wrong)
				require.Empty(t, w.records())
				return
			}
			require.Equal(t, []string{"tracked", "stopped"}, w.records())
			require.Equal(t, "p-alice", w.Entries(subject)[0].Record.Actor.Person)
			require.True(t, facts[rules.TrackedFacts](w, "tracked")[0].Asked)
		})
	}
}

// A surface that is down holds nothing up; what was to be said is said later.
func TestCardComesLateNotNever(t *testing.T) {
	w := newWorld(t, acme)
	w.Surface.Fail(func() error { return &compliance.Failure{Class: compliance.Unavailable, Op: "post"} })
	w.on("2027-04-02", func() {
		require.Equal(t, []int{90}, w.offsets())
		require.Len(t, w.tickets.Opened(), 1)
		w.Surface.Fail(nil)
	})
	w.until(90 * day)
	require.NotEmpty(t, w.Surface.Told(t, "CER-1/v1/needed/90").Text)
}
