package steps

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
)

// ReadTicket reads where a ticket of any kind stands: status, how it ended, who
// has it, or that it is gone.
func ReadTicket(ctx workflow.Context, in activities.ReadTicketInput) (activities.TicketReading, error) {
	var t *activities.Tickets
	return run[activities.ReadTicketInput, activities.TicketReading](ctx, onVendor(compliance.QueueTickets), t.ReadTicket, in)
}
