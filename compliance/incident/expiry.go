package incident

import "time"

// AckExpires is when the acknowledgement of an acknowledged incident ages out
// (I14): after the severity's time, counted from the last acknowledgement or
// the last update of a responder, whichever is later, or at the end of the
// silence they announced, if that is later. Nothing stands for ever.
func AckExpires(p Policy, s Standing) time.Time {
	rule := p.rule(s.Severity)
	from := s.Updated
	for _, a := range s.Acks {
		if a.At.After(from) {
			from = a.At
		}
	}
	if from.IsZero() {
		from = s.Opened // damaged input must expire, too
	}
	expires := from.Add(stated(rule.AckFor, DefaultAckFor))
	if quiet := s.QuietUntil; !quiet.IsZero() {
		if bound := s.Updated.Add(max(0, rule.MaxSnooze)); quiet.After(bound) {
			quiet = bound
		}
		if quiet.After(expires) {
			expires = quiet
		}
	}
	return expires.UTC()
}

// QuietUntil is the end of a silence that a responder announces at the instant
// now: at most the severity's bound, whatever was asked for (I14). It is zero
// when nothing was asked for or the severity allows no silence.
func QuietUntil(p Policy, sev Severity, asked time.Duration, now time.Time) time.Time {
	asked = min(asked, p.rule(sev).MaxSnooze)
	if asked <= 0 {
		return time.Time{}
	}
	return now.Add(asked).UTC()
}
