package patch

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
)

// shownClocks bounds the deadlines on a card; all of them are in the evidence.
const shownClocks = 5

// render is the card for a state: what people need to act or to know, and only
// the buttons that lead somewhere now.
func render(s State, subject string) compliance.Card {
	p := s.payload()
	c := compliance.Card{
		Subject: subject, Key: s.Number + "/card", Title: s.Number + " · " + strings.TrimSpace(p.Title+" "+p.Version), Status: status(s), Tone: tone(s),
		Link: s.Link, Log: s.Log, Actions: actions(s),
	}
	if p.Title == "" {
		c.Title = s.Number + " · Advisory " + s.Asked.Advisory
	}
	c.Facts = append(c.Facts, compliance.Fact{Label: "System", Text: s.Route.System + ", " + s.Route.Class})
	if p.Digest != "" {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Payload", Text: strings.TrimPrefix(p.Digest, "sha256:")[:12]})
	}
	if s.Approval.Number != "" {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Change", Text: s.Approval.Number + " " + s.Ticket.Key})
	}
	c.Facts = append(c.Facts, ringLines(s)...)
	c.Facts = append(c.Facts, clockFacts(s)...)
	c.Facts = append(c.Facts, fixedFacts(s)...)
	for _, u := range s.Undone {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Undone", Text: compliance.Cut(u.Target+": "+u.Reason.Text()+" "+u.Detail, 300)})
	}
	if s.Alert != nil {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Called", Text: "An alert is raised, and somebody is paged until they acknowledge; since", At: s.Alert.Since})
	}
	if s.Detail != "" {
		c.Facts = append(c.Facts, compliance.Fact{Label: "Seen", Text: compliance.Cut(s.Detail, 300)})
	}
	c.Facts = append(c.Facts, s.TroubleFacts()...)
	if s.State == rules.Held && s.Reason != rules.TargetsTaken || s.State == rules.Stranded {
		c.Notify = s.Route.People
	}
	return c
}

// ringLines show each ring on one line.
func ringLines(s State) []compliance.Fact {
	var out []compliance.Fact
	for i, r := range s.Rings {
		plan := s.Route.Plan.Rings[i]
		f := compliance.Fact{Label: fmt.Sprintf("Ring %d, %s", i+1, plan.Name), Text: fmt.Sprintf("%s (%s)", spoken(string(r.State)), compliance.Count(len(plan.Targets), "target", "targets"))}
		if r.State == rules.Soaking {
			f.Text += ", soaks until"
			f.At, _ = r.SoakEnds(plan.Soak)
		}
		out = append(out, f)
	}
	return out
}

// clockFacts show the deadlines, and what they rest on where that is doubtful (P17).
func clockFacts(s State) []compliance.Fact {
	var out []compliance.Fact
	for i, c := range s.Clocks {
		if i == shownClocks {
			out = append(out, compliance.Fact{Label: "Deadlines", Text: fmt.Sprintf("%d more, in the evidence", len(s.Clocks)-i)})
			break
		}
		f := compliance.Fact{Label: "Deadline " + c.Clock.Asset, Text: c.Clock.Vulnerability, At: c.Clock.Due}
		if c.Clock.Due.IsZero() {
			f.Text += ", with the next regular upgrade"
		}
		if len(c.Clock.Ruling.Assumed) > 0 {
			f.Text += ", assumed: " + strings.Join(c.Clock.Ruling.Assumed, ", ")
		}
		if c.Clock.Feed != rules.OK {
			f.Text += ". " + c.Clock.Feed.Text()
		}
		if c.Proposed != nil {
			f.Text += ". A later deadline waits for somebody's word: " + deadline(c.Proposed.Due)
		}
		out = append(out, f)
	}
	return out
}

