package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
)

// Each record of the emergency path is told with what it bypassed (C32, C33).
func TestC32_EveryStepOfAnEmergencyIsTold(t *testing.T) {
	at := time.Date(2026, 11, 30, 22, 15, 0, 0, time.UTC)
	base := change.Emergency{
		Incident: "INC-7", Invoker: "p-bruno", Called: []compliance.PersonID{"p-bruno"}, AnswerBy: at, Rules: change.EmergencyRules{AnswerWithin: 15 * time.Minute},
		Bypassed: change.Bypassed{Approvers: []compliance.PersonID{"p-bruno"}, Freezes: []string{"month-end"}, Window: true,
			Gate: "flows", Checks: []gate.Mark{{Check: gate.Tests, Reason: gate.Failed}, {Check: gate.CodeReview, Reason: gate.NotGiven}}},
	}
	bypassed := []string{"bypassed approvers: Bruno", "bypassed gate: flows: tests (failed), code review (not given)", "bypassed freezes: month-end", "bypassed windows: none was open"}
	with := func(edit func(*change.Emergency)) *change.Emergency {
		e := base
		e.Retro = &change.Retro{Due: at}
		edit(&e)
		return &e
	}
	for name, c := range map[string]struct {
		kind    string
		facts   any
		text    string
		details []string
	}{
		"invoked":    {change.EventEmergency, change.ActFacts{Action: "break-glass", Emergency: &base}, "Broke the glass for INC-7: it is to be carried out without approval.", append(bypassed[:4:4], "asked: Bruno", "answer before 22:15:00")},
		"go ahead":   {change.EventAcknowledged, change.ActFacts{Emergency: with(func(e *change.Emergency) { e.Answer = change.GoAhead })}, "Said go ahead: it is carried out without approval.", bypassed},
		"no":         {change.EventAcknowledged, change.ActFacts{Emergency: with(func(e *change.Emergency) { e.Answer = change.No })}, "Said no: it goes its normal way.", nil},
		"silence":    {change.EventUnanswered, change.MovedFacts{Emergency: with(func(e *change.Emergency) { e.Answer = change.Unanswered })}, "Nobody on call answered in 15m0s: it is carried out without approval.", append([]string{"asked: Bruno"}, bypassed...)},
		"barred":     {change.EventUnanswered, change.MovedFacts{Reason: change.ReviewOpen, Emergency: with(func(e *change.Emergency) { e.Answer = change.Overtaken })}, "Nobody on call answered in 15m0s.", append([]string{change.ReviewOpen.Text(), "asked: Bruno"}, bypassed...)},
		"overtaken":  {change.EventOvertaken, change.MovedFacts{Emergency: &base}, "The change moved on before anybody on call answered.", nil},
		"reported":   {change.EventFinished, change.ActFacts{Result: change.RetroReview, Emergency: with(func(e *change.Emergency) { e.Outcome = change.Verifying })}, "Reported the outcome of what was carried out without approval: carried out.", []string{"review due 22:15:00"}},
		"reminded":   {change.EventReviewReminded, change.MovedFacts{Emergency: with(func(*change.Emergency) {})}, "The review of the emergency, or what it asks for, is still owed.", []string{"review due 22:15:00"}},
		"escalated":  {change.EventReviewEscalated, change.MovedFacts{Emergency: with(func(*change.Emergency) {})}, "It is late: the control owner was called.", []string{"review due 22:15:00"}},
		"unreported": {change.EventReviewEscalated, change.MovedFacts{Reason: change.NotReported, Emergency: &base}, "It is late: the control owner was called.", []string{change.NotReported.Text()}},
		"reviewed":   {change.EventReviewed, change.ActFacts{Emergency: with(func(e *change.Emergency) { e.Retro.Verdict, e.Retro.InTime = change.WouldApprove, true })}, "Reviewed the emergency: a real one, and it would have been approved.", []string{"review due 22:15:00"}},
		"would not":  {change.EventReviewed, change.ActFacts{Emergency: with(func(e *change.Emergency) { e.Retro.Verdict, e.Retro.RemedyDue = change.WouldNot, at })}, "Reviewed the emergency: it would not have been approved.", []string{"review due 22:15:00", "remedy due 22:15:00", "the review was late"}},
		"followed":   {change.EventRemedied, change.ActFacts{Emergency: with(func(e *change.Emergency) { e.Retro.FollowUp = "CHG-9" })}, "CHG-9 follows up what would not have been approved.", nil},
		"taken back": {change.EventRemedied, change.ActFacts{Emergency: with(func(*change.Emergency) {})}, "Rolled back what would not have been approved.", nil},
		"violation":  {change.EventViolation, change.MovedFacts{Reason: change.NotReviewedInTime, Emergency: with(func(*change.Emergency) {})}, "The emergency of INC-7 ends as a violation.", []string{change.NotReviewedInTime.Text(), "review due 22:15:00"}},
		"closed":     {change.EventClosed, change.MovedFacts{Emergency: with(func(*change.Emergency) {})}, "The ticket still says what was carried out, and the review is done: the change is closed.", nil},
		"deviation":  {change.EventClosed, change.MovedFacts{Reason: change.WouldNotApprove, Emergency: with(func(*change.Emergency) {})}, "The change is closed with a deviation.", []string{change.WouldNotApprove.Text()}},
		"refused":    {change.EventRefused, change.ActFacts{Action: "acknowledge", Reason: change.ReviewOpen, Emergency: &base}, "Tried to acknowledge. " + change.ReviewOpen.Text(), []string{"reason: review-open"}},
	} {
		t.Run(name, func(t *testing.T) {
			line := tell(entry(t, c.kind, c.facts))[0]
			require.Equal(t, c.text, line.Text)
			require.ElementsMatch(t, c.details, line.Details)
		})
	}
}
