package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/evidence"
)

// page tells a page before its sends, and what became of them.
func (t teller) page(r evidence.Record) (string, []string) {
	f, ok := holding[incident.PageFacts](r, "page")
	if !ok {
		if r.Type == incident.EventPaging {
			return "A page is going out.", raw(r.Facts)
		}
		return "A page went out.", raw(r.Facts)
	}
	if r.Type == incident.EventPaging {
		return fmt.Sprintf("Page %d is going out, %s.", f.Page, place(f)), t.paging(f)
	}
	var details notes
	for _, s := range f.To {
		details.add("%s: %s", t.people(s.Person), sends(s))
	}
	if f.Finding != incident.OK {
		details.add("a finding: %s", spoken(f.Finding))
	}
	switch f.Reach {
	case incident.Reached:
		return fmt.Sprintf("A provider took page %d for at least one person; that somebody saw it is not proven.", f.Page), details
	case incident.ReachMaybe:
		return fmt.Sprintf("Nobody knows whether page %d arrived.", f.Page), details
	case incident.ReachNobody:
		return fmt.Sprintf("Page %d reached nobody.", f.Page), append(details, because(f.Why)...)
	default:
		return fmt.Sprintf("Page %d is under way.", f.Page), details
	}
}

func place(f incident.PageFacts) string {
	switch f.Phase {
	case incident.PhaseLastResort:
		return "to the last resort"
	case incident.PhaseExhausted:
		return "after every round was over"
	default:
		return fmt.Sprintf("step %d of round %d", f.Step, f.Round)
	}
}

// paging says whom the page is for, and who that was at that moment (I5).
func (t teller) paging(f incident.PageFacts) []string {
	details := notes(because(f.Reason))
	t.at(&details, "due", f.Due)
	if f.Late > 0 {
		details.add("%s late", span(f.Late))
	}
	if len(f.Targets) > 0 {
		details.add("for %s", joined(f.Targets, t.target))
	}
	for _, d := range f.OnCall {
		who := "nobody"
		if d.Person != "" {
			who = t.people(d.Person)
		}
		details.add("on call in %s: %s (%s)%s", d.Rotation, who, spoken(d.Cause), t.passed(d.Duty))
	}
	if f.Finding != incident.OK {
		details.add("a finding: %s", spoken(f.Finding))
	}
	return details
}

func (t teller) target(target incident.Target) string {
	switch target.Kind {
	case incident.TargetPerson:
		return t.people(compliance.PersonID(target.Name))
	case incident.TargetManager:
		return "the manager of whoever was paged last"
	default:
		return strings.TrimSpace(string(target.Kind) + " " + target.Name)
	}
}

func (t teller) passed(d incident.Duty) string {
	if len(d.Passed) == 0 {
		return ""
	}
	return "; not active: " + t.names(d.Passed)
}

// sends says what became of one person's page, channel by channel.
func sends(s incident.Sent) string {
	if s.Inactive {
		return "not active, so not paged"
	}
	tries := joined(s.Attempts, func(a incident.Attempt) string {
		switch {
		case a.Ended.IsZero():
			return a.Channel + " without an answer"
		case a.Class == "":
			return a.Channel + " accepted"
		}
		return a.Channel + " " + spoken(a.Class)
	})
	reach := spoken(s.Reach)
	if s.Why != incident.OK {
		reach += " (" + spoken(s.Why) + ")"
	}
	if tries == "" {
		return reach
	}
	return reach + ": " + tries
}

// rollback tells of the way back of one change or rollout within an incident.
func (t teller) rollback(r evidence.Record) (string, []string) {
	f, ok := holding[incident.RollbackFacts](r, "run")
	details, run := notes(raw(r.Facts)), "a recent run"
	if ok {
		details, run = nil, f.Run
		details.say("plan", f.Plan)
		details.say("backup", f.Backup)
		if f.Asker != "" && r.Type != incident.EventRollbackAsked {
			details.add("asked for by %s", t.people(f.Asker))
		}
		if len(f.Authors) > 0 {
			details.add("%s was requested and carried out by %s", run, t.names(f.Authors))
		}
		if f.Shown != "" {
			details.add("confirmed: “%s”", f.Shown)
		}
		details = append(details, because(f.Reason)...)
	}
	switch r.Type {
	case incident.EventRollbackAsked:
		return fmt.Sprintf("Asked for %s to be taken back.", run), details
	case incident.EventRollbackApproved:
		return fmt.Sprintf("Approved, as an emergency, that %s is taken back.", run), details
	case incident.EventRollbackDenied:
		return fmt.Sprintf("Denied that %s is taken back.", run), details
	case incident.EventRollbackStarted:
		return fmt.Sprintf("The platform was told to take %s back.", run), details
	case incident.EventRollbackDone:
		return fmt.Sprintf("The platform was read back: %s is taken back.", run), details
	default:
		return fmt.Sprintf("Taking %s back failed.", run), details
	}
}
