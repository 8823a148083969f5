package dependency

// Reasons lists every reason, OK first, for tables and tests.
func Reasons() []Reason {
	return []Reason{
		OK, Unlisted, VersionNotAllowed, EntryEnded, ForeignSource, RulesUnreadable,
		AboveThreshold, SeverityUnstated, NotAsked, NobodyAsked, SourceFailed, BadThreshold,
		Unnamed, Unpinned, OnlyAsked, NothingNamed,
	}
}

// Text is one sentence for the person concerned: what was found and what they can
// do next. Names and versions are added by Line.Text.
func (r Reason) Text() string {
	text, ok := map[Reason]string{
		OK:                "This is allowed.",
		Unlisted:          "It is not among the packages that are allowed; replace it, or ask the owner of the rules for an entry with an end.",
		VersionNotAllowed: "The package is allowed in other versions only; change to one of these and make the lock file anew.",
		EntryEnded:        "The entry that allowed it is over; replace the package, or ask the owner of the rules for a new one.",
		ForeignSource:     "Nothing may be fetched from there; take it from an allowed registry and make the lock file anew.",
		RulesUnreadable:   "The list of allowed packages cannot be read; have the owner of the rules mend it.",
		AboveThreshold:    "A known vulnerability is open and too severe; change to a fixed version and make the lock file anew.",
		SeverityUnstated:  "A known vulnerability is open and nobody says how bad it is, so it counts as critical; change to a fixed version.",
		NotAsked:          "The database of vulnerabilities was not asked about it; have the check run again.",
		NobodyAsked:       "No database of vulnerabilities is set up, so nothing is known; have an operator set one up.",
		SourceFailed:      "The database of vulnerabilities gave no usable answer; have the check run again later.",
		BadThreshold:      "The threshold is none of low, medium, high and critical; have the owner of the rules mend it.",
		Unnamed:           "The inventory gives no package URL for it, so nothing can be looked up; have it made by a tool that does.",
		Unpinned:          "Only a range is asked for, not a version; give the lock file, which names what will be there.",
		OnlyAsked:         "It names what is asked for directly and not what will be there; give the lock file beside it.",
		NothingNamed:      "The inventory names no component, which says nothing; have it made anew from what is deployed.",
	}[r]
	if !ok {
		// A reason from a newer release, read in an older one.
		return "This is in the way (" + string(r) + "); ask the owner of the rules what it means."
	}
	return text
}
