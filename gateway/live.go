package gateway

import (
	"context"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// liveWithin is how long a process may take to say what its form offers now:
// the form has to be opened while the button's trigger lives.
const liveWithin = 900 * time.Millisecond

// live asks the process for the form of an action whose choices depend on where
// the subject stands. A closed subject is answered as any late act; a process
// that gives no form says so in the reply.
func (g *Gateway) live(ctx context.Context, in compliance.Inbound) (compliance.Form, compliance.Reply, bool) {
	if g.closed(ctx, in.Subject) {
		ctx, cancel := context.WithTimeout(ctx, left(ctx)/2)
		defer cancel()
		return compliance.Form{}, g.Submit(ctx, in), false
	}
	ctx, cancel := context.WithTimeout(ctx, liveWithin)
	defer cancel()
	var offered compliance.Offer
	answer, err := g.engine.QueryWorkflow(ctx, in.Subject, "", compliance.QueryForm, in.Action)
	if err == nil {
		err = answer.Get(&offered)
	}
	if err != nil {
		g.log.WarnContext(ctx, "no form in time", "subject", in.Subject, "action", in.Action, "error", err)
		g.Count(in.Surface, ReasonUnreachable)
		return compliance.Form{}, compliance.Reply{
			Outcome: compliance.NotRecorded, Reason: ReasonUnreachable,
			Text: "The form could not be opened in time, and nothing was recorded. Please press the button again.",
		}, false
	}
	if offered.Form == nil {
		return compliance.Form{}, compliance.Reply{Outcome: compliance.NotRecorded, Reason: offered.Reason, Text: offered.Text}, false
	}
	return *offered.Form, compliance.Reply{}, true
}
