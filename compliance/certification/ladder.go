package certification

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Action is what a rung asks for, besides telling people (A3).
type Action string

const (
	RequestRenewal Action = "request"       // ask the vendor for a renewal, open its task
	ChaseVendor    Action = "chase"         // ask again
	Escalate       Action = "escalate"      // tell the owner's manager
	DecideGrace    Action = "decide_grace"  // an approver decides on grace or none
	TellSponsor    Action = "tell_sponsor"  // tell the vendor's sponsor
	ListBlocks     Action = "list_blocks"   // announce what the expiry is going to block
	StateExpired   Action = "state_expired" // state that the coverage is over
	RemindWeekly   Action = "remind_weekly" // keep telling until there is cover
)

// Actions lists every action, in the order of the default ladder.
func Actions() []Action {
	return []Action{RequestRenewal, ChaseVendor, Escalate, DecideGrace, TellSponsor, ListBlocks, StateExpired, RemindWeekly}
}

// Rung is one step of a ladder.
type Rung struct {
	Offset   int    `json:"offset"` // days before the last covered day; 0 is the end of the coverage
	Action   Action `json:"action"`
	Audience []Role `json:"audience"` // whom to tell, the owner first
}

// Ladder is the reminders of one class of artefact (A1).
type Ladder struct {
	Rungs []Rung `json:"rungs"` // offsets strictly falling, the last one 0
	// Every is the number of days between the reminders after the end, from 7.
	Every int           `json:"every"`
	After Rung          `json:"after"` // what they ask and whom they tell; its offset is not used
	Hour  int           `json:"hour"`  // local hour of the owner at which reminders are sent, 0 to 23
	Late  time.Duration `json:"late"`  // how long after its instant a reminder still counts as on time
	// Patience is how long a reminder waits to be acknowledged before the next
	// role is told, unless another reminder comes first; 0 tells nobody else.
	Patience time.Duration `json:"patience"`
	// MaxGrace is how many days after its last covered day an artefact may be
	// tolerated at most, all graces together.
	MaxGrace int `json:"max_grace"`
}

// DefaultLadder is 90/60/30/14/7/1/0, then weekly (A1), with the action of each
// rung (A3). Each rung tells everybody the earlier ones told, because an outage
// may have skipped those.
func DefaultLadder() Ladder {
	owner := []Role{Owner}
	manager := []Role{Owner, Manager}
	sponsor := []Role{Owner, Manager, Sponsor}
	return Ladder{
		Rungs: []Rung{
			{90, RequestRenewal, owner},
			{60, ChaseVendor, owner},
			{30, Escalate, manager},
			{14, DecideGrace, manager},
			{7, TellSponsor, sponsor},
			{1, ListBlocks, sponsor},
			{0, StateExpired, sponsor},
		},
		Every: 7, After: Rung{Action: RemindWeekly, Audience: sponsor},
		Hour: 9, Late: time.Hour, Patience: 7 * 24 * time.Hour, MaxGrace: 90,
	}
}

// maxRungs bounds a ladder, maxOffset how early it may begin.
const (
	maxRungs  = 30
	maxOffset = 730
)

// LadderProblem is the first thing that is wrong with a ladder. Place is the
// field as JSON names it, such as "rungs[2].action", counted from 0.
type LadderProblem struct{ Place, Text string }

// Error says what is wrong and how to mend it, with the rung counted from 1.
func (p *LadderProblem) Error() string {
	var rung int
	if _, err := fmt.Sscanf(p.Place, "rungs[%d]", &rung); err == nil {
		return fmt.Sprintf("rung %d: %s", rung+1, p.Text)
	}
	if strings.HasPrefix(p.Place, "after") {
		return "after the end: " + p.Text
	}
	return p.Text
}

// Check returns a *LadderProblem that says what is wrong with a ladder from the
// rules and how to mend it. The other rules rely on a ladder that passed.
func (l Ladder) Check() error {
	wrong := func(place, format string, args ...any) error {
		return &LadderProblem{place, fmt.Sprintf(format, args...)}
	}
	if len(l.Rungs) < 2 || len(l.Rungs) > maxRungs {
		return wrong("rungs", "a ladder has 2 to %d rungs, this one has %d: give offsets such as 90, 30, 0", maxRungs, len(l.Rungs))
	}
	for i, r := range l.Rungs {
		at := fmt.Sprintf("rungs[%d]", i)
		if r.Offset < 0 || r.Offset > maxOffset {
			return wrong(at+".offset", "the offset %d is not from 0 to %d days", r.Offset, maxOffset)
		}
		if i > 0 && r.Offset >= l.Rungs[i-1].Offset {
			return wrong(at+".offset", "the offset %d is not below %d: order the rungs from early to late, each offset once", r.Offset, l.Rungs[i-1].Offset)
		}
		if field, text := r.check(); text != "" {
			return wrong(at+"."+field, "%s", text)
		}
	}
	if last := l.Rungs[len(l.Rungs)-1]; last.Offset != 0 {
		return wrong("rungs", "the last rung is %d: a ladder ends with 0, the end of the coverage", last.Offset)
	}
	if field, text := l.After.check(); text != "" {
		return wrong("after."+field, "%s", text)
	}
	switch {
	case l.Every < 7 || l.Every > 31:
		// Fewer than 3 days could move a reminder of expiry over a weekend to before the expiry.
		return wrong("every", "reminders after the end every %d days: choose 7 to 31", l.Every)
	case l.Hour < 0 || l.Hour > 23:
		return wrong("hour", "the hour %d is not from 0 to 23", l.Hour)
	case l.Late <= 0 || l.Late > 24*time.Hour:
		return wrong("late", "late after %s: choose more than nothing and at most 24h", l.Late)
	case l.Patience < 0 || l.Patience > 0 && l.Patience < time.Hour:
		return wrong("patience", "patience %s: choose 0 for none, or at least 1h", l.Patience)
	case l.MaxGrace < 0 || l.MaxGrace > 365:
		return wrong("max_grace", "the longest grace %d is not from 0 to 365 days", l.MaxGrace)
	}
	return nil
}

// check says what is wrong with a rung, and with which of its fields.
func (r Rung) check() (field, text string) {
	if !slices.Contains(Actions(), r.Action) {
		return "action", fmt.Sprintf("the action %q is not known (%v)", r.Action, Actions())
	}
	if len(r.Audience) == 0 {
		return "audience", "nobody is told: name at least the owner"
	}
	for i, a := range r.Audience {
		if !slices.Contains(Roles(), a) || slices.Contains(r.Audience[:i], a) {
			return "audience", fmt.Sprintf("the role %q is not known or named twice (%v)", a, Roles())
		}
	}
	return "", ""
}
