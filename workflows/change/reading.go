package change

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Names on the wire; frozen.
const (
	ReadingType     = "ReadTicket" // reads a ticket for somebody who asks about it
	ReadingIDPrefix = "reading/"
)

// ReadingInput starts a ReadTicket: the ticket by its readable key.
type ReadingInput struct {
	Site   string `json:"site"`
	Ticket string `json:"ticket"`
}

// Reading is a ticket read as a change, by reference, and what it lacks.
type Reading struct {
	Ticket   compliance.TicketRef `json:"ticket"`
	Status   string               `json:"status"`
	Snapshot rules.Snapshot       `json:"snapshot"`
	Problems []rules.Problem      `json:"problems,omitempty"`
}

// ReadTicket reads a ticket for somebody who wants to know what would become of
// it. It moves nothing and records nothing. A tracker that does not answer
// within the step's patience fails the run: whoever asked can ask again.
func ReadTicket(ctx workflow.Context, in ReadingInput) (Reading, error) {
	r, err := steps.ReadChangeTicket(ctx, steps.ReadChangeTicketInput{Ref: compliance.TicketRef{Site: in.Site, Key: in.Ticket}})
	return Reading{Ticket: r.Ref, Status: r.Status, Snapshot: r.Snapshot, Problems: r.Problems}, err
}
