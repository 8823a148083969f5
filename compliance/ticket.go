package compliance

// TicketRef names a ticket by the tracker's immutable id; Key is only for people.
type TicketRef struct {
	Site string `json:"site"`
	ID   string `json:"id"`
	Key  string `json:"key"`
}

// Ticket is a ticket as read from the tracker now, with its fields already
// translated into the organisation's own field names by the policy's mapping.
type Ticket struct {
	Ref       TicketRef `json:"ref"`
	Status    string    `json:"status"`   // the logical status name, or the tracker's own when it has none
	Revision  string    `json:"revision"` // changes with every edit of the ticket
	Requester Account   `json:"requester"`
	// Fields holds the text of each mapped field: dates as RFC 3339, people as
	// "provider:id", choices by their value. Unset fields are absent.
	Fields map[string]string `json:"fields"`
	Link   string            `json:"link,omitempty"`
}

// TicketStep is one step of the mirror that a tracker shows: a comment, a
// status, or both. Key is the event key; it is carried in the comment as a
// marker that is looked for before anything is written.
type TicketStep struct {
	Key     string    `json:"key"`
	Ref     TicketRef `json:"ref"`
	Comment []Fact    `json:"comment,omitempty"`
	// Status is a logical status name ("in_review", "approved", …); empty
	// leaves the status alone.
	Status string `json:"status,omitempty"`
	// From is the logical status the ticket has before this step, when known. A
	// repeated step that finds its comment and neither of the two statuses has
	// been done already and somebody moved the ticket on since: it leaves the
	// status alone.
	From string `json:"from,omitempty"`
}

// NewTicket asks for a ticket to be opened. Key is the event key, kept on the
// ticket as a searchable label so that a repeat finds the first one.
type NewTicket struct {
	Key       string            `json:"key"`
	Site      string            `json:"site"`
	Requester Account           `json:"requester,omitzero"`
	Fields    map[string]string `json:"fields"`
}
