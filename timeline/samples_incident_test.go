package timeline

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/incident"
)

const (
	digest = "sha256:9f720f7521a7000011112222333344445555666677778888999900001111aaaa"
	bruno  = compliance.PersonID("p-bruno")
	chidi  = compliance.PersonID("p-chidi")
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// lateFacts are those of every process: see activities.RecordLateAct.
func lateFacts() any {
	return change.ActFacts{Action: "decide-grace", Delivery: "cli/1", Reason: change.AlreadyClosed, Stood: "rolled_back"}
}

func incidentSamples() []sample {
	at := noon()
	act := func(action string) incident.ActFacts {
		return incident.ActFacts{Action: action, Page: 2, Reason: incident.OK, Until: at, Received: at}
	}
	joined := act(incident.ActionAcknowledge)
	joined.Reason, joined.First, joined.FirstAt = incident.Joined, chidi, at
	refused := act(incident.ActionApprove)
	refused.Reason = incident.IsAuthor
	update := act(incident.ActionUpdate)
	update.Reason = incident.NotResponder
	handover := incident.HandoverFacts{Handover: incident.Handover{From: bruno, To: chidi, Until: at}}
	rollback := incident.RollbackFacts{
		Run: "CHG-7", Plan: "sha256:aa", Backup: "CHG-7/backup", State: incident.RollbackAsked, Asker: chidi, Authors: []compliance.PersonID{bruno},
	}
	approved := rollback
	approved.Shown, approved.Approver = incident.Statement, bruno
	review := incident.ReviewFacts{Author: chidi, Change: "CHG-9", Due: at, Late: 90 * time.Minute}
	closed := review
	closed.Closer, closed.Shown = bruno, "I have read the review."
	noneNeeded := review
	noneNeeded.Change, noneNeeded.NoneNeeded = "", true
	noneNeeded.Asked = []incident.AskedFacts{{Owner: bruno, Due: at}}
	given, finish := act(incident.ActionReassign), act(incident.ActionFinish)
	item := incident.ItemFacts{Item: 1, Ticket: "OPS-7", Owner: bruno, Due: at, Late: 90 * time.Minute, Reason: incident.ItemOverdue, People: []compliance.PersonID{bruno, chidi}}
	kept, finished := item, item
	kept.Resolution = compliance.ResolvedWontDo
	finished.ActFacts = &finish
	return append([]sample{
		{incident.EventAlertTriggered, "", incident.AlertFacts{
			Source: "monitoring", Severity: incident.Sev2, Began: at, Reason: incident.SameIncident, Incident: "INC-7", Before: "INC-3", Count: 3,
		}},
		{incident.EventAlertCleared, "", incident.AlertFacts{Source: "monitoring", Reason: incident.Cleared, Incident: "INC-7"}},
		{incident.EventAlertOver, "", incident.AlertFacts{Source: "monitoring", Reason: incident.FlapOver, Flaps: 2}},
		{incident.EventReceived, "from an alert", incident.ReceivedFacts{
			Alert: "alert/monitoring/00ff", Before: "INC-3", Title: "Publishing fails", System: "billing", Severity: incident.Sev1, Policy: "platform",
		}},
		{incident.EventReceived, "declared", incident.ReceivedFacts{Declarer: bruno, Severity: incident.Sev3}},
		{incident.EventReceived, "as a drill", incident.ReceivedFacts{Drill: true, Severity: incident.Sev3}},
		{incident.EventHeld, "", incident.MovedFacts{To: incident.Suppressed, Reason: incident.Held, Until: at}},
		{incident.EventAcknowledged, "first", act(incident.ActionAcknowledge)},
		{incident.EventAcknowledged, "joining", joined},
		{incident.EventAckExpired, "", incident.MovedFacts{Reason: incident.AckExpired}},
		{incident.EventStoodDown, "", incident.StandDownFacts{Reason: incident.NoLongerWanted, People: []compliance.PersonID{bruno, chidi}}},
		{incident.EventStoodDown, "one", incident.StandDownFacts{Reason: incident.NoLongerWanted, People: []compliance.PersonID{bruno}}},
		{incident.EventUpdated, "", update},
		{incident.EventRefused, "", refused},
		{incident.EventOffered, "", handover},
		{incident.EventAccepted, "", handover},
		{incident.EventNotAccepted, "", handover},
		{incident.EventResolved, "by a person", act(incident.ActionResolve)},
		{incident.EventResolved, "by the source", incident.MovedFacts{To: incident.Resolved, Reason: incident.FlapOver}},
		{incident.EventRollbackAsked, "", rollback},
		{incident.EventRollbackApproved, "", approved},
		{incident.EventRollbackDenied, "", rollback},
		{incident.EventRollbackStarted, "", rollback},
		{incident.EventRollbackDone, "", rollback},
		{incident.EventRollbackFailed, "", rollback},
		{incident.EventReviewed, "", review},
		{incident.EventReviewed, "no change needed", noneNeeded},
		{incident.EventReassigned, "", incident.ReassignedFacts{ActFacts: &given, To: []compliance.PersonID{chidi}, Unknown: 1}},
		{incident.EventReassigned, "to nobody known", incident.ReassignedFacts{ActFacts: &given, Unknown: 1}},
		{incident.EventItemChased, "", item},
		{incident.EventItemKept, "", kept},
		{incident.EventItemDone, "by its ticket", item},
		{incident.EventItemDone, "by a person", finished},
		{incident.EventItemWithdrawn, "", finished},
		{incident.EventClosed, "", closed},
		{incident.EventClosed, "after an exercise", incident.MovedFacts{To: incident.Closed}},
		{incident.EventLate, "", lateFacts()},
		{incident.EventUnreadable, "", incident.MovedFacts{Detail: "a message could not be decoded"}},
	}, pageSamples(at)...)
}

func pageSamples(at time.Time) []sample {
	page := func(phase incident.Phase, reach incident.Reach) incident.PageFacts {
		return incident.PageFacts{Page: 3, Phase: phase, Round: 1, Step: 2, Reason: incident.DelayOver, Due: at, Reach: reach}
	}
	out := page(incident.PhaseStep, "")
	out.Late = 90 * time.Second
	out.Targets = []incident.Target{
		{Kind: incident.TargetRotation, Name: "platform"}, {Kind: incident.TargetPerson, Name: string(bruno)}, {Kind: incident.TargetManager},
	}
	out.OnCall = []incident.OnCallFacts{
		{Rotation: "platform", Duty: incident.Duty{Person: chidi, Cause: incident.ByOverride, Passed: []compliance.PersonID{bruno}}},
		{Rotation: "second", Duty: incident.Duty{Cause: incident.NobodyThere}},
	}
	reached := page(incident.PhaseStep, incident.Reached)
	reached.To = []incident.Sent{
		{Recipient: incident.Recipient{Person: chidi, Reach: incident.Reached}, Attempts: []incident.Attempt{
			{Channel: "chat", Started: at, Ended: at, Class: compliance.Unavailable}, {Channel: "sms", Started: at, Ended: at},
		}},
		{Recipient: incident.Recipient{Person: bruno, Reach: incident.ReachMaybe, Why: incident.OutcomeUnknown}, Attempts: []incident.Attempt{{Channel: "chat"}}},
		{Recipient: incident.Recipient{Person: bruno, Inactive: true}},
	}
	nobody := page(incident.PhaseLastResort, incident.ReachNobody)
	nobody.Why, nobody.Finding = incident.AllFailed, incident.NobodyInPolicy
	return []sample{
		{incident.EventPaging, "", out},
		{incident.EventPaging, "as a last resort", page(incident.PhaseLastResort, "")},
		{incident.EventPaging, "when exhausted", page(incident.PhaseExhausted, "")},
		{incident.EventPaged, "reached", reached},
		{incident.EventPaged, "maybe", page(incident.PhaseStep, incident.ReachMaybe)},
		{incident.EventPaged, "nobody", nobody},
		{incident.EventFinding, "of a page", nobody},
		{incident.EventFinding, "of a review", incident.MovedFacts{Reason: incident.ReviewOverdue, Due: at}},
	}
}
