// Package checkup is the vocabulary of looking at an installation before it is
// used: what was looked at, what was found, and how to mend it. Nothing here is
// evidence: a checkup changes nothing and decides nothing.
package checkup

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Result is what one check came to.
type Result string

const (
	OK      Result = "ok"
	Mend    Result = "mend"    // something will fail until a person mends it
	Unknown Result = "unknown" // it cannot be seen from here; a person looks
)

// Check is one thing that was looked at.
type Check struct {
	// Part is what it belongs to: a vendor, or a part of the installation.
	Part string `json:"part"`
	// Item is what was looked at, in a word or two: "token", "scopes".
	Item   string `json:"item"`
	Result Result `json:"result"`
	// Reason is empty when the result is OK.
	Reason Reason `json:"reason,omitempty"`
	// Detail is what was seen. It holds no secret and no full address.
	Detail string `json:"detail,omitempty"`
	// Mend is what to click or to set; empty when the result is OK.
	Mend string `json:"mend,omitempty"`
}

// Report is every check, in the order in which a person sets things up.
type Report struct {
	Checks []Check `json:"checks"`
}

// ToMend counts the checks that a person has to mend.
func (r Report) ToMend() int {
	n := 0
	for _, c := range r.Checks {
		if c.Result == Mend {
			n++
		}
	}
	return n
}

// Part makes the checks of one part of the installation.
type Part string

// OK is a check that found nothing wrong.
func (p Part) OK(item, format string, args ...any) Check {
	return Check{Part: string(p), Item: item, Result: OK, Detail: fmt.Sprintf(format, args...)}
}

// Wrong is a check that found something wrong, or, for a reason that says so,
// could not find out. mend says what to click or to set.
func (p Part) Wrong(item string, reason Reason, detail, mend string) Check {
	return Check{Part: string(p), Item: item, Result: reason.result(), Reason: reason, Detail: detail, Mend: mend}
}

// Failed is the check of an item whose call failed; mend is used where a person
// has to mend the credential or the permission.
func (p Part) Failed(item string, err error, mend string) Check {
	switch reason := ReasonOf(err); reason {
	case Refused, Missing:
		return p.Wrong(item, reason, err.Error(), mend)
	default:
		return p.Wrong(item, reason, err.Error(), reason.mend())
	}
}

// ReasonOf is the table from the class of a failed call to a reason.
func ReasonOf(err error) Reason {
	switch compliance.ClassOf(err) {
	case compliance.Unavailable, compliance.UnknownOutcome:
		return Unreachable
	case compliance.Throttled:
		return Busy
	case compliance.Gone:
		return Missing
	default:
		return Refused
	}
}

// MaxSkew is how far apart two clocks may be. Signatures of webhooks are refused
// at five minutes and sign-ins at two; at one there is time to mend it.
const MaxSkew = time.Minute

// Clock compares our clock with the other side's at the same moment. Skew is how
// far theirs is ahead of ours; a negative one, behind.
func (p Part) Clock(now, theirs time.Time) Check {
	const item = "clock"
	skew := theirs.Sub(now).Round(time.Second)
	if skew.Abs() <= MaxSkew {
		return p.OK(item, "within %s", MaxSkew)
	}
	side := "behind"
	if skew < 0 {
		side = "ahead of"
	}
	return p.Wrong(item, ClockSkew, fmt.Sprintf("the clock of this host is %s %s theirs", skew.Abs(), side),
		"have the hosts that run the product keep time by NTP: signed messages are refused when clocks are apart")
}
