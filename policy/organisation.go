package policy

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Organisation is what holds for every process: who we are, where tickets
// live and which channels exist. There is exactly one per policy.
type Organisation struct {
	Name    string
	Tickets Tickets
	// Channels maps the logical names used by routing rules to the message
	// surface's own channel ids.
	Channels map[string]string
	// Rules says how an edit of the rules comes into force.
	Rules RulesChange
}

// RulesChange is how an edit of the rules comes into force: by itself when zero,
// else only by an approved change of this system, environment and risk, which the
// rules in force route.
type RulesChange struct {
	Required                  bool
	System, Environment, Risk string
}

// RulesChangeLasts is the estimate of a change of the rules: it takes moments, and
// waits for the record.
const RulesChangeLasts = 15 * time.Minute

// Case is the change of the rules as routing rules see it.
func (c RulesChange) Case() Case {
	return Case{System: c.System, Environment: c.Environment, Risk: c.Risk, Duration: RulesChangeLasts}
}

// Tickets says how the ticket tracker is used.
type Tickets struct {
	// Site is the short name of the tracker site; it becomes part of workflow
	// ids, so it never changes once changes exist.
	Site      string `json:"site"`
	Project   string `json:"project"`    // the tracker's project key
	IssueType string `json:"issue_type"` // the tracker's name of the ticket type
	// SubmitStatus is the tracker's status whose entering starts a change.
	SubmitStatus string `json:"submit_status"`
	// Statuses maps each logical status (see LogicalStatuses) to the tracker's name.
	Statuses map[string]string `json:"statuses"`
	// BotAccount is the tracker account under which we write, so that our own
	// echoes are recognised. It may not belong to a person.
	BotAccount string `json:"bot_account"`
	// Kinds says what the tracker calls the other kinds of ticket. A kind that is
	// absent is not used: a process that needs one says that it is missing.
	Kinds map[compliance.TicketKind]TicketKindRules `json:"kinds,omitempty"`
}

// TicketKindRules is how the tracker holds one kind of ticket that is no change.
type TicketKindRules struct {
	Project   string `json:"project"`
	IssueType string `json:"issue_type"`
	// Statuses maps each logical status of the kind (compliance.TicketKind.Statuses)
	// to the tracker's name. No two share one.
	Statuses map[string]string `json:"statuses"`
	// Done and WontDo are the tracker's names of the resolutions that say that
	// the thing was done, or that it never will be. The first of each is the one
	// we set. Any other resolution is neither.
	Done   []string `json:"done,omitempty"` // DefaultDone when empty
	WontDo []string `json:"wont_do"`
	// Fields maps the fields of compliance.TicketKind.Fields; what is absent is
	// written into the text of the ticket.
	Fields map[string]TicketKindField `json:"fields,omitempty"`
}

// TicketKindField is one field of a kind of ticket in the tracker.
type TicketKindField struct {
	ID   string    `json:"id"`
	Kind FieldKind `json:"kind"`
}

// DefaultDone is the resolution that means done where a kind names none.
const DefaultDone = "Done"

// OptionalStatuses lists the logical statuses that a policy may leave unmapped: the
// ticket then stays where it is while its change is in that state.
func OptionalStatuses() []string { return []string{"held", "superseded"} }

// OptionalStatuses lists those of them that are mapped, sorted.
func (t Tickets) OptionalStatuses() []string {
	var mapped []string
	for _, logical := range OptionalStatuses() {
		if t.Statuses[logical] != "" {
			mapped = append(mapped, logical)
		}
	}
	slices.Sort(mapped)
	return mapped
}

// LogicalStatuses lists the names a ticket's status has in the processes, in
// the order of a change's life. A policy maps every one of them.
func LogicalStatuses() []string {
	return []string{
		"submitted", "in_review", "approved", "waiting_window", "executing", "verifying",
		"closed", "rejected", "expired", "failed", "rolled_back", "withdrawn",
	}
}
