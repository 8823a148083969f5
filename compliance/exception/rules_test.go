package exception_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lowcodex/countersign/compliance"
	exc "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/vocabularytest"
)

func TestA16_TheTableIsClosedAndEveryStateIsReachable(t *testing.T) {
	vocabularytest.Table(t, exc.Edges(), exc.States(), []exc.State{exc.Requested, exc.Refused}, exc.CanMove)
	vocabularytest.Ends(t, exc.Edges(), exc.States())
}

// What the policy does not allow is not asked, each with its own reason (A16).
func TestA16_RequestsThatAreNotTaken(t *testing.T) {
	w := begin(t)
	for name, tc := range map[string]struct {
		edit  func(r *exc.Request, a *exc.Asked)
		want  exc.Reason
		field string
	}{
		"ninety days":           {func(r *exc.Request, _ *exc.Asked) { r.Until = day("2027-02-14") }, exc.OK, ""},
		"a day more":            {func(r *exc.Request, _ *exc.Asked) { r.Until = day("2027-02-15") }, exc.TooLong, exc.FieldUntil},
		"yesterday":             {func(r *exc.Request, _ *exc.Asked) { r.Until = day("2026-11-15") }, exc.InThePast, exc.FieldUntil},
		"today":                 {func(r *exc.Request, _ *exc.Asked) { r.Until = day("2026-11-16") }, exc.OK, ""},
		"begins tomorrow":       {func(r *exc.Request, _ *exc.Asked) { r.Since = day("2026-11-17") }, exc.BadSince, exc.FieldSince},
		"checks oneself":        {func(r *exc.Request, _ *exc.Asked) { r.Verifier = owner }, exc.SelfVerified, exc.FieldVerifier},
		"no rule":               {func(_ *exc.Request, a *exc.Asked) { a.HasTerms = false }, exc.NoTerms, exc.FieldControl},
		"no system":             {func(_ *exc.Request, a *exc.Asked) { a.System = false }, exc.UnknownSystem, exc.FieldSystem},
		"no environment":        {func(_ *exc.Request, a *exc.Asked) { a.Place = false }, exc.UnknownPlace, exc.FieldEnvironment},
		"no such change":        {func(_ *exc.Request, a *exc.Asked) { a.Change = false }, exc.UnknownChange, exc.FieldChange},
		"a change that is over": {func(_ *exc.Request, a *exc.Asked) { a.Over = true }, exc.ChangeOver, exc.FieldChange},
		"an owner who left":     {func(_ *exc.Request, a *exc.Asked) { a.Owner = false }, exc.UnknownOwner, exc.FieldOwner},
		"a verifier who left":   {func(_ *exc.Request, a *exc.Asked) { a.Verifier = false }, exc.UnknownVerifier, exc.FieldVerifier},
		"one approver for two":  {func(_ *exc.Request, a *exc.Asked) { a.Approvers = 1 }, exc.NobodyDecides, ""},
		"no check of a gate":    {func(r *exc.Request, _ *exc.Asked) { r.Control = "gate/test" }, exc.UnknownCheck, exc.FieldControl},
		"a check of a gate":     {func(r *exc.Request, _ *exc.Asked) { r.Control = "gate/test_data" }, exc.OK, ""},
		"another control":       {func(r *exc.Request, _ *exc.Asked) { r.Control = "gates/test" }, exc.OK, ""},
		"nobody known":          {func(_ *exc.Request, a *exc.Asked) { a.Reason = exc.UnknownPerson }, exc.UnknownPerson, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, a := request("2027-01-31"), allowed()
			tc.edit(&r, &a)
			e, reason, field := exc.Open(r, a, w.local(), w.now)
			require.Equal(t, tc.want, reason)
			require.Equal(t, tc.field, field)
			require.Equal(t, tc.want != exc.OK, e.State == exc.Refused)
			require.False(t, e.Excuses(w.now), "a request excuses nothing")
		})
	}
}

