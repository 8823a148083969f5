package patch

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/workflows/steps"
)

// declined is the answer to an act the rules refused; the refusal is on record.
func declined(reason rules.Reason, field string) compliance.Reply {
	outcome := compliance.Declined
	if reason == rules.AlreadyDone {
		outcome = compliance.Recorded // the first one counts; repeating it changes nothing
	}
	return compliance.Reply{Outcome: outcome, Reason: string(reason), Text: reason.Text(), Field: field}
}

// unjudged is the answer when an act could not be judged at all.
func (p *process) unjudged(err error) compliance.Reply {
	f := steps.Explain(err)
	p.Logger.Error("act not judged", "failure", f.Text)
	return compliance.Reply{Outcome: compliance.NotRecorded, Reason: string(f.Class), Text: "This could not be recorded (" + string(f.Class) + "). Nothing was changed. Please try again, or tell your administrator."}
}

// inboundOf is the providing of a payload as an act, for who did it.
func inboundOf(in Provided, now time.Time) compliance.Inbound {
	return compliance.Inbound{Delivery: in.Key, Surface: "cli", Actor: in.Actor, Action: "provide", Received: now}
}
