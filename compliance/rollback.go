package compliance

import "time"

// Names of the signals by which one process has another taken back. A process
// that can be taken back by itself listens to SignalRollback and answers every
// order once with SignalRollbackEnded; frozen.
const (
	SignalRollback      = "rollback-ordered" // argument RollbackOrder
	SignalRollbackEnded = "rollback-ended"   // argument RollbackEnded, sent to RollbackOrder.Subject
)

// RollbackOrder asks a process to take back what it did. It has been approved by
// somebody who neither asked for it nor carried out what it takes back. The
// same order may arrive several times.
type RollbackOrder struct {
	Key     string `json:"key"`     // event key of the order
	Subject string `json:"subject"` // workflow id of whoever orders it
	// Number is the orderer's number, for people; empty while there is none.
	Number   string    `json:"number,omitempty"`
	Plan     string    `json:"plan,omitempty"` // the plan that was approved
	Approver PersonID  `json:"approver"`
	Asker    PersonID  `json:"asker"`
	At       time.Time `json:"at"` // when it was approved, UTC
}

// RollbackEnded is what became of an order.
type RollbackEnded struct {
	Key string `json:"key"` // the order's
	// Done is set when the earlier state was read back; otherwise it failed.
	Done   bool      `json:"done,omitempty"`
	Detail string    `json:"detail,omitempty"` // one line for people
	At     time.Time `json:"at"`
}
