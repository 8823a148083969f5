package change

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// reviewFacts say who decided, who is still asked, and how many were notified (C20).
func reviewFacts(s State) []compliance.Fact {
	v := s.Version
	var facts []compliance.Fact
	for i, l := range v.Route.Levels {
		t := rules.Tally(i+1, l, v.Votes)
		text := fmt.Sprintf("%d of %d approvals", t.Approvals, t.Required)
		if t.Denials > 0 {
			text += fmt.Sprintf(", %d denied", t.Denials)
		}
		open := v.State == rules.InReview && v.Level == i+1 && s.State != rules.Held
		if open {
			text += fmt.Sprintf(", %d still needed, %s asked", t.Remaining, compliance.Count(len(l.Eligible), "person", "people"))
			if !t.CanStillReach {
				text += ". The quorum can no longer be reached"
			}
		}
		if l.StepUp {
			text += ". To decide, sign in with a second factor"
		}
		if l.UsesExternal {
			text += ", with the agreed external approver"
		}
		if l.Escalated {
			text += ". Escalated, because it has waited long: " + strings.Join(l.Fallback.Groups, ", ") + " may decide, too"
		}
		facts = append(facts, compliance.Fact{Label: fmt.Sprintf("Level %d, %s", i+1, l.Name), Text: text})
	}
	return facts
}

// timeFacts are the instants that matter now, shown in the reader's zone.
func timeFacts(s State) []compliance.Fact {
	v := s.Version
	switch {
	case s.State == rules.Held:
		return heldFacts(s)
	case v.State == rules.InReview:
		return append([]compliance.Fact{{Label: "Decide before", At: v.Deadline}}, aheadFacts(v)...)
	case s.State == rules.WaitingWindow && v.Ready:
		facts := append(lineFacts(s), compliance.Fact{Label: "Approval valid until", At: v.Expires})
		if !v.Opening.Until.IsZero() {
			facts = append(facts, compliance.Fact{Label: "Window closes", Text: v.Opening.Name, At: v.Opening.Until})
		}
		return facts
	case s.State == rules.Executing:
		return executingFacts(s)
	case s.State == rules.WaitingWindow:
		return []compliance.Fact{{Label: "Window", Text: openingText(v), At: v.Opening.At}, {Label: "Approval valid until", At: v.Expires}}
	}
	return nil
}

// openingText says what the wait is for.
func openingText(v Version) string {
	return strings.TrimSpace(v.Opening.Reason.Text() + " " + nextText(v))
}

// nextText names what is waited for to somebody who has read why they wait.
func nextText(v Version) string {
	switch {
	case v.Opening.At.IsZero():
		return "No window fits while the approval stands."
	case v.Opening.Name == "":
		return "" // its instant stands beside it
	}
	return "Next opening: " + v.Opening.Name
}
