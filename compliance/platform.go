package compliance

// Target is one place where a platform runs what people built on it: an
// instance, an environment, a tenant. It is named by the policy; its address
// and credential are not here, so that neither reaches a history.
type Target struct {
	// ID is the policy's name of the target, e.g. "orders-production".
	ID string `json:"id"`
	// Platform is the kind of platform, which selects its adapter, e.g. "node-red".
	Platform string `json:"platform"`
	// Address is the reference that the configuration resolves to an address and
	// a credential, e.g. "ORDERS_PRODUCTION". Never an address itself.
	Address string `json:"address"`
}

// Artifact is something that can be put on a target, by reference.
type Artifact struct {
	// Blob is the digest under which the bytes are stored: "sha256:" and 64 hex digits.
	Blob string `json:"blob"`
	// Content is the digest of what the bytes mean to the platform, in the same
	// form. Two artifacts of equal content serve the same, whatever the order or
	// the spacing of their bytes; it is what targets are compared by.
	Content string `json:"content"`
	// Version is for people; empty when nobody gave one.
	Version string `json:"version,omitempty"`
}

// Package is an artifact with its bytes. It lives in memory only: what goes into
// a history is the Artifact.
type Package struct {
	Artifact Artifact `json:"artifact"`
	Data     []byte   `json:"-"`
}

// PlatformVersion is the state of a target at one moment.
type PlatformVersion struct {
	// Revision is the platform's own and opaque; a write that names it is refused
	// when somebody else wrote since (compare-and-swap). Empty when the platform
	// has none: its last write wins.
	Revision string `json:"revision,omitempty"`
	// Content is the digest of what is there, as Artifact.Content.
	Content string `json:"content"`
}

// Served is what a target was seen to serve. Accepted is not served: Ready is
// set only when the platform says that it runs this content.
type Served struct {
	PlatformVersion
	Ready bool `json:"ready"`
	// Detail says what is missing when it is not ready; one line.
	Detail string `json:"detail,omitempty"`
}

// OpState is how far an operation of a platform is.
type OpState string

// The states of an operation. The last four are final.
const (
	OpRunning         OpState = "running"
	OpWaitingForHuman OpState = "waiting_for_human" // somebody must act on the platform's side
	OpSucceeded       OpState = "succeeded"
	OpPartlySucceeded OpState = "partly_succeeded" // a part is in place, a part is not
	OpFailed          OpState = "failed"
	OpAborted         OpState = "aborted" // ended by somebody on the platform's side
)

// Over reports whether the state is final. An unknown one is not: it is asked again.
func (s OpState) Over() bool {
	switch s {
	case OpSucceeded, OpPartlySucceeded, OpFailed, OpAborted:
		return true
	}
	return false
}

// Op is a deployment under way on a platform.
type Op struct {
	// Key is the event key of the deployment. No platform keeps it for us; it is
	// how a process names the operation.
	Key string `json:"key"`
	// ID is the platform's handle; empty when it has none.
	ID string `json:"id,omitempty"`
	// Content is what the operation brings, by which it is found again after a lost answer.
	Content string  `json:"content"`
	State   OpState `json:"state"`
	// Detail is the platform's own reason, redacted and on one line.
	Detail string `json:"detail,omitempty"`
}

// PlatformCaps says what a kind of platform can do, so that a process and its
// approvers know before they begin.
type PlatformCaps struct {
	// NativeRollback: it has a call for the way back. Without one the way back
	// is a deployment of what was saved.
	NativeRollback bool `json:"native_rollback"`
	// RestoresData: the way back brings data, schemas and secrets back as well.
	RestoresData bool `json:"restores_data"`
	// Validates: an artifact can be checked against a target without deploying it.
	Validates bool `json:"validates"`
	// CompareAndSwap: a write can name the revision it was prepared for.
	CompareAndSwap bool `json:"compare_and_swap"`
	// Asynchronous: a deployment goes on after its call was answered.
	Asynchronous bool `json:"asynchronous"`
	// HumanGate: a deployment may wait for somebody on the platform's side.
	HumanGate bool `json:"human_gate"`
}

// Finding is one thing that a check of an artifact found.
type Finding struct {
	// Where names the part, e.g. "node 7f2c"; empty for the whole.
	Where string `json:"where,omitempty"`
	Text  string `json:"text"`
}

// ArtifactReport is what a platform says about an artifact before it is deployed.
type ArtifactReport struct {
	// Content is the digest of what the artifact means; empty when it cannot be read at all.
	Content string `json:"content,omitempty"`
	// Problems keep it from being deployed, Remarks do not. At most 20 of each.
	Problems []Finding `json:"problems,omitempty"`
	Remarks  []Finding `json:"remarks,omitempty"`
}
