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
	Ref TicketRef `json:"ref"`
	// Kind is the kind it was read as. The fields from Title on are set for
	// kinds other than a change only.
	Kind      TicketKind `json:"kind,omitempty"`
	Status    string     `json:"status"`   // the logical status name, or the tracker's own when it has none
	Revision  string     `json:"revision"` // changes with every edit of the ticket
	Requester Account    `json:"requester"`
	// Creator is whoever created the ticket, which the tracker lets nobody edit;
	// zero when it does not say. Own is set when that is our own account, which
	// opens tickets for others.
	Creator Account `json:"creator,omitzero"`
	Own     bool    `json:"own,omitempty"`
	// Fields holds the text of each mapped field: dates as RFC 3339, people as
	// "provider:id", choices by their value. Unset fields are absent.
	Fields map[string]string `json:"fields"`
	Link   string            `json:"link,omitempty"`
	// Attachments are the files attached to a change, as listed; their bytes are
	// asked for one by one.
	Attachments []Attachment `json:"attachments,omitempty"`

	Title    string  `json:"title,omitempty"`
	Assignee Account `json:"assignee,omitzero"`
	Due      string  `json:"due,omitempty"` // a day of the calendar without zone, 2006-01-02
	// Resolution says how the ticket ended, empty while it is open: ResolvedDone,
	// ResolvedWontDo or ResolvedOther. Only ResolvedDone means that the thing was
	// done. ResolvedAs is the tracker's own word for it, which may be missing.
	Resolution string `json:"resolution,omitempty"`
	ResolvedAs string `json:"resolved_as,omitempty"`
}

// MaxAttachmentSize is the largest attachment whose bytes are read, in bytes: what
// fits into one answer of a tracker.
const MaxAttachmentSize = 8 << 20

// Attachment is a file attached to a ticket, as the tracker lists it. What has one
// id never changes; another file has another id.
type Attachment struct {
	ID   string `json:"id"`
	Name string `json:"name"` // as its uploader called it
	Size int64  `json:"size"` // bytes
	Type string `json:"type,omitempty"`
}

// TicketStep is one step of the mirror that a tracker shows: a comment, a
// status, or both. Key is the event key; it is carried in the comment as a
// marker that is looked for before anything is written.
type TicketStep struct {
	Key string    `json:"key"`
	Ref TicketRef `json:"ref"`
	// Kind is whose logical statuses Status and From are.
	Kind    TicketKind `json:"kind,omitempty"`
	Comment []Fact     `json:"comment,omitempty"`
	// Status is a logical status name ("in_review", "approved", …) of the kind;
	// empty leaves the status alone.
	Status string `json:"status,omitempty"`
	// From is the logical status the ticket has before this step, when known. A
	// repeated step that finds its comment and neither of the two statuses has
	// been done already and somebody moved the ticket on since: it leaves the
	// status alone.
	From string `json:"from,omitempty"`
}

// NewTicket asks for a ticket to be opened. Key is the event key, kept on the
// ticket as a searchable label so that a repeat finds the first one.
//
// A change is described by Fields alone. Every other kind has a Title, and its
// Fields are those that the policy maps for the kind; what is not mapped, or
// not taken by the tracker, becomes a line of the text, because such a ticket
// is opened at night and must not fail for a renamed choice.
type NewTicket struct {
	Key       string            `json:"key"`
	Site      string            `json:"site"`
	Requester Account           `json:"requester,omitzero"`
	Fields    map[string]string `json:"fields"`

	Kind  TicketKind `json:"kind,omitempty"`
	Title string     `json:"title,omitempty"` // one line; cut where the tracker's limit is
	Text  string     `json:"text,omitempty"`  // plain text; shown as it is, cut like the title
	// Assignee is an account at the tracker; none leaves the ticket unassigned.
	Assignee Account `json:"assignee,omitzero"`
	// Due is a day of the calendar without zone, 2006-01-02.
	Due string `json:"due,omitempty"`
	// Subject is the workflow id of the process the ticket belongs to. It is kept
	// on the ticket, so that what happens to the ticket reaches that process.
	Subject string `json:"subject,omitempty"`
	// Related are tickets that this one is linked to, both ways, in no order.
	Related []TicketRef `json:"related,omitempty"`
}
