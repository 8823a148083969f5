package steps

import "github.com/lowcodex/countersign/activities"

// What steps take and give. Processes know these names only: the activities
// behind them are this package's business.
type (
	Head                  = activities.Head
	ReadChangeTicketInput = activities.ReadChangeTicketInput
	ChangeReading         = activities.ChangeReading
	OpenTicketInput       = activities.OpenTicketInput
	OpenedTicket          = activities.OpenedTicket
	AdvanceTicketInput    = activities.AdvanceTicketInput
	ReadTicketInput       = activities.ReadTicketInput
	TicketReading         = activities.TicketReading
	Done                  = activities.Done
	ShowCardInput         = activities.ShowCardInput
	ResolveRouteInput     = activities.ResolveRouteInput
	ResolvedRoute         = activities.ResolvedRoute
	ResolveScheduleInput  = activities.ResolveScheduleInput
	ResolvedSchedule      = activities.ResolvedSchedule
	AskedBeforeInput      = activities.AskedBeforeInput
	AskedBefore           = activities.AskedBefore
	FindOlderInput        = activities.FindOlderInput
	FoundOlder            = activities.FoundOlder
	RecordEventsInput     = activities.RecordEventsInput
	Recorded              = activities.Recorded
	Acted                 = activities.Acted
	JudgeDecisionInput    = activities.JudgeDecisionInput
	JudgedDecision        = activities.JudgedDecision
	JudgeActInput         = activities.JudgeActInput
	JudgedAct             = activities.JudgedAct
	LateAct               = activities.LateAct
	AdvanceTrackerInput   = activities.AdvanceTrackerInput
	AdvancedTracker       = activities.AdvancedTracker
	Telling               = activities.Telling
	JudgeTrackerActInput  = activities.JudgeTrackerActInput
	JudgedTrackerAct      = activities.JudgedTrackerAct
	MissingTrackersInput  = activities.MissingTrackersInput
	MissingTrackers       = activities.MissingTrackers
	SendPageInput         = activities.SendPageInput
	StandDownPageInput    = activities.StandDownPageInput
	IncidentPlan          = activities.IncidentPlan
	ResolveIncidentInput  = activities.ResolveIncidentInput
	ResolveTargetsInput   = activities.ResolveTargetsInput
	ResolvedTargets       = activities.ResolvedTargets
	Called                = activities.Called
	ResolveActorInput     = activities.ResolveActorInput
	ResolvedActor         = activities.ResolvedActor
	ResolveReviewInput    = activities.ResolveReviewInput
	ResolvedReview        = activities.ResolvedReview
	LookBackInput         = activities.LookBackInput
	LookedBack            = activities.LookedBack
	JudgeIncidentActInput = activities.JudgeIncidentActInput
	JudgedIncidentAct     = activities.JudgedIncidentAct
	InviteInput           = activities.InviteInput
	ExceptionsInput       = activities.ExceptionsInput
	ExceptionSetup        = activities.ExceptionSetup
	ExceptionTelling      = activities.ExceptionTelling
	JudgeExceptionInput   = activities.JudgeExceptionInput
	JudgedException       = activities.JudgedException
	AdvanceExceptionInput = activities.AdvanceExceptionInput
	AdvancedException     = activities.AdvancedException
)
