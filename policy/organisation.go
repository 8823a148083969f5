package policy

// Organisation is what holds for every process: who we are, where tickets
// live and which channels exist. There is exactly one per policy.
type Organisation struct {
	Name    string
	Tickets Tickets
	// Channels maps the logical names used by routing rules to the message
	// surface's own channel ids.
	Channels map[string]string
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
}

// LogicalStatuses lists the names a ticket's status has in the processes, in
// the order of a change's life. A policy maps every one of them.
func LogicalStatuses() []string {
	return []string{
		"submitted", "in_review", "approved", "waiting_window", "executing", "verifying",
		"closed", "rejected", "expired", "failed", "rolled_back", "withdrawn",
	}
}
