package change

import (
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Planned is when a change is to be carried out, where and by whom. A change whose
// ticket has no planned start is not planned for any time.
type Planned struct {
	Subject     string              `json:"subject"` // workflow id
	Number      string              `json:"number,omitempty"`
	System      string              `json:"system"`
	Environment string              `json:"environment"`
	Implementer compliance.PersonID `json:"implementer"`
	Start       time.Time           `json:"start"` // UTC
	End         time.Time           `json:"end"`   // exclusive, by the estimate
}

// Collision is another change that is planned for the same time, on the same system
// and environment or by the same implementer. It is a warning and refuses nothing:
// whoever decides may know that the two go together.
type Collision struct {
	Number      string    `json:"number"`
	Target      bool      `json:"target,omitempty"`      // the same system and environment
	Implementer bool      `json:"implementer,omitempty"` // the same person
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
}

// MaxCollisions is how many are named; of more the first by their start are.
const MaxCollisions = 5

// Plan gives when a version is to be carried out; false when it says nothing of it.
func Plan(subject, number string, s Snapshot, implementer compliance.PersonID) (Planned, bool) {
	if s.PlannedStart.IsZero() || s.Duration <= 0 {
		return Planned{}, false
	}
	start := s.PlannedStart.UTC()
	return Planned{Subject: subject, Number: number, System: s.System, Environment: s.Environment, Implementer: implementer, Start: start, End: start.Add(s.Duration)}, true
}

// With says whether another change is in the way of this one. Intervals are half-open:
// one that begins when the other ends does not collide.
func (p Planned) With(o Planned) (Collision, bool) {
	c := Collision{
		Number: o.Number, Target: p.System == o.System && p.Environment == o.Environment, Start: o.Start, End: o.End,
		Implementer: p.Implementer != "" && p.Implementer == o.Implementer,
	}
	apart := !p.Start.Before(o.End) || !o.Start.Before(p.End)
	return c, p.Subject != o.Subject && !apart && (c.Target || c.Implementer)
}

// Text says in what the two meet, to go on after the other's number.
func (c Collision) Text() string {
	switch {
	case c.Target && c.Implementer:
		return "on the same system and by the same implementer"
	case c.Target:
		return "on the same system"
	}
	return "by the same implementer"
}
