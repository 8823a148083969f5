package dependency

import "github.com/lowcodex/countersign/compliance"

// Reason is why something is in the way of a pass. It is stored in evidence and
// shown to people through Text, so its values are frozen.
type Reason string

const (
	OK Reason = ""

	// About the list of allowed packages.
	Unlisted          Reason = "unlisted"            // no entry names the package
	VersionNotAllowed Reason = "version-not-allowed" // its entries name other versions
	EntryEnded        Reason = "entry-ended"         // the entry that allowed it is over
	ForeignSource     Reason = "foreign-source"      // fetched from where nothing may be fetched from
	RulesUnreadable   Reason = "rules-unreadable"    // an entry of the list cannot be read

	// About vulnerabilities.
	AboveThreshold   Reason = "above-threshold"   // known, open, and as bad as the threshold or worse
	SeverityUnstated Reason = "severity-unstated" // known and open; nobody says how bad, so it counts as the worst
	NotAsked         Reason = "not-asked"         // the database was not asked about it
	NobodyAsked      Reason = "nobody-asked"      // no database of vulnerabilities is configured
	SourceFailed     Reason = "source-failed"     // the database gave no usable answer
	BadThreshold     Reason = "bad-threshold"     // the threshold is none of the four severities

	// About the manifest.
	Unnamed      Reason = "unnamed"       // a component without a package URL
	Unpinned     Reason = "unpinned"      // a component without an exact version
	OnlyAsked    Reason = "only-asked"    // it names what is asked for, not what will be there
	NothingNamed Reason = "nothing-named" // an inventory without components
)

// outcome is what the reason does to a check.
func (r Reason) outcome() compliance.CheckOutcome {
	switch r {
	case OK:
		return compliance.CheckPass
	case Unlisted, VersionNotAllowed, EntryEnded, ForeignSource, AboveThreshold, SeverityUnstated:
		return compliance.CheckFail
	case RulesUnreadable, SourceFailed, BadThreshold:
		return compliance.CheckError
	}
	return compliance.CheckNoData
}
