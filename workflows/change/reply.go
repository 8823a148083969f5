package change

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// recorded is the answer to an act that counts.
func recorded(action string, s State) compliance.Reply {
	text := fmt.Sprintf("%s: recorded.", s.Number)
	switch action {
	case rules.ActionApprove, rules.ActionDeny, rules.ActionAbstain:
		text = fmt.Sprintf("%s: your decision is recorded. %s.", s.Number, status(s))
	case rules.ActionStart:
		text = s.Number + " is started. Report the outcome when you are done."
	case rules.ActionProceed:
		text = fmt.Sprintf("%s: go on from safe point %d. This is recorded.", s.Number, s.Passed)
	case rules.ActionFinish:
		text = s.Number + ": the outcome is recorded."
	case rules.ActionWithdraw:
		text = s.Number + " is withdrawn."
	case rules.ActionHold:
		text = s.Number + " is on hold. You or its requester can resume it."
	case rules.ActionObject:
		text = s.Number + " is on hold. It goes on when you take your objection back, or its requester has everybody decide anew."
	case rules.ActionResume:
		text = fmt.Sprintf("%s: recorded. %s.", s.Number, status(s))
	}
	return compliance.Reply{Outcome: compliance.Recorded, Text: text}
}

// represented says in whose place a vote was given.
func represented(r compliance.Reply, v rules.Vote) compliance.Reply {
	if v.For != "" {
		r.Text += fmt.Sprintf(" It was given in the place of %s.", v.For)
		r.People = append(r.People, v.For)
	}
	return r
}

// declined is the answer to an act the rules refused; the refusal is on record.
func declined(reason rules.Reason, detail, field string) compliance.Reply {
	text := reason.Text()
	switch {
	case detail == "":
	case reason == rules.AlreadyRecorded || reason == rules.AlreadyVoted:
		text += " It was recorded on " + detail + "."
	case reason == rules.StaleContent || reason == rules.ContentChanged:
		text += " Changed: " + detail + "."
	default:
		text += " " + detail
	}
	outcome := compliance.Declined
	if reason == rules.AlreadyRecorded {
		outcome = compliance.Recorded // the first one counts; repeating it changes nothing (C16)
	}
	return compliance.Reply{Outcome: outcome, Reason: string(reason), Text: text, Field: field}
}

// unjudged is the answer when an act could not be judged at all, for example
// because its record would be too large. Nothing was recorded.
func (c *process) unjudged(err error) compliance.Reply {
	f := steps.Explain(err)
	c.Logger.Error("act not judged", "failure", f.Text)
	return compliance.Reply{Outcome: compliance.NotRecorded, Reason: string(f.Class), Text: "This could not be recorded (" + string(f.Class) + "). Nothing was changed. Please try again, or tell your administrator."}
}