// Neither owner nor requester nor who acts for them decides; a quorum does (A16).
func TestA16_WhoDecides(t *testing.T) {
	w := begin(t)
	vote := exc.Act{Action: exc.ActionApprove}
	for p, want := range map[compliance.PersonID]exc.Reason{
		owner: exc.IsOwner, requester: exc.IsRequester, deputy: exc.IsActing, "p-outsider": exc.NotApprover,
	} {
		for _, action := range []string{exc.ActionApprove, exc.ActionDeny} {
			_, reason := w.act(p, exc.Act{Action: action})
			require.Equal(t, want, reason, "%s by %s", action, p)
		}
	}
	require.Equal(t, exc.EventApproved, w.must(ann, vote))
	_, reason := w.act(ann, vote)
	require.Equal(t, exc.AlreadyApproved, reason)
	require.False(t, w.e.Excuses(w.now), "one of two")
	stale := vote
	stale.Binding = exc.Binding{Number: "EXC-3", Round: 2}
	require.Equal(t, exc.StaleRound, exc.Judge(w.e, stale, who(ben), w.local(), w.now))
	require.Equal(t, exc.EventGranted, w.must(ben, vote))
	require.True(t, w.e.Excuses(w.now))
	_, reason = w.act(ben, vote)
	require.Equal(t, exc.NothingToDecide, reason)

	left := begin(t)
	left.must(ann, vote)
	alone := who(ben)
	alone.Deciders = []compliance.PersonID{ben, verifier} // ann has left since
	vote.Binding = left.e.Bind()
	next, event, reason := exc.Apply(left.e, vote, alone, left.local(), left.now)
	require.Equal(t, exc.OK, reason)
	require.Equal(t, exc.EventApproved, event, "one of two, not two")
	require.Equal(t, []compliance.PersonID{ben}, next.Round.Approved)
	require.Equal(t, []compliance.PersonID{ann}, left.e.Round.Approved, "the given one is not altered")

	denied := begin(t)
	require.Equal(t, exc.EventDenied, denied.must(ann, exc.Act{Action: exc.ActionDeny}))
	require.Equal(t, exc.Denied, denied.e.State)
	_, reason = denied.act(ben, vote)
	require.Equal(t, exc.OverAlready, reason)

	silent := begin(t)
	require.Equal(t, "2026-11-24T00:00", silent.wall(silent.e.Round.By))
	silent.on("2026-11-23T23:59")
	require.Equal(t, exc.Requested, silent.e.State)
	silent.on("2026-11-24T00:00")
	require.Equal(t, exc.Lapsed, silent.e.State, "silence is no")
}

// Its last day ends at midnight of the owner; then what it excused is open again
// with its original start and a short deadline, and is told of every week (A17).
func TestA17_WarnedReopenedEscalated(t *testing.T) {
	w := granted(t)
	var walls []string
	confirm := func(on string) {
		w.on(on)
		w.must(verifier, exc.Act{Action: exc.ActionConfirm})
	}
	confirm("2026-12-18T10:00")
	confirm("2027-01-18T10:00")
	w.on("2027-01-31T23:59")
	require.True(t, w.e.Excuses(w.now))
	w.on("2027-02-01T00:00")
	require.False(t, w.e.Excuses(w.now))
	require.Equal(t, exc.Reopened, w.e.State)
	require.Equal(t, exc.Expired, w.e.Cause)
	require.Equal(t, "2026-10-01", w.e.Since.String(), "the original start")
	require.Equal(t, "2027-02-08", w.e.Due.String(), "a short deadline, no new term")
	w.on("2027-02-24T12:00")
	require.Equal(t, exc.Overdue, w.e.State)
	require.Equal(t, 23, w.e.OverdueDays(w.local()))
	for _, d := range w.told {
		walls = append(walls, strings.TrimPrefix(d.Event, "exception.")+" "+w.wall(d.At))
		require.False(t, d.Late)
	}
	require.Equal(t, []string{
		"asked 2026-12-16T09:00", "asked 2027-01-17T09:00", "warned 2027-01-17T09:00", "warned 2027-01-24T09:00", "warned 2027-01-30T09:00",
		"expired 2027-02-01T00:00", "escalated 2027-02-09T00:00", "reminded 2027-02-16T09:00", "reminded 2027-02-23T09:00",
	}, walls)
	require.Equal(t, exc.EventEnded, w.must(owner, exc.Act{Action: exc.ActionEnd, Remedied: true}))
}

// After an outage one late warning goes out, not three; and what ended long ago is
// reopened with a deadline that can still be kept (A17).
func TestA17_LateOnceAfterAnOutage(t *testing.T) {
	w := granted(t)
	w.e.Terms.RecheckEvery = 300
	w.e.Check.Next, w.e.Check.By = w.now.AddDate(0, 0, 300), w.now.AddDate(0, 0, 308)
	w.now = time.Date(2027, 1, 26, 12, 0, 0, 0, time.UTC)
	w.look()
	require.Equal(t, []string{exc.EventWarned}, w.events())
	require.Equal(t, 7, w.told[0].Rung)
	require.True(t, w.told[0].Late)
	w.now = time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	require.False(t, w.e.Excuses(w.now), "nobody noticed, and it excuses nothing")
	w.look()
	require.Equal(t, []string{exc.EventWarned, exc.EventExpired}, w.events())
	require.Equal(t, "2027-06-08", w.e.Due.String())
	require.Equal(t, 120, w.e.OverdueDays(w.local()))

	long := granted(t) // longer than the question and the end
	long.now = time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	long.look()
	require.Equal(t, []string{exc.EventExpired}, long.events(), "nobody is asked about what is over")
}

