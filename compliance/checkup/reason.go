package checkup

// Reason says what is wrong with a checked thing.
type Reason string

const (
	NotSet       Reason = "not_set"     // nothing is configured
	Malformed    Reason = "malformed"   // it cannot be what it is meant to be
	Unreachable  Reason = "unreachable" // no answer
	ElsewhereAPI Reason = "not_the_api" // an answer, and not of the interface that was asked
	Refused      Reason = "refused"     // the credential or a permission is refused
	Lacking      Reason = "lacking"     // a scope or permission that is used is not granted
	Missing      Reason = "missing"     // what the policy names does not exist there, or cannot be seen
	Different    Reason = "different"   // it exists, and is not as the policy says
	ClockSkew    Reason = "clock_skew"  // the clocks are too far apart
	NoWorker     Reason = "no_worker"   // nobody works on a queue
	Broken       Reason = "broken"      // a part of the installation does not work
	Unseen       Reason = "unseen"      // it cannot be seen from here
	Busy         Reason = "busy"        // too many calls at the moment
	Surplus      Reason = "not_needed"  // it is granted and nothing uses it
	Advised      Reason = "advised"     // it works without, and is better with it
)

// Reasons lists every reason, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		NotSet, Malformed, Unreachable, ElsewhereAPI, Refused, Lacking, Missing, Different, ClockSkew, NoWorker, Broken, Unseen, Busy, Surplus, Advised,
	}
}

// result is what a reason makes of a check.
func (r Reason) result() Result {
	switch r {
	case Unseen, Busy, Surplus, Advised:
		return Unknown
	}
	return Mend
}

// Text is one sentence for whoever sets the installation up.
func (r Reason) Text() string {
	if t, ok := texts()[r]; ok {
		return t
	}
	// A reason from a newer release, read in an older one.
	return "Something is wrong (" + string(r) + "); a newer command line knows what."
}

func texts() map[Reason]string {
	return map[Reason]string{
		NotSet:       "It is not set.",
		Malformed:    "It is set, and does not look like what it is meant to be.",
		Unreachable:  "It does not answer.",
		ElsewhereAPI: "Something answers there that is not what was asked: a proxy's or sign-in page, or another address.",
		Refused:      "It refuses the credential, or what the credential may do.",
		Lacking:      "A permission that is used is not granted.",
		Missing:      "What the policy names does not exist there, or is hidden from this account.",
		Different:    "It exists, and is not as the policy says.",
		ClockSkew:    "The clocks are too far apart.",
		NoWorker:     "Nobody works there.",
		Broken:       "A part of this installation does not work.",
		Unseen:       "It cannot be seen from here; look yourself.",
		Busy:         "Too many calls at the moment; ask again in a minute.",
		Surplus:      "It is granted, and nothing uses it.",
		Advised:      "It works without, and is better with it.",
	}
}

// mend is what can be done where only the reason is known.
func (r Reason) mend() string {
	switch r {
	case Unreachable:
		return "check the address, and that the host of the worker reaches it: name resolution, proxy, firewall"
	case Busy:
		return "ask again in a minute"
	default:
		return "check the address and the credential"
	}
}
