package timeline

import (
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

func day(text string) certification.Date {
	d, err := certification.ParseDate(text)
	if err != nil {
		panic(err) // a constant of these tests
	}
	return d
}

func certificationSamples() []sample {
	at := noon()
	act := func(action string) certification.ActFacts {
		return certification.ActFacts{Action: action, Received: at, Roles: []certification.Role{certification.Owner}}
	}
	coverage := &certification.Coverage{From: day("2026-01-01"), To: day("2026-12-31")}
	gap := &certification.Gap{From: day("2026-01-01"), To: day("2026-01-14"), Days: 14}
	move := certification.Move{Version: 2, From: certification.Valid, To: certification.Expiring, Cause: "the ladder began", At: at}
	received := act(certification.ActionReceive)
	received.Coverage = coverage
	corrected := received
	corrected.Corrects = true
	accepted := act(certification.ActionAccept)
	accepted.Attested = "I have read this document."
	accepted.Effect = &certification.Effect{Moves: []certification.Move{move}, Gap: gap}
	granted := act(certification.ActionGrace)
	granted.Until = day("2027-01-14")
	refused := act(certification.ActionGrace)
	refused.Reason = certification.IsOwner
	told := certification.Recipients{
		People: []compliance.PersonID{bruno}, Unreachable: []certification.Contact{{Role: certification.Manager, Reason: certification.Inactive}},
	}
	return []sample{
		{certification.EventTracked, "", certification.TrackedFacts{
			Vendor: "acme", Artefact: "soc2", NeededBy: day("2026-12-31"), Ladder: certification.DefaultLadder(),
		}},
		{certification.EventReminded, "", certification.ReminderFacts{Told: told, Reminder: &certification.Reminder{
			Version: 2, Offset: 30, Date: day("2026-12-01"), Timing: certification.Late, Skipped: []int{90, 60},
			Do: []certification.Action{certification.RequestRenewal, certification.Escalate},
		}}},
		{certification.EventReminded, "after the end", certification.ReminderFacts{Reminder: &certification.Reminder{Offset: -7, Timing: certification.OnTime}}},
		{certification.EventEscalated, "", certification.ReminderFacts{Told: told, Escalation: &certification.Escalation{Version: 2, Offset: 1, Role: certification.Manager}}},
		{certification.EventUntold, "", certification.ReminderFacts{
			Told: certification.Recipients{Reason: certification.NobodyToTell}, Reminder: &certification.Reminder{Offset: 0, Timing: certification.OnTime},
		}},
		{certification.EventAcknowledged, "", act(certification.ActionAcknowledge)},
		{certification.EventRequested, "", act(certification.ActionRequest)},
		{certification.EventReceived, "", received},
		{certification.EventReceived, "as a correction", corrected},
		{certification.EventReviewing, "", act(certification.ActionReview)},
		{certification.EventAccepted, "", accepted},
		{certification.EventReturned, "", act(certification.ActionReturn)},
		{certification.EventGap, "", certification.MovedFacts{Gap: gap}},
		{certification.EventExpiring, "", certification.MovedFacts{Move: &move, Coverage: coverage, Ends: at}},
		{certification.EventExpired, "", certification.MovedFacts{Coverage: coverage}},
		{certification.EventGranted, "", granted},
		{certification.EventDenied, "", act(certification.ActionGrace)},
		{certification.EventWithdrawn, "", act(certification.ActionWithdraw)},
		{certification.EventRefused, "", refused},
		{certification.EventLate, "", lateFacts()},
		{certification.EventRescheduled, "", certification.MovedFacts{Ends: at, Owner: bruno, Zone: "Europe/Berlin"}},
		{certification.EventRescheduled, "", certification.MovedFacts{Ends: at, Owner: bruno, Zone: "Asia/Tokyo", Changed: []string{"owner", "zone"}}},
		{certification.EventUnreadable, "", certification.MovedFacts{}},
		{certification.EventDrift, "", certification.MovedFacts{Detail: "the renewal's task OPS-7 was moved by hand to done"}},
		{certification.EventStopped, "", certification.MovedFacts{Detail: "an operator of the engine cancelled the tracker"}},
	}
}