// The verifier is asked; no, or silence, ends it at once, and neither is renewed (A18).
func TestA18_TheVerifier(t *testing.T) {
	w := granted(t)
	confirm := exc.Act{Action: exc.ActionConfirm}
	_, reason := w.act(verifier, confirm)
	require.Equal(t, exc.NotAsked, reason)
	w.on("2026-12-16T09:00")
	require.Equal(t, 1, w.e.Check.N)
	for p, want := range map[compliance.PersonID]exc.Reason{owner: exc.IsOwner, ann: exc.NotVerifier, deputy: exc.NotVerifier} {
		_, reason = w.act(p, confirm)
		require.Equal(t, want, reason, p)
	}
	stale := confirm
	stale.Binding = exc.Binding{Number: "EXC-3", Round: 1}
	require.Equal(t, exc.StaleCheck, exc.Judge(w.e, stale, who(verifier), w.local(), w.now))
	w.on("2026-12-23T23:59")
	require.True(t, w.e.Excuses(w.now))
	silent := *w
	silent.told, silent.keys = nil, map[string]int{}
	require.Equal(t, exc.EventConfirmed, w.must(verifier, confirm))
	require.Equal(t, "2027-01-22T09:00", w.wall(w.e.Check.Next))

	silent.now = silent.now.Add(time.Minute)
	require.False(t, silent.e.Excuses(silent.now), "before anybody noticed")
	silent.look()
	require.Equal(t, exc.Unanswered, silent.e.Cause)
	_, reason = silent.act(owner, exc.Act{Action: exc.ActionRenew, Until: day("2027-02-20")})
	require.Equal(t, exc.ControlFailed, reason)

	w.must(owner, exc.Act{Action: exc.ActionRenew, Until: day("2027-02-20")})
	w.now = w.now.AddDate(0, 0, 3)
	require.Equal(t, exc.EventFailed, w.must(verifier, exc.Act{Action: exc.ActionFails}), "that it fails may be said at any time")
	require.False(t, w.e.Excuses(w.now))
	require.Equal(t, "2027-01-02", w.e.Due.String())
	_, reason = w.act(ann, exc.Act{Action: exc.ActionApprove})
	require.Equal(t, exc.NothingToDecide, reason, "a renewal under way ends with it")
	_, reason = w.act(verifier, exc.Act{Action: exc.ActionFails})
	require.Equal(t, exc.NotInForce, reason)
	_, reason = w.act(ann, exc.Act{Action: exc.ActionEnd})
	require.Equal(t, exc.AlreadyOpen, reason)
}

// A renewal is decided anew, as often as the policy says, and no way leads around
// a question that is open (A16, A18).
func TestA16_Renewals(t *testing.T) {
	w := granted(t)
	renew := func(until string) exc.Act { return exc.Act{Action: exc.ActionRenew, Until: day(until)} }
	w.on("2026-12-16T10:00")
	for until, want := range map[string]exc.Reason{"2027-01-31": exc.AddsNothing, "2027-03-17": exc.TooLong, "2026-12-01": exc.InThePast} {
		_, reason := w.act(owner, renew(until))
		require.Equal(t, want, reason, until)
	}
	_, reason := w.act(ann, renew("2027-03-01"))
	require.Equal(t, exc.NotOwner, reason)
	require.Equal(t, exc.EventRenewing, w.must(owner, renew("2027-03-16")))
	_, reason = w.act(owner, renew("2027-03-16"))
	require.Equal(t, exc.AlreadyRenewing, reason)
	w.must(ann, exc.Act{Action: exc.ActionApprove})
	require.Equal(t, exc.EventRenewed, w.must(ben, exc.Act{Action: exc.ActionApprove}))
	require.Equal(t, "2027-03-16", w.e.Last.String())
	require.False(t, w.e.Check.Asked.IsZero(), "the open question stays")
	_, reason = w.act(owner, renew("2027-03-17"))
	require.Equal(t, exc.NoRenewalLeft, reason)

	late := granted(t)
	late.e.Terms.RecheckEvery = 200
	late.e.Check.Next, late.e.Check.By = late.now.AddDate(0, 0, 200), late.now.AddDate(0, 0, 208)
	late.on("2027-04-20T10:00")
	require.Equal(t, exc.Overdue, late.e.State)
	_, reason = late.act(owner, renew("2027-05-16"))
	require.Equal(t, exc.TooLong, reason, "180 days after the first day it is over for good")
	require.Equal(t, exc.EventRenewing, late.must(owner, renew("2027-05-15")))
	require.Equal(t, exc.EventDenied, late.must(ann, exc.Act{Action: exc.ActionDeny}))
	require.Equal(t, exc.Overdue, late.e.State)
}

