package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance/patch"
)

// ordered tells what another process ordered, for people who approved it there.
func (t teller) ordered(kind string, f patch.OrderFacts) (string, []string) {
	from := f.Order.Number
	if from == "" {
		from = f.Order.Subject
	}
	var details notes
	if f.Order.Approver != "" {
		details.add("approved by %s", t.people(f.Order.Approver))
	}
	if f.Order.Asker != "" {
		details.add("asked for by %s", t.people(f.Order.Asker))
	}
	if kind == patch.EventRefused {
		return fmt.Sprintf("%s ordered the way back. %s", from, f.Reason.Text()), append(details, because(f.Reason)...)
	}
	text := from + " ordered the way back."
	if f.Reason == patch.AlreadyDone {
		text = from + " ordered the way back, which was under way: it joined it."
	}
	return text, details
}

// alerted tells for what somebody is called, or that it is over.
func (t teller) alerted(text string, f patch.AlertedFacts) (string, []string) {
	var details notes
	details.say("about", strings.Join(f.Alert.Targets, ", "))
	details.say("as", string(f.Alert.Word))
	details.say("seen:", f.Alert.Detail)
	details.say("alert", f.ID)
	details = append(details, because(f.Alert.Reason)...)
	if !f.Firing {
		return "What somebody was called about is over.", details
	}
	return text, details
}
