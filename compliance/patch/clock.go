package patch

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Clock is the deadline of one vulnerability on one asset, with everything it
// rests on. Waiting for somebody never stops it (P20).
type Clock struct {
	Vulnerability string `json:"vulnerability"` // CVE, or the advisory's id where it names none
	Asset         string `json:"asset"`
	Start         Start  `json:"start"`
	Ruling        Ruling `json:"ruling"`
	// Due is the deadline in UTC; zero means with the next regular upgrade.
	Due time.Time `json:"due,omitzero"`
	// Feed is OK when every feed was fresh as the clock was set, else
	// FeedStale or FeedUnread; it is shown with every decision (P17).
	Feed Reason `json:"feed,omitempty"`
	// Granted is the approval that made this deadline later than the rules did.
	Granted *Grant `json:"granted,omitempty"`
}

// Grant is the approval of a later start, a later deadline or a milder outcome (P13, P15).
type Grant struct {
	AskedBy  compliance.PersonID `json:"asked_by"`
	Approver compliance.PersonID `json:"approver"`
	Reason   string              `json:"reason"`
	At       time.Time           `json:"at"`
	From     time.Time           `json:"from,omitzero"` // the deadline before
}

// Due is the deadline: the outcome's calendar days of 24 hours after the start,
// weekends and holidays included (P14); zero when the fix may come with the
// next upgrade.
func Due(start time.Time, o Outcome) time.Time {
	if o.Days <= 0 {
		return time.Time{}
	}
	return start.UTC().AddDate(0, 0, o.Days)
}

// NewClock sets the first clock of a vulnerability on an asset.
func NewClock(vulnerability, asset string, start Start, r Ruling, feed Reason) Clock {
	return Clock{Vulnerability: vulnerability, Asset: asset, Start: start, Ruling: r, Due: Due(start.At, r.Outcome), Feed: feed}
}

// Recompute says what new inputs or earlier evidence do to a running clock. The
// deadline is always computed from the original start, or an earlier one. The
// first clock returned is in force from now on: never later and never milder
// than c, even where only one part of it became stricter. The second is what
// the rules say by themselves; with LaterNeedsWord it waits for Approve (P15).
//
// The reasons are Unchanged, DueNearer (the deadline is earlier, or forensics
// are demanded now) and LaterNeedsWord.
func Recompute(c Clock, start Start, r Ruling, feed Reason) (inForce, proposal Clock, reason Reason) {
	if !start.At.Before(c.Start.At) {
		start = c.Start // later evidence never moves a start (P13)
	}
	proposal = NewClock(c.Vulnerability, c.Asset, start, r, feed)
	kept := c
	kept.Start, kept.Feed = start, feed
	if due := Due(start.At, c.Ruling.Outcome); nearer(due, kept.Due) {
		kept.Due = due
	}
	if laxer(proposal, kept) {
		if nearer(proposal.Due, kept.Due) {
			kept.Due, kept.Ruling = proposal.Due, r
		}
		kept.Ruling.Forensic = c.Ruling.Forensic || r.Forensic
		return kept, proposal, LaterNeedsWord
	}
	if nearer(proposal.Due, c.Due) || (r.Forensic && !c.Ruling.Forensic) {
		return proposal, proposal, DueNearer
	}
	proposal.Granted = c.Granted
	return proposal, proposal, Unchanged
}

// nearer reports whether deadline a leaves less time than b; zero leaves the most.
func nearer(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }

// laxer reports whether the proposal takes anything back: time or forensics.
func laxer(proposal, c Clock) bool {
	return nearer(c.Due, proposal.Due) || (c.Ruling.Forensic && !proposal.Ruling.Forensic)
}

// Approve puts a proposal into force that is later or milder than the clock
// (P15), or one whose start was corrected to a later instant (P13); the wrong
// evidence must then be left out of what Earliest is given afterwards. Only
// this function moves a deadline away. The approver must be another person than the one who asks.
// shown is the deadline that the approver saw. The reasons are NotLater,
// SamePerson, MissingAnswer without a reason and ProposalChanged; the clock
// then stays as it is.
func Approve(c, proposal Clock, shown time.Time, g Grant) (Clock, Reason) {
	switch {
	case c.Vulnerability != proposal.Vulnerability || c.Asset != proposal.Asset || !shown.Equal(proposal.Due):
		return c, ProposalChanged
	case !laxer(proposal, c) && !c.Start.At.Before(proposal.Start.At):
		return c, NotLater
	case g.AskedBy == "" || g.Approver == "" || g.AskedBy == g.Approver:
		return c, SamePerson
	case !says(strings.TrimSpace(g.Reason)):
		return c, MissingAnswer
	}
	g.From = c.Due
	proposal.Granted = &g
	return proposal, OK
}