// Whatever people do and however long nothing is noticed: no exception excuses
// beyond its days, nobody decides on their own, and each question is answered or
// ends it (A16 to A18).
func TestA16_NoSequenceOutlivesThePolicy(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := begin(rt)
		answered, people := w.now, []compliance.PersonID{owner, requester, verifier, ann, ben, deputy, "p-outsider"}
		for range rapid.IntRange(5, 60).Draw(rt, "steps") {
			was := w.e
			switch rapid.IntRange(0, 3).Draw(rt, "kind") {
			case 0: // time, noticed as it passes
				w.to(w.now.Add(time.Duration(rapid.IntRange(1, 24*20).Draw(rt, "hours")) * time.Hour))
			case 1: // time that nobody notices until the end
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 24*60).Draw(rt, "outage")) * time.Hour)
				if !was.Excuses(w.now) {
					break
				}
				require.True(rt, w.now.Before(was.Ends) && w.now.Before(was.Check.By))
				w.look()
			default:
				w.look()
				was = w.e
				p := rapid.SampledFrom(people).Draw(rt, "who")
				a := exc.Act{
					Action: rapid.SampledFrom(exc.ActionNames()).Draw(rt, "action"), Remedied: rapid.IntRange(0, 9).Draw(rt, "remedied") == 0,
					Until: w.local().Today.Add(rapid.IntRange(-5, 200).Draw(rt, "until")),
				}
				event, reason := w.act(p, a)
				if reason != exc.OK {
					break
				}
				switch event {
				case exc.EventApproved, exc.EventGranted, exc.EventRenewed, exc.EventDenied:
					require.Contains(rt, []compliance.PersonID{verifier, ann, ben}, p)
				case exc.EventConfirmed, exc.EventFailed:
					require.Equal(rt, verifier, p)
				}
				if event == exc.EventGranted || event == exc.EventConfirmed || event == exc.EventRenewed && was.State != exc.InForce || event == exc.EventRenewed && was.Check.Asked.IsZero() {
					answered = w.now
				}
			}
			e := w.e
			require.LessOrEqual(rt, e.Renewals, 1)
			if was.Cause != "" && was.Cause != exc.Expired {
				require.NotEqual(rt, exc.InForce, e.State, "what was %s came back", was.Cause)
			}
			if waiver, ok := e.Waiver(w.now); ok {
				require.Equal(rt, exc.InForce, e.State)
				whole := e.First.Add(90 * 2)
				require.False(rt, e.Last.After(whole), "%s is after %s", e.Last, whole)
				require.False(rt, waiver.Until.After(e.Ends))
				// Asked at the latest when it is noticed, and answered within the days after.
				if e.Check.Asked.IsZero() {
					require.LessOrEqual(rt, w.now.Sub(answered), (30+7+2)*24*time.Hour)
				} else {
					require.LessOrEqual(rt, w.now.Sub(e.Check.Asked), (7+2)*24*time.Hour)
				}
			}
		}
	})
}

