package incident

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/workflows/steps"
)

// declined is the answer to an act that did not count. What was there already
// counts as done: repeating it changes nothing.
func (p *process) declined(reason rules.Reason, detail, field string) compliance.Reply {
	outcome := compliance.Declined
	if reason == rules.AlreadyAcknowledged {
		outcome = compliance.Recorded
	}
	return compliance.Reply{Outcome: outcome, Reason: string(reason), Text: strings.TrimSpace(reason.Text() + " " + detail), Field: field}
}

// unjudged is the answer when an act could not be judged at all. Nothing was changed.
func (p *process) unjudged(err error) compliance.Reply {
	f := steps.Explain(err)
	p.Logger.Error("act not judged", "failure", f.Text)
	return compliance.Reply{
		Outcome: compliance.NotRecorded, Reason: string(f.Class),
		Text: "This could not be taken (" + string(f.Class) + "). Nothing was changed, and paging goes on. Please try again, or tell your administrator.",
	}
}

// refused puts an act that was refused on record, without waiting for the log (G3),
// and answers it.
func (p *process) refused(in compliance.Inbound, act rules.Act, by compliance.PersonID, why rules.Reason, field string, now time.Time) compliance.Reply {
	p.actBehind(in, rules.EventRefused, "", p.act(in, act.Binding.Page, why))
	p.s.Logged(refusedFact(in.Action, by, why, now))
	p.Show()
	return p.declined(why, "", field)
}
