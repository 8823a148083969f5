package commands

import (
	"fmt"
	"strings"

	rules "github.com/lowcodex/countersign/compliance/change"
)

// emergencyLines say how the last use of the emergency path stands; none where
// there was none, or where nothing came of it.
func (p *program) emergencyLines(e *rules.Emergency) [][2]string {
	if !e.Calling() && !e.Granted() {
		return nil
	}
	who := p.people()
	lines := [][2]string{{"emergency", fmt.Sprintf("%s, invoked by %s, %s", line(e.Incident), who.of(e.Invoker), p.at(e.At))}}
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, [2]string{label, text})
		}
	}
	switch e.Answer {
	case rules.GoAhead:
		add("go-ahead", who.of(e.AnsweredBy)+", "+p.at(e.AnsweredAt))
	case rules.Unanswered:
		add("go-ahead", "nobody answered: "+who.list(e.Called))
	default:
		add("asked", who.list(e.Called)+", until "+p.at(e.AnswerBy))
	}
	add("bypassed", who.list(e.Bypassed.Approvers))
	add("gate", line(e.Bypassed.GateText()))
	add("freezes", line(strings.Join(e.Bypassed.Freezes, ", ")))
	if r := e.Retro; r != nil && r.Verdict != "" {
		text := strings.ReplaceAll(string(r.Verdict), "_", " ") + ", by " + who.of(r.By) + ", " + p.at(r.At)
		if !r.InTime {
			text += " (late)"
		}
		add("reviewed", text)
		add("follow-up", line(r.FollowUp))
	}
	return lines
}
