package incident

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// TargetKind says how a target is turned into people, when its step fires (I5).
type TargetKind string

const (
	TargetPerson   TargetKind = "person"   // Name is a person's id
	TargetRotation TargetKind = "rotation" // Name is a rotation; whoever is on call when the step fires
	TargetGroup    TargetKind = "group"    // Name is a directory group; every active member
	// TargetManager is the manager of whoever was paged last; Name is empty.
	TargetManager TargetKind = "manager"
	// TargetContact is a contact fixed in the rules, such as the number of a
	// control room. It needs no directory, so it still works when that is wrong (I4).
	TargetContact TargetKind = "contact"
)

// Target is whom a step pages, as the rules name it.
type Target struct {
	Kind TargetKind `json:"kind"`
	Name string     `json:"name,omitempty"`
}

// Step is one level of an escalation.
type Step struct {
	Name    string   `json:"name"`
	Targets []Target `json:"targets"`
	// Delay is how long the step waits for an acknowledgement before the next
	// one is paged. It counts from when this step was entered, not from the
	// start of the incident (I3).
	Delay time.Duration `json:"delay"`
}

// Policy is an escalation policy, pinned in the run when the incident opens:
// editing the rules does not touch a running incident (I7). Durations are
// elapsed time (I29). Where one is missing or under a second the default
// stands: a hole in the rules must not become silence or a burst.
type Policy struct {
	Name  string `json:"name"`
	Steps []Step `json:"steps"`
	// Rounds is how often all steps are gone through, at least once.
	Rounds int `json:"rounds"`
	// Pause is the wait between the end of a round and the next one.
	Pause time.Duration `json:"pause"`
	// Again is how often the last step, the fallback and the manager are paged
	// when every round is over, until somebody acknowledges (I15).
	Again time.Duration `json:"again"`
	// Fallback is the last resort (I4).
	Fallback   Target         `json:"fallback"`
	Severities []SeverityRule `json:"severities,omitempty"`
	// OnlyPaged refuses acknowledgements of people who were not paged (I11).
	OnlyPaged bool `json:"only_paged,omitempty"`
	// Handover is how long a newcomer has to accept an acknowledged incident (I6).
	Handover time.Duration `json:"handover"`
	// Flap is the flap window (I1); zero means none.
	Flap time.Duration `json:"flap,omitempty"`
	// LookBack is how far before the incident a change or rollout may have been
	// executed to be offered for a rollback (I24).
	LookBack time.Duration `json:"look_back"`
}

// SeverityRule is what depends on the severity.
type SeverityRule struct {
	Severity Severity `json:"severity"`
	// AckFor is how long an acknowledgement or an update stands (I14).
	AckFor time.Duration `json:"ack_for"`
	// MaxSnooze is the longest silence a responder may announce (I14).
	MaxSnooze time.Duration `json:"max_snooze,omitempty"`
	// ReviewWithin is the elapsed time from the resolution to the review's due
	// date (I27); ReviewBusinessDays, where set, counts business days instead.
	ReviewWithin       time.Duration `json:"review_within,omitempty"`
	ReviewBusinessDays int           `json:"review_business_days,omitempty"`
	// ActionsWithin is the elapsed time from the review to the due date of what
	// it asks for, where a line names no day (I27).
	ActionsWithin time.Duration `json:"actions_within,omitempty"`
}

// What stands where the rules are silent.
const (
	DefaultDelay    = 5 * time.Minute
	DefaultPause    = 5 * time.Minute
	DefaultAgain    = 15 * time.Minute
	DefaultAckFor   = 30 * time.Minute
	DefaultHandover = 15 * time.Minute
	DefaultLookBack = 72 * time.Hour
	DefaultReview   = 5 * 24 * time.Hour
	DefaultActions  = 30 * 24 * time.Hour
	// RetryUnreached is how long after a last resort that reached nobody it is
	// tried again, where the regular wait would be longer.
	RetryUnreached = time.Minute
	// MaxSteps, MaxRounds and MaxTargets bound what the rules may ask for.
	MaxSteps, MaxRounds, MaxTargets = 20, 20, 50
)

// stated returns d, or the default where the rules state nothing usable.
func stated(d, standard time.Duration) time.Duration {
	if d < time.Second {
		return standard
	}
	return d
}

