package exception

import rules "github.com/lowcodex/countersign/compliance/exception"

// standing answers QueryStanding. It reads only.
func (c *process) standing() Standing {
	s, e := c.s, c.s.Exception
	awaiting, _ := c.awaiting()
	out := Standing{
		Number: s.Number, Subject: c.Self, State: e.State, Cause: e.Cause, Control: e.Control, System: e.System, Environment: e.Environment,
		Change: e.Change, Why: s.Request.Reason, Compensating: s.Request.Compensating, Owner: e.Owner, Verifier: e.Verifier, Requester: e.Requester,
		Since: e.Since, Last: e.Last, Ends: e.Ends, Renewals: e.Renewals, MaxRenewals: e.Terms.MaxRenewals, Due: e.Due, Round: e.Round, Check: e.Check,
		Refused: s.Refused, RefusedField: s.RefusedField, Zone: s.Setup.Zone, Wake: s.Wake, Awaiting: awaiting, Ticket: s.Ticket,
		Trouble: s.Troubles(), LastIndex: s.Index,
	}
	if e.State == rules.Reopened || e.State == rules.Overdue {
		out.OverdueDays = s.OverdueDays
	}
	if s.Number != "" {
		out.Ref = e.Bind().String()
		for _, a := range actions(e) {
			out.Actions = append(out.Actions, a.Name)
		}
	}
	if s.Posted != nil {
		out.Cards = append(out.Cards, *s.Posted)
	}
	return out
}