func TestA16_TheFormsAreWhatIsRead(t *testing.T) {
	for _, action := range append(exc.ActionNames(), exc.ActionRequest) {
		form, ok := exc.FormFor(action, compliance.Option{Value: "order-portal", Label: "Order portal"})
		require.True(t, ok, action)
		fill := func(without string) compliance.Inbound {
			in := compliance.Inbound{Action: action, Ref: "EXC-3.1.0"}
			for _, f := range form.Fields {
				value := map[string]string{
					exc.FieldUntil: "2027-01-31", exc.FieldSince: "2026-10-01", exc.FieldControl: "gate/tests", exc.FieldEnvironment: "production",
					exc.FieldChange: "CHG-7", exc.FieldVerifier: "p-hana", exc.FieldOwner: "p-bruno",
				}[f.Name]
				switch {
				case value != "":
				case f.Kind == compliance.Choice:
					value = f.Options[0].Value
				default:
					value = "for a good reason"
				}
				if f.Name != without {
					in.Answers = append(in.Answers, compliance.Answer{Name: f.Name, Value: value})
				}
			}
			return in
		}
		read := func(in compliance.Inbound) (exc.Reason, string) {
			if action == exc.ActionRequest {
				_, r, field := exc.ParseRequest(in)
				return r, field
			}
			_, r, field := exc.ParseAct(in)
			return r, field
		}
		r, field := read(fill(""))
		require.Equal(t, exc.OK, r, "%s %s", action, field)
		for _, f := range form.Fields {
			r, field := read(fill(f.Name))
			if f.Required {
				require.Equal(t, exc.MissingAnswer, r, "%s without %s", action, f.Name)
				require.Equal(t, f.Name, field)
			} else {
				require.Equal(t, exc.OK, r, "%s without %s", action, f.Name)
			}
		}
		require.LessOrEqual(t, len(form.Title), 24, form.Title)
		require.LessOrEqual(t, len(form.Submit), 24, form.Submit)
	}
	_, r, field := exc.ParseAct(compliance.Inbound{Action: exc.ActionRenew, Ref: "EXC-3.1.0", Answers: []compliance.Answer{{Name: "until", Value: "2027-02-30"}}})
	require.Equal(t, exc.UnreadableDate, r)
	require.Equal(t, exc.FieldUntil, field)
	for _, ref := range []string{"", "EXC-3", "EXC-3.1", "EXC-03.1.0", "EXC-3.01.0", "EXC-3.1.0 ", strings.Repeat("9", 5000)} {
		_, err := exc.ParseBinding(ref)
		require.Error(t, err, ref)
	}
	require.Regexp(t, `^exception/[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, exc.SubjectID("d1"))
	require.NotEqual(t, exc.SubjectID("d1"), exc.SubjectID("d2"))
}

func TestA16_WhatAWaiverCovers(t *testing.T) {
	until := time.Date(2027, 1, 31, 23, 0, 0, 0, time.UTC)
	w := exc.Waiver{Control: "gate/tests", System: "order-portal", Until: until}
	before := until.Add(-time.Nanosecond)
	require.True(t, w.Covers("gate/tests", "order-portal", "production", "CHG-7", before))
	require.False(t, w.Covers("gate/tests", "order-portal", "production", "CHG-7", until))
	require.False(t, w.Covers("gate/schema", "order-portal", "production", "CHG-7", before))
	require.False(t, w.Covers("gate/tests", "claims-desk", "production", "CHG-7", before))
	w.Environment, w.Change = "test", "CHG-7"
	require.True(t, w.Covers("gate/tests", "order-portal", "test", "CHG-7", before))
	require.False(t, w.Covers("gate/tests", "order-portal", "production", "CHG-7", before))
	require.False(t, w.Covers("gate/tests", "order-portal", "test", "CHG-8", before))
	require.False(t, w.Covers("gate/tests", "order-portal", "test", "", before), "a change without a number is another")
}

// What is written wrongly is told apart from what is not there at all (A16).
func TestA16_WhatIsWrittenWronglyIsSaid(t *testing.T) {
	for _, tc := range []struct {
		field, value string
		want         exc.Reason
	}{
		{exc.FieldControl, "GATE TESTS", exc.UnreadableName},
		{exc.FieldSystem, "Order portal", exc.UnreadableName},
		{exc.FieldEnvironment, "production/", exc.UnreadableName},
		{exc.FieldChange, "OPS-1", exc.UnreadableName},
		{exc.FieldVerifier, "a\nb", exc.UnreadableName},
		{exc.FieldVerifier, "", exc.MissingAnswer},
		{exc.FieldReason, "x", exc.MissingAnswer},
		{exc.FieldUntil, "2026-02-30", exc.UnreadableDate},
		{exc.FieldUntil, "9999-12-31", exc.UnreadableDate},
		{exc.FieldSince, "0001-01-01", exc.UnreadableDate},
		{exc.FieldUntil, "2027-01-10", exc.OK},
	} {
		in := compliance.Inbound{Action: exc.ActionRequest}
		for name, value := range map[string]string{
			exc.FieldControl: "gate/tests", exc.FieldSystem: "order-portal", exc.FieldReason: "The suite is rebuilt.",
			exc.FieldCompensating: "A second look.", exc.FieldVerifier: "p-hana", exc.FieldUntil: "2027-01-10", tc.field: tc.value,
		} {
			in.Answers = append(in.Answers, compliance.Answer{Name: name, Value: value})
		}
		_, reason, field := exc.ParseRequest(in)
		require.Equal(t, tc.want, reason, "%s=%q", tc.field, tc.value)
		if tc.want != exc.OK {
			require.Equal(t, tc.field, field)
		}
	}
}
