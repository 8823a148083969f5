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

// Escalation is word to the next role about a rung that nobody acknowledged. One
// role at a time: whoever stands further behind the owner is told by the rungs to
// come, and by what follows those, not of every silence months before the end.
type Escalation struct {
	Version int       `json:"version"`
	Awaited bool      `json:"awaited,omitempty"` // see Reminder
	Offset  int       `json:"offset"`            // of the rung
	Role    Role      `json:"role"`
	Planned time.Time `json:"planned"`
}

// escalation is what has come by now and was not told yet.
func (t Tracker) escalation(now time.Time) *Escalation {
	role, at := t.escalates()
	if role == "" || at.After(now) {
		return nil
	}
	return &Escalation{Version: t.Current.Version, Awaited: t.awaited(), Offset: t.Progress.Last, Role: role, Planned: at}
}

// escalates says who is told of the last rung if nobody acknowledges it, and
// when. There is no role when it was, or is to stay with its own audience. The
// fallback is for when somebody cannot be reached and is not escalated to.
func (t Tracker) escalates() (Role, time.Time) {
	p := t.Progress
	if !p.Begun || p.Acknowledged || p.Escalated || t.Ladder.Patience <= 0 {
		return "", time.Time{}
	}
	audience := t.Ladder.After.Audience
	for _, r := range t.Ladder.Rungs {
		if r.Offset == p.Last {
			audience = r.Audience
		}
	}
	for _, role := range []Role{Owner, Manager, Sponsor} {
		if !slices.Contains(audience, role) {
			return role, p.Sent.Add(t.Ladder.Patience)
		}
	}
	return "", time.Time{}
}

// Escalated applies an escalation; a repetition is harmless.
func (t Tracker) Escalated(e Escalation) Tracker {
	if e.Version == t.Current.Version && e.Awaited == t.awaited() && t.Progress.Begun && e.Offset == t.Progress.Last {
		t.Progress.Escalated = true
	}
	return t
}
