package incident

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Attempt is one try to page one person through one channel. It is recorded in
// the run before the call, with Ended zero, and again after it (I18).
type Attempt struct {
	Channel string    `json:"channel"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	// Class is the class of the failure; empty when the provider accepted the
	// page, which does not prove that anybody saw it.
	Class compliance.Class `json:"class,omitempty"`
	// RetryAfter is how long the provider asked to be left alone.
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

// How long and how often one channel is tried before the next one.
const (
	// SendTimeout is how long an attempt may take; after that its outcome is unknown.
	SendTimeout = 10 * time.Second
	// ThrottleLimit: a page that a provider holds off longer than this counts
	// as failed (I20).
	ThrottleLimit = 60 * time.Second
	// RetryLimit and MaxTries bound the retries of a channel that is down (I19).
	RetryLimit = 30 * time.Second
	MaxTries   = 3
	// RetryPause is between two tries where the provider names no time.
	RetryPause = 5 * time.Second
)

// SendDo is what a Send asks for.
type SendDo string

const (
	SendNow  SendDo = "send"
	SendWait SendDo = "wait" // ask again at At
	SendDone SendDo = "done" // no more attempts for this person; see Reach
)

// Send is what to do next to page one person.
type Send struct {
	Do      SendDo
	Channel string    // with SendNow
	At      time.Time // with SendWait, always later than the instant asked about; UTC
	// Retry is set when the channel was tried before: the same key goes with it.
	Retry  bool
	Reach  Reach // with SendDone: Reached, ReachMaybe or ReachNobody
	Reason Reason
}

// NextSend says what to do next at the instant now to page one person who has
// these channels, in the person's order, after these attempts, oldest first
// (I18). It never sends twice through a channel that may have delivered.
//
//   - accepted: done.
//   - failed for good (invalid, refused, gone, blocked, conflict): the next channel at once.
//   - outcome unknown: another channel at once; one duplicate per unknown outcome is tolerated.
//   - throttled: the same channel when the provider lets it, unless that is
//     more than ThrottleLimit after the first try; then the next channel at once.
//   - unavailable: the same channel up to MaxTries within RetryLimit, then the next.
func NextSend(channels []string, attempts []Attempt, now time.Time) Send {
	now = now.UTC()
	for _, a := range attempts {
		if !a.Ended.IsZero() && a.Class == "" {
			return Send{Do: SendDone, Reach: Reached, Reason: Accepted}
		}
	}
	why, maybe := FirstChannel, false
	for i, c := range channels {
		if c == "" || slices.Contains(channels[:i], c) {
			continue
		}
		tries := of(attempts, c)
		if len(tries) == 0 {
			return Send{Do: SendNow, Channel: c, Reason: why}
		}
		again, reason := retry(tries, now)
		switch {
		case reason == OutcomeUnknown:
			maybe = true
		case again.IsZero(): // this channel is through
		case again.After(now):
			return Send{Do: SendWait, At: again, Channel: c, Retry: true, Reason: reason}
		default:
			return Send{Do: SendNow, Channel: c, Retry: true, Reason: reason}
		}
		why = reason
	}
	switch {
	case maybe:
		return Send{Do: SendDone, Reach: ReachMaybe, Reason: OutcomeUnknown}
	case why == FirstChannel:
		return Send{Do: SendDone, Reach: ReachNobody, Reason: NoChannel}
	default:
		return Send{Do: SendDone, Reach: ReachNobody, Reason: AllFailed}
	}
}

// retry says when a channel with these attempts is to be tried or looked at
// again; zero when it is through, with the reason.
func retry(tries []Attempt, now time.Time) (time.Time, Reason) {
	first, last := tries[0], tries[len(tries)-1]
	if last.Ended.IsZero() {
		// No answer is on record: it may be under way, or was cut off by a crash.
		if end := last.Started.Add(SendTimeout); now.Before(end) {
			return end.UTC(), InFlight
		}
		return time.Time{}, OutcomeUnknown
	}
	pause := last.RetryAfter
	if pause < time.Second {
		pause = RetryPause
	}
	again := last.Ended.Add(pause).UTC()
	limit, through := RetryLimit, FailedTooOften
	switch last.Class {
	case compliance.Throttled:
		limit, through = ThrottleLimit, ThrottledTooLong
	case compliance.Unavailable:
		if len(tries) >= MaxTries {
			return time.Time{}, FailedTooOften
		}
	case compliance.UnknownOutcome:
		return time.Time{}, OutcomeUnknown
	case compliance.Invalid, compliance.Refused, compliance.Gone, compliance.Blocked, compliance.Conflict:
		return time.Time{}, FailedForGood
	default:
		return time.Time{}, OutcomeUnknown // a class of a newer release: do not repeat blindly
	}
	// Late for any reason, an outage of ours included: the next channel is quicker.
	if deadline := first.Started.Add(limit); again.After(deadline) || now.After(deadline) {
		return time.Time{}, through
	}
	return again, Retrying
}

func of(attempts []Attempt, channel string) []Attempt {
	var out []Attempt
	for _, a := range attempts {
		if a.Channel == channel {
			out = append(out, a)
		}
	}
	return out
}

// Recipient is one person a step resolved to, and what became of their page.
type Recipient struct {
	Person   compliance.PersonID `json:"person"`
	Inactive bool                `json:"inactive,omitempty"` // not paged: not active when the step fired
	Reach    Reach               `json:"reach"`
	Why      Reason              `json:"why,omitempty"`
}

// StepReach says what became of a page over all it was for, and why when it
// reached nobody (I4): NobodyThere, AllInactive, NoChannel or AllFailed.
func StepReach(to []Recipient) (Reach, Reason) {
	if len(to) == 0 {
		return ReachNobody, NobodyThere
	}
	best, why := ReachNobody, AllInactive
	for _, r := range to {
		if r.Inactive {
			continue
		}
		switch r.Reach {
		case Reached:
			return Reached, OK
		case ReachNobody:
			if why != AllFailed {
				why = NoChannel
				if r.Why != NoChannel {
					why = AllFailed
				}
			}
		case ReachMaybe:
			if best == ReachNobody {
				best = ReachMaybe
			}
		default:
			best = ReachPending // still under way: nothing is certain yet
		}
	}
	if best != ReachNobody {
		return best, OK
	}
	return ReachNobody, why
}
