package certification

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Role is somebody's part in an artefact. Who has it is looked up when they are told.
type Role string

const (
	Owner    Role = "owner"    // answers for the artefact being current
	Manager  Role = "manager"  // the owner's manager
	Sponsor  Role = "sponsor"  // answers for the vendor being used at all
	Fallback Role = "fallback" // whom the rules name for when nobody else can be reached
)

// Roles lists every role in the order of escalation.
func Roles() []Role { return []Role{Owner, Manager, Sponsor, Fallback} }

// Contact is a role with its person as the directory says now. Reason says why
// they cannot be told, OK when they can.
type Contact struct {
	Role   Role                `json:"role"`
	Person compliance.PersonID `json:"person,omitempty"`
	Reason Reason              `json:"reason,omitempty"`
}

// Recipients is who is told, and who should have been and could not.
type Recipients struct {
	People      []compliance.PersonID `json:"people"`
	Unreachable []Contact             `json:"unreachable,omitempty"`
	// Reason is NobodyToTell when no role has anybody who can be told; that has
	// to be put on record, and made visible to whoever runs the product.
	Reason Reason `json:"reason,omitempty"`
}

// Tell turns roles into people. Where a role has nobody who can be told, the
// next one in the order of escalation is told in its place, so that a reminder
// is never lost with a person who left (A3). Everybody is told once.
func Tell(audience []Role, contacts []Contact) Recipients {
	var r Recipients
	substitute := false
	for _, role := range Roles() {
		wanted := slices.Contains(audience, role)
		if !wanted && !substitute {
			continue
		}
		c := contactFor(role, contacts)
		if c.Reason != OK {
			r.Unreachable = append(r.Unreachable, c)
			substitute = true
			continue
		}
		substitute = false
		if !slices.Contains(r.People, c.Person) {
			r.People = append(r.People, c.Person)
		}
	}
	if len(r.People) == 0 {
		r.Reason = NobodyToTell
	}
	return r
}

func contactFor(role Role, contacts []Contact) Contact {
	for _, c := range contacts {
		if c.Role == role {
			if c.Person == "" && c.Reason == OK {
				c.Reason = UnknownPerson
			}
			return c
		}
	}
	return Contact{Role: role, Reason: UnknownPerson}
}

// Escalation is word to the next role about a rung that nobody acknowledged.
type Escalation struct {
	Version int       `json:"version"`
	Awaited bool      `json:"awaited,omitempty"` // see Reminder
	Offset  int       `json:"offset"`            // of the rung
	Step    int       `json:"step"`              // from 1; how many roles beyond the rung's audience know then
	Planned time.Time `json:"planned"`
	// Audience are the roles told now: those that an outage passed over, too.
	Audience []Role `json:"audience"`
}

// escalation gives the step that has come by now and was not taken. Several
// that an outage passed over are one.
func (t Tracker) escalation(now time.Time) *Escalation {
	p, beyond := t.Progress, t.beyond()
	if !p.Begun || p.Acknowledged || t.Ladder.Patience <= 0 {
		return nil
	}
	step := int(min(now.Sub(p.Sent)/t.Ladder.Patience, time.Duration(len(beyond))))
	if step <= p.Told {
		return nil
	}
	return &Escalation{
		Version: t.Current.Version, Awaited: t.awaited(), Offset: p.Last, Step: step, Planned: t.escalates(step), Audience: slices.Clone(beyond[p.Told:step]),
	}
}

// nextEscalation is when the next step comes after now, zero when none does.
func (t Tracker) nextEscalation(now time.Time) time.Time {
	p := t.Progress
	if !p.Begun || p.Acknowledged || t.Ladder.Patience <= 0 {
		return time.Time{}
	}
	for step := p.Told + 1; step <= len(t.beyond()); step++ {
		if at := t.escalates(step); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

func (t Tracker) escalates(step int) time.Time {
	return t.Progress.Sent.Add(time.Duration(step) * t.Ladder.Patience)
}

// beyond lists the roles above the audience of the last rung. The fallback is
// for when somebody cannot be reached and is no step of its own.
func (t Tracker) beyond() []Role {
	audience := t.Ladder.After.Audience
	for _, r := range t.Ladder.Rungs {
		if r.Offset == t.Progress.Last {
			audience = r.Audience
		}
	}
	var roles []Role
	for _, role := range []Role{Owner, Manager, Sponsor} {
		if !slices.Contains(audience, role) {
			roles = append(roles, role)
		}
	}
	return roles
}

// Escalated applies an escalation; a repetition is harmless.
func (t Tracker) Escalated(e Escalation) Tracker {
	if e.Version == t.Current.Version && e.Awaited == t.awaited() && t.Progress.Begun && e.Offset == t.Progress.Last {
		t.Progress.Told = max(t.Progress.Told, e.Step)
	}
	return t
}
