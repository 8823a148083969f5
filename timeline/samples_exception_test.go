package timeline

import (
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/exception"
)

func exceptionSamples() []sample {
	at := noon()
	e := exception.Exception{
		Schema: exception.Schema, Number: "EXC-3", Control: "gate/tests", System: "order-portal", Environment: "production", Change: "CHG-7",
		Since: day("2026-11-02"), Requester: bruno, Owner: bruno, Verifier: bruno, State: exception.InForce, Last: day("2027-03-01"), Ends: at,
		Check: exception.Check{N: 1, Next: at, Asked: at, By: at},
	}
	asked := e
	asked.State, asked.Round = exception.Requested, &exception.Round{N: 1, Until: day("2027-03-01"), By: at}
	renewing := e
	renewing.Round = &exception.Round{N: 2, Until: day("2027-04-15"), By: at}
	open := e
	open.State, open.Cause, open.Due = exception.Reopened, exception.Expired, day("2027-03-09")
	denied := e
	denied.State = exception.Denied
	act := func(action string, after *exception.Exception) exception.ActFacts {
		return exception.ActFacts{Action: action, Received: at, Roles: []string{"owner", "approver"}, After: after}
	}
	moved := func(due exception.Due, after exception.Exception) exception.MovedFacts {
		return exception.MovedFacts{Due: &due, Told: []compliance.PersonID{bruno}, After: &after}
	}
	refused := act(exception.ActionApprove, nil)
	refused.Reason = exception.IsOwner
	turned := act(exception.ActionRequest, &denied)
	turned.Reason = exception.TooLong
	escalated := moved(exception.Due{Event: exception.EventEscalated, At: at}, open)
	escalated.OverdueDays = 8
	return []sample{
		{exception.EventRequested, "", act(exception.ActionRequest, &asked)},
		{exception.EventNotRequested, "", turned},
		{exception.EventApproved, "", act(exception.ActionApprove, &asked)},
		{exception.EventGranted, "", act(exception.ActionApprove, &e)},
		{exception.EventDenied, "", act(exception.ActionDeny, &denied)},
		{exception.EventDenied, "a renewal", act(exception.ActionDeny, &e)},
		{exception.EventLapsed, "", moved(exception.Due{Event: exception.EventLapsed, At: at}, e)},
		{exception.EventAsked, "", moved(exception.Due{Event: exception.EventAsked, At: at, Late: true}, e)},
		{exception.EventConfirmed, "", act(exception.ActionConfirm, &e)},
		{exception.EventFailed, "", act(exception.ActionFails, &open)},
		{exception.EventUnanswered, "", moved(exception.Due{Event: exception.EventUnanswered, At: at}, open)},
		{exception.EventWarned, "", moved(exception.Due{Event: exception.EventWarned, At: at, Rung: 14}, e)},
		{exception.EventRenewing, "", act(exception.ActionRenew, &renewing)},
		{exception.EventRenewed, "", act(exception.ActionApprove, &e)},
		{exception.EventExpired, "", moved(exception.Due{Event: exception.EventExpired, At: at}, open)},
		{exception.EventRevoked, "", act(exception.ActionEnd, &open)},
		{exception.EventEscalated, "", escalated},
		{exception.EventReminded, "", moved(exception.Due{Event: exception.EventReminded, At: at}, open)},
		{exception.EventEnded, "", act(exception.ActionEnd, &denied)},
		{exception.EventWithdrawn, "", act(exception.ActionEnd, &denied)},
		{exception.EventRefused, "", refused},
		{exception.EventLate, "", lateFacts()},
		{exception.EventRescheduled, "", exception.MovedFacts{After: &e}},
		{exception.EventUnreadable, "", exception.MovedFacts{Detail: "a message could not be decoded"}},
		{exception.EventDrift, "", exception.MovedFacts{Detail: "the ticket OPS-7 was moved by hand to done"}},
		{exception.EventStopped, "", exception.MovedFacts{Detail: "an operator of the engine cancelled the run", After: &denied}},
	}
}
