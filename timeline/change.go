package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/evidence"
)

// change tells an event of a change, empty when it does not know the type.
func (t teller) change(r evidence.Record) (string, []string) {
	if text, details := t.emergency(r); text != "" {
		return text, details
	}
	switch r.Type {
	case change.EventReceived:
		f, ok := facts[change.ReceivedFacts](r)
		if ok {
			return fmt.Sprintf("Ticket %s asked for a change; it got the number %s.", f.Key, r.Number), nil
		}
	case change.EventSubmitted, change.EventNotSubmitted:
		f, ok := facts[change.SubmittedFacts](r)
		if ok {
			return t.submitted(r.Type, f)
		}
	case change.EventReminded, change.EventEscalated, change.EventReassigned:
		f, ok := facts[change.CalledFacts](r)
		if ok {
			return t.called(r.Type, f)
		}
	case change.EventGated:
		if f, ok := facts[change.GatedFacts](r); ok && f.Gate != "" {
			return t.gated(f)
		}
	case change.EventDecided, change.EventRefused, change.EventLate, change.EventStarted, change.EventFinished, change.EventWithdrawn,
		change.EventHeld, change.EventObjected, change.EventResumed:
		f, ok := facts[change.ActFacts](r)
		if ok && f.Action != "" {
			return t.act(r.Type, f)
		}
	}
	if f, ok := holding[change.EditedFacts](r, "class"); ok && r.Type == change.EventEdited {
		return t.edited(f)
	}
	if text, details := t.timed(r); text != "" {
		return text, details
	}
	text := movement(r.Type)
	if f, ok := facts[change.MovedFacts](r); ok && text != "" {
		return t.moved(r.Type, f)
	}
	return text, raw(r.Facts)
}

func (t teller) submitted(kind string, f change.SubmittedFacts) (string, []string) {
	var details []string
	add := func(format string, args ...any) { details = append(details, fmt.Sprintf(format, args...)) }
	add("%s in %s, risk %s; requested by %s, to be carried out by %s",
		f.System, f.Environment, f.Risk, t.people(f.Requester), t.people(f.Implementer))
	if t := f.Template; t != nil {
		add("a standard change by the template %s of class %s (%.12s)", t.Name, t.Class, t.Digest)
	}
	for _, x := range f.AskedBy {
		add("also excluded: %s, %s", t.people(x.Person), spoken(x.Reason))
	}
	for i, l := range f.Levels {
		signed := ""
		if l.StepUp {
			signed = ", after a sign-in with a second factor"
		}
		add("level %d, %s: %d of %s%s", i+1, l.Name, l.Required, t.names(l.Eligible), signed)
		for _, x := range l.Excluded {
			add("not %s at level %d: %s", t.people(x.Person), i+1, spoken(x.Reason))
		}
		for _, d := range l.Delegations {
			add("%s", t.delegated(d))
		}
	}
	if f.Since != "" {
		add("since version %d: %s", f.Version-1, f.Since)
	}
	if !f.PlannedStart.IsZero() {
		add("planned start %s", t.when(f.PlannedStart))
	}
	if f.Warning != "" {
		add("%s", f.Warning)
	}
	t.collisions(f.Collisions, add)
	if f.Gate != nil {
		add("it has to pass the gate %s: %s", f.Gate.Name, checks(f.Gate.Checks))
	}
	for _, p := range f.Problems {
		add("%s: %s", p.Field, p.Text)
	}
	if len(f.Missing) > 0 {
		add("missing: %s", strings.Join(f.Missing, ", "))
	}
	if kind == change.EventNotSubmitted {
		text := fmt.Sprintf("Version %d was not submitted.", f.Version)
		if f.Reason != change.OK {
			text += " " + f.Reason.Text()
		}
		return text, details
	}
	return fmt.Sprintf("Version %d (content %s) went into review by the chain “%s”.", f.Version, compliance.ShortDigest(f.Hash), f.Chain), details
}

func (t teller) act(kind string, f change.ActFacts) (string, []string) {
	var details []string
	for _, a := range f.Attested {
		// What stood beside the box follows in further lines of the text.
		statement, _, _ := strings.Cut(a.Text, "\n")
		details = append(details, fmt.Sprintf("confirmed (%s): “%s”", a.Answer, statement))
	}
	if in := f.SignedIn; in != nil {
		details = append(details, fmt.Sprintf("signed in %s by %s, vouched for by %s",
			t.when(in.At), strings.TrimSpace(strings.Join(in.Methods, ", ")+" "+in.Context), in.Issuer))
	}
	if f.For != "" {
		details = append(details, fmt.Sprintf("in the place of %s, by the delegation %s", t.people(f.For), f.Delegation))
	}
	if o := f.Objects; o != nil && o.For != "" {
		details = append(details, fmt.Sprintf("about the approval at level %d, given by %s for %s by the delegation %s", o.Level, t.people(o.Person), t.people(o.For), o.Delegation))
	}
	if old := f.Replaces; old != nil {
		details = append(details, fmt.Sprintf("in place of: %s, %s", strings.ToLower(verdict(old.Verdict)), t.when(old.At)))
	}
	switch {
	case !f.First.IsZero():
		details = append(details, "decided before, "+t.when(f.First))
	case f.Changes == "" || f.Reason == change.AlreadyRecorded || f.Reason == change.AlreadyVoted: // earlier records held the time there
	case f.Verdict != "":
		details = append(details, "differs from what they saw: "+f.Changes)
	default:
		details = append(details, "differs from what was approved: "+f.Changes)
	}
	for _, l := range f.Lost {
		details = append(details, fmt.Sprintf("%s may no longer decide: %s", t.people(l.Person), words(string(l.Reason))))
	}
	details = append(details, t.marks(f.Gate)...)
	details = append(details, f.Behind...)
	if kind == change.EventFinished && f.Point > 0 {
		details = append(details, fmt.Sprintf("the work waited at safe point %d", f.Point))
	}
	if len(f.Before) > 0 {
		details = append(details, "ahead of it: "+strings.Join(f.Before, ", "))
	}
	switch kind {
	case change.EventDecided:
		how := verdict(f.Verdict)
		if f.For != "" {
			how += " for " + t.people(f.For)
		}
		text := fmt.Sprintf("%s at level %d of version %d (content %s).", how, f.Level, f.Version, compliance.ShortDigest(f.Hash))
		if f.Tally != nil {
			text += fmt.Sprintf(" Approvals at this level: %d of %d.", f.Tally.Approvals, f.Tally.Required)
		}
		return text, details
	case change.EventRefused, change.EventLate:
		return fmt.Sprintf("Tried to %s. %s", f.Action, f.Reason.Text()), append(details, "reason: "+string(f.Reason))
	case change.EventStarted:
		return fmt.Sprintf("Started to carry out version %d.", f.Version), details
	case change.EventFinished:
		result := words(string(f.Result))
		if f.Result == change.Verifying {
			result = "carried out; now it is compared with what was approved"
		}
		return fmt.Sprintf("Reported the outcome: %s.", result), details
	case change.EventHeld, change.EventObjected, change.EventResumed:
		return paused(kind, f), details
	default:
		return "Withdrew the change.", details
	}
}

func verdict(v change.Verdict) string {
	switch v {
	case change.Approve:
		return "Approved"
	case change.Deny:
		return "Denied"
	default:
		return "Abstained"
	}
}