func (p Policy) rounds() int { return min(max(1, p.Rounds), MaxRounds) }

// delay is the delay of a step (from 1).
func (p Policy) delay(step int) time.Duration {
	if step < 1 || step > len(p.Steps) {
		return DefaultDelay
	}
	return stated(p.Steps[step-1].Delay, DefaultDelay)
}

// rule gives what the rules say about a severity; the zero rule, so all
// defaults, where they say nothing.
func (p Policy) rule(s Severity) SeverityRule {
	for _, r := range p.Severities {
		if r.Severity == s {
			return r
		}
	}
	return SeverityRule{Severity: s}
}

// ActionsDue is when what a review of this instant asks for is due, where a line
// names no day.
func (p Policy) ActionsDue(s Severity, reviewed time.Time) time.Time {
	return reviewed.Add(stated(p.rule(s).ActionsWithin, DefaultActions)).UTC()
}

// Problem is something wrong with a policy or a rotation, for its owner.
type Problem struct{ Place, Text string }

// Check lists what is wrong with an escalation policy, so that it is refused
// before an incident has to live with it. NextPage copes with all of it anyway.
func (p Policy) Check() []Problem {
	var out []Problem
	add := func(place, format string, args ...any) {
		out = append(out, Problem{place, fmt.Sprintf(format, args...)})
	}
	if n := len(p.Steps); n == 0 || n > MaxSteps {
		add("steps", "there are %d steps; write 1 to %d", n, MaxSteps)
	}
	for i, s := range p.Steps {
		place := fmt.Sprintf("steps[%d]", i+1)
		if n := len(s.Targets); n == 0 || n > MaxTargets {
			add(place+".targets", "there are %d targets; name 1 to %d", n, MaxTargets)
		}
		for j, t := range s.Targets {
			if why := t.wrong(); why != "" {
				add(fmt.Sprintf("%s.targets[%d]", place, j+1), "%s", why)
			}
		}
		if s.Delay < time.Second {
			add(place+".delay", "the delay %s is shorter than a second; say how long to wait for an acknowledgement", s.Delay)
		}
	}
	if p.Rounds < 1 || p.Rounds > MaxRounds {
		add("rounds", "%d rounds; write 1 to %d", p.Rounds, MaxRounds)
	}
	if why := p.Fallback.wrong(); why != "" {
		add("fallback", "%s; without a last resort an incident can reach nobody", why)
	} else if p.Fallback.Kind == TargetRotation || p.Fallback.Kind == TargetManager {
		add("fallback", "a %s can be empty; name a contact, a person or a group", p.Fallback.Kind)
	}
	seen := map[Severity]bool{}
	for i, r := range p.Severities {
		place := fmt.Sprintf("severities[%d]", i+1)
		if _, err := ParseSeverity(string(r.Severity)); err != nil || seen[r.Severity] {
			add(place+".severity", "%q is no severity, or stands here twice", compliance.Cut(string(r.Severity), 40))
		}
		seen[r.Severity] = true
		if r.AckFor < time.Second {
			add(place+".ack_for", "the time %s is shorter than a second; say how long an acknowledgement stands", r.AckFor)
		}
		if r.MaxSnooze < 0 || r.ReviewWithin < 0 || r.ActionsWithin < 0 || r.ReviewBusinessDays < 0 {
			add(place, "a time is negative; leave it out or write a positive one")
		}
	}
	if p.Flap < 0 || p.Pause < 0 || p.Again < 0 || p.Handover < 0 || p.LookBack < 0 {
		add("", "a time is negative; leave it out or write a positive one")
	}
	return out
}

func (t Target) wrong() string {
	switch t.Kind {
	case TargetManager:
		return ""
	case TargetPerson, TargetRotation, TargetGroup, TargetContact:
		if t.Name == "" {
			return fmt.Sprintf("the %s has no name", t.Kind)
		}
		return ""
	default:
		return fmt.Sprintf("%q is no kind of target (person, rotation, group, manager, contact)", compliance.Cut(string(t.Kind), 40))
	}
}

// PersonTarget pages one person.
func PersonTarget(p compliance.PersonID) Target { return Target{TargetPerson, string(p)} }
