// Package certification holds the vocabulary and the rules of third-party
// assurance documents: certificates, audit reports and letters that a vendor
// has to keep current (A8), the ladder of reminders before they expire (A1 to
// A3), renewal as supersession by coverage (A4), and what an uncovered vendor
// means for a change that touches it (A9). Every rule is a pure function that
// takes the facts and the present moment and returns a typed result; workflows
// and activities apply them and decide nothing. Time zones are the caller's:
// see Schedule for what has to be resolved and handed in.
package certification

// State is where one version of an artefact stands (A8).
type State string

const (
	Missing     State = "missing"      // needed, and nobody has asked the vendor for it
	Requested   State = "requested"    // the vendor was asked; nothing has come
	Received    State = "received"     // it came; nobody has looked at it, so it covers nothing
	UnderReview State = "under_review" // somebody is reading it; it covers nothing yet
	Valid       State = "valid"        // read and accepted for its coverage
	Expiring    State = "expiring"     // accepted, and the ladder of its coverage has begun
	Grace       State = "grace"        // somebody other than the owner allows it to lack cover until a date
	Expired     State = "expired"      // its coverage, and any grace, is over; nobody need have looked
	Superseded  State = "superseded"   // another version covers further, or corrects it
	Withdrawn   State = "withdrawn"    // the vendor took it back; it covers nothing from that moment
)

// Accepted reports whether the state is that of an artefact somebody read and
// accepted and that was neither replaced nor taken back. It says nothing about
// cover: see Conditions.
func (s State) Accepted() bool {
	return s == Valid || s == Expiring || s == Grace || s == Expired
}

// Gathering reports whether the state is that of a version nobody has accepted yet.
func (s State) Gathering() bool {
	return s == Missing || s == Requested || s == Received || s == UnderReview
}
