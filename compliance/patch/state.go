// Package patch holds the vocabulary and the rules of patch rollout: what an
// advisory and the catalogue of exploited vulnerabilities say, by when a patch
// is due (P13 to P15, P19), when the next ring may start (P1, P2, P4), and how
// the way back is taken (P6 to P9). Every rule is a pure function that takes
// the facts and the present instant and returns a typed Reason; workflows and
// activities apply them and decide nothing.
package patch

// State is where a rollout stands.
type State string

const (
	Assessing  State = "assessing"         // evidence and inputs are read; a deadline may exist, nothing is approved
	Approving  State = "awaiting_approval" // the child change is open (P27); no target was touched
	Rolling    State = "rolling"           // approved; rings move forward one after the other
	Held       State = "held"              // nothing moves forward until a person decides; targets stay as they are
	Reverting  State = "rolling_back"      // the way back is being taken, freeze or not (P9)
	Stranded   State = "stranded"          // some target is in no verified state; a person was paged and must act (P7)
	Completed  State = "completed"         // every ring is proven; the efficacy period is still to come
	RolledBack State = "rolled_back"       // every touched target is verified in its last state; the payload is barred (P8)
	Rejected   State = "rejected"          // the change was denied or expired, or the plan refused; nothing was touched
	Withdrawn  State = "withdrawn"         // taken back before any target was touched
)

// RingState is where one ring of a rollout stands.
type RingState string

const (
	Waiting   RingState = "waiting"      // untouched
	Preparing RingState = "preparing"    // snapshot and backup are taken and proven; untouched
	Deploying RingState = "deploying"    // a target may serve old or new content: it counts as touched
	Testing   RingState = "testing"      // the new content is served; nothing is proven about it
	Soaking   RingState = "soaking"      // verified healthy; the soak runs (P2)
	Proven    RingState = "proven"       // healthy for the whole soak; says nothing about later
	Restoring RingState = "restoring"    // the way back is being taken
	Restored  RingState = "restored"     // the last verified state is served and verified again
	Lost      RingState = "not_restored" // the way back failed or there is none; a person was paged (P7)
)