// status is where the rollout stands, in words.
func status(s State) string {
	switch s.State {
	case rules.Assessing:
		if s.Asked.Payload == nil {
			return "Waits for a payload; the deadlines run"
		}
		return "The payload is being assessed"
	case rules.Approving:
		return "Waits for the approval of its change"
	case rules.Rolling:
		if i := s.ring(); i >= 0 {
			return fmt.Sprintf("Rolling out, ring %d of %d (%s)", i+1, len(s.Rings), s.Route.Plan.Rings[i].Name)
		}
		return "Approved; the first ring begins when its calendar is open"
	case rules.Held:
		return "Halted" + where(s) + ". " + s.Reason.Text()
	case rules.Reverting:
		return fmt.Sprintf("Going back (%d of %d). %s", len(s.Results), len(s.WayBack.Steps), s.Reason.Text())
	case rules.Stranded:
		return "Not everything is back. Somebody was called"
	case rules.Completed:
		if len(s.Undone) > 0 {
			return "Open again: a target is no longer as it was rolled out"
		}
		return "Complete: every ring is proven"
	case rules.RolledBack:
		if s.Lifted {
			return "Rolled back; the bar was lifted"
		}
		return "Rolled back. The payload is barred"
	case rules.Rejected:
		return "Did not start. " + s.Reason.Text()
	}
	return "Withdrawn"
}

func tone(s State) compliance.Tone {
	switch s.State {
	case rules.Completed:
		if len(s.Undone) > 0 {
			return compliance.Bad
		}
		return compliance.Good
	case rules.Held, rules.Stranded, rules.RolledBack, rules.Rejected, rules.Withdrawn:
		return compliance.Bad
	case rules.Reverting, rules.Approving:
		return compliance.Attention
	}
	if s.Asked.Payload == nil {
		return compliance.Attention
	}
	return compliance.Neutral
}

// actions are the buttons of a state; each carries what the person sees.
func actions(s State) []compliance.Action {
	ref := s.binding().String()
	button := func(name, label, style string) compliance.Action {
		return compliance.Action{Name: name, Label: label, Style: style, Ref: ref}
	}
	if s.payload().Digest == "" {
		return nil
	}
	var out []compliance.Action
	switch s.State {
	case rules.Approving, rules.Rolling:
		if !s.Stopped {
			out = append(out, button(rules.ActionStop, "Stop…", "danger"))
		}
	case rules.Held:
		if s.Reason == rules.PayloadBarred {
			out = append(out, button(rules.ActionLift, "Lift the bar…", ""))
		} else {
			out = append(out, button(rules.ActionResume, "Resume…", "primary"))
		}
		if aboutBackup(s.Reason) || s.Reason == rules.RestoreFailed {
			out = append(out, button(rules.ActionWaive, "Waive the backup…", ""))
		}
	case rules.RolledBack:
		if !s.Lifted {
			out = append(out, button(rules.ActionLift, "Lift the bar…", ""))
		}
	}
	if s.touched() && rules.CanMove(s.State, rules.Reverting) && !s.Lifted {
		label := "Roll back…"
		if s.State == rules.Stranded {
			label = "Try once more…"
		}
		out = append(out, button(rules.ActionRollBack, label, "danger"))
	}
	for _, c := range s.Clocks {
		if c.Proposed != nil {
			out = append(out, button(rules.ActionLater, "Accept the later deadline…", ""))
			break
		}
	}
	return out
}

// testPlan and wayBackText are what approvers read of the tests and the way back.
func testPlan(plan rules.Plan) string {
	text := ""
	for i, r := range plan.Rings {
		text += fmt.Sprintf("Ring %d, %s: %s and the write probe %s on every target, and once more at the end of a soak of %s.\n", i+1, r.Name, strings.Join(r.Suites, ", "), r.WriteProbe, r.Soak)
	}
	return text + "A failure rolls everything back. Tests that cannot be run are tried again, then a person decides. Nothing is promoted on anything but a pass."
}

func wayBackText(plan rules.Plan) string {
	text := "Every target is saved before it is touched. By itself after a failed test, or when somebody orders it, every touched target is restored from there, the last one first, inside a freeze as well, and verified by reading and calling. The payload is barred afterwards."
	for _, r := range plan.Rings {
		if r.Critical {
			return text + " Ring " + r.Name + " starts only when its backup was restored elsewhere and read back."
		}
	}
	return text
}
