package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/door"
	"github.com/lowcodex/countersign/evidence"
)

// ReadChangeTicket reads the truth about a ticket and keeps its content as a blob.
func ReadChangeTicket(ctx workflow.Context, in activities.ReadChangeTicketInput) (activities.ChangeReading, error) {
	var t *activities.Tickets
	return run[activities.ReadChangeTicketInput, activities.ChangeReading](ctx, onVendor(compliance.QueueTickets), t.ReadChangeTicket, in)
}

// OpenTicket opens a ticket once per key.
func OpenTicket(ctx workflow.Context, in activities.OpenTicketInput) (activities.OpenedTicket, error) {
	var t *activities.Tickets
	return run[activities.OpenTicketInput, activities.OpenedTicket](ctx, onSearch(compliance.QueueTickets), t.OpenTicket, in)
}

// AdvanceTicket writes one comment and one status once per key.
func AdvanceTicket(ctx workflow.Context, in activities.AdvanceTicketInput) error {
	var t *activities.Tickets
	_, err := run[activities.AdvanceTicketInput, activities.Done](ctx, onVendor(compliance.QueueTickets), t.AdvanceTicket, in)
	return err
}

// ShowCard posts a card, or rewrites it where it stands.
func ShowCard(ctx workflow.Context, in activities.ShowCardInput) (compliance.Posted, error) {
	var m *activities.Messages
	return run[activities.ShowCardInput, compliance.Posted](ctx, onVendor(compliance.QueueMessages), m.ShowCard, in)
}

// ResolveRoute asks the rules and the directory who decides, and the calendars when.
func ResolveRoute(ctx workflow.Context, in activities.ResolveRouteInput) (activities.ResolvedRoute, error) {
	var r *activities.Rules
	return run[activities.ResolveRouteInput, activities.ResolvedRoute](ctx, onRules(), r.ResolveRoute, in)
}

// ResolveSchedule turns the calendars of a system into instants again.
func ResolveSchedule(ctx workflow.Context, in activities.ResolveScheduleInput) (activities.ResolvedSchedule, error) {
	var r *activities.Rules
	return run[activities.ResolveScheduleInput, activities.ResolvedSchedule](ctx, onRules(), r.ResolveSchedule, in)
}

// RecordEvents puts events on record, all of them or none, and returns where they stand.
func RecordEvents(ctx workflow.Context, in activities.RecordEventsInput) (activities.Recorded, error) {
	var e *activities.Evidence
	return run[activities.RecordEventsInput, activities.Recorded](ctx, onRecord(), e.RecordEvents, in)
}

// JudgeDecision checks a vote against the live directory and records what came of it.
func JudgeDecision(ctx workflow.Context, in activities.JudgeDecisionInput) (activities.JudgedDecision, error) {
	var e *activities.Judgement
	return run[activities.JudgeDecisionInput, activities.JudgedDecision](ctx, onRecord(), e.JudgeDecision, in)
}

// JudgeAct checks a start, a report or a withdrawal and records what came of it.
func JudgeAct(ctx workflow.Context, in activities.JudgeActInput) (activities.JudgedAct, error) {
	var e *activities.Judgement
	return run[activities.JudgeActInput, activities.JudgedAct](ctx, onRecord(), e.JudgeAct, in)
}

// WhoAskedBefore reads from the record who asked in earlier runs of a change.
func WhoAskedBefore(ctx workflow.Context, in activities.AskedBeforeInput) (activities.AskedBefore, error) {
	var e *activities.Judgement
	return run[activities.AskedBeforeInput, activities.AskedBefore](ctx, onRecord(), e.WhoAskedBefore, in)
}

// FindOlder looks up the older change that a newer one replaces.
func FindOlder(ctx workflow.Context, in activities.FindOlderInput) (activities.FoundOlder, error) {
	var e *activities.Judgement
	return run[activities.FindOlderInput, activities.FoundOlder](ctx, onRecord(), e.FindOlder, in)
}

// RecordLateAct records an act on a subject that is over and says how that stands.
func RecordLateAct(ctx workflow.Context, in compliance.Inbound) (activities.LateAct, error) {
	var e *activities.Evidence
	return run[compliance.Inbound, activities.LateAct](ctx, onRecord(), e.RecordLateAct, in)
}

// RecordRefusal records an act that no process could take.
func RecordRefusal(ctx workflow.Context, in door.Refusal) (evidence.Receipt, error) {
	var e *activities.Evidence
	return run[door.Refusal, evidence.Receipt](ctx, onRecord(), e.RecordRefusal, in)
}

// RecordEvent puts one event on record as it is given.
func RecordEvent(ctx workflow.Context, ev evidence.Event) (activities.Recorded, error) {
	return RecordEvents(ctx, activities.RecordEventsInput{Events: []evidence.Event{ev}})
}
