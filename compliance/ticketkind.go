package compliance

import "slices"

// TicketKind says what a ticket is for. Each kind has a type of ticket and
// statuses of its own, which the policy maps to the tracker's.
type TicketKind string

const (
	// TicketChange is a change: its fields are the policy's, its life is that of
	// the change process, and entering the submit status starts one.
	TicketChange TicketKind = ""
	// TicketRenewal is the task of renewing one artefact of a vendor.
	TicketRenewal TicketKind = "renewal"
	// TicketIncident shows an incident to those who do not read its channel.
	TicketIncident TicketKind = "incident"
	// TicketAction is something to be done after an incident or a review.
	TicketAction TicketKind = "action"
	// TicketException is the matter that one exception excuses.
	TicketException TicketKind = "exception"
)

// How a ticket ended; see Ticket.Resolution.
const (
	ResolvedDone   = "done"    // the policy calls it done
	ResolvedWontDo = "wont_do" // the policy says that it never will be
	ResolvedOther  = "other"   // it ended in a way that the policy does not name
)

// TicketKinds lists the kinds other than a change.
func TicketKinds() []TicketKind {
	return []TicketKind{TicketRenewal, TicketIncident, TicketAction, TicketException}
}

// Known reports whether there is such a kind; a change is one.
func (k TicketKind) Known() bool { return k == TicketChange || slices.Contains(TicketKinds(), k) }

// Statuses lists the logical statuses of a kind other than a change, in the
// order of its life. A policy that uses the kind maps every one of them.
func (k TicketKind) Statuses() []string {
	switch k {
	case TicketRenewal:
		return []string{"requested", "received", "under_review", "done", "cancelled"}
	case TicketIncident:
		return []string{"triggered", "acknowledged", "resolved", "reviewed", "closed"}
	case TicketAction:
		return []string{"open", "done"}
	case TicketException:
		return []string{"requested", "in_force", "reopened", "done", "cancelled"}
	default:
		return nil
	}
}

// Ends says what a ticket of the kind in this logical status has come to:
// ResolvedDone, ResolvedWontDo, or nothing while the status is one to work in.
func (k TicketKind) Ends(status string) string {
	switch {
	case (k == TicketRenewal || k == TicketException) && status == "cancelled":
		return ResolvedWontDo
	case (k == TicketRenewal || k == TicketAction || k == TicketException) && status == "done", k == TicketIncident && status == "closed":
		return ResolvedDone
	default:
		return ""
	}
}

// Fields lists the fields that a ticket of a kind other than a change may
// have besides those that every ticket has.
func (k TicketKind) Fields() []string {
	if k == TicketIncident {
		return []string{"severity", "system"}
	}
	return nil
}
