// Package rules is the vocabulary of the organisation's own rules: what of the policy
// is in force, what an edit of its files comes to, and how rules come into force by a
// change (C37).
package rules

// Subject is what the records of the policy are about, and the workflow id of the
// run that keeps what is in force.
const Subject = "rules"

// The events of the policy. Frozen.
const (
	EventFirst         = "rules.first"             // the first policy that the installation ever saw; in force
	EventEdited        = "rules.edited"            // an edit of the rules' files came into force
	EventDirectory     = "rules.directory_edited"  // an edit of the directory's files came into force
	EventBroken        = "rules.broken"            // an edit that has problems was not taken up
	EventHeld          = "rules.held"              // an edit of the rules is not in force: it takes a change
	EventProposed      = "rules.proposed"          // somebody asks for a change of the rules
	EventNotProposed   = "rules.not_proposed"      // a proposal was refused before a change was opened
	EventAdopted       = "rules.adopted"           // an approved change brought rules into force
	EventNotAdopted    = "rules.not_adopted"       // a proposal ended, and brought nothing into force
	EventOverrideAsked = "rules.override_asked"    // somebody asks for rules without a change
	EventUnconfirmed   = "rules.override_refused"  // somebody's word for it did not count
	EventOverridden    = "rules.overridden"        // two people brought rules into force without a change
	EventNotOverridden = "rules.override_withheld" // nobody confirmed it in time, or it was no longer possible
)

// Events lists every type, in the order above.
func Events() []string {
	return []string{
		EventFirst, EventEdited, EventDirectory, EventBroken, EventHeld, EventProposed, EventNotProposed, EventAdopted, EventNotAdopted,
		EventOverrideAsked, EventUnconfirmed, EventOverridden, EventNotOverridden,
	}
}

// Controls lists the framework references that these events are evidence for: AICPA
// TSC CC5.3 and CC8.1, ISO/IEC 27001:2022 Annex A 5.1 and 8.32, NIST SP 800-53 rev. 5
// CM-3, CM-5 and, for an override, CM-3(7).
func Controls(event string) []string {
	all := []string{"SOC2:CC5.3", "SOC2:CC8.1", "ISO27001:A.5.1", "ISO27001:A.8.32", "NIST80053:CM-3", "NIST80053:CM-5"}
	switch event {
	case EventOverrideAsked, EventUnconfirmed, EventOverridden, EventNotOverridden:
		return append(all, "NIST80053:CM-3(7)")
	}
	return all
}

// What brought something into force. Frozen.
const (
	ByFiles    = "files"    // the files were edited, by whoever can
	ByChange   = "change"   // an approved change
	ByOverride = "override" // two people, without one
)

// Version names the two halves of a policy by their digests, SHA-256 in hex.
type Version struct {
	Rules     string `json:"rules,omitempty"`
	Directory string `json:"directory,omitempty"`
}

// Facts of every event of the policy, schema 1. JSON names are frozen. What differs
// stands in blobs: of the rules with values, of the directory by place only.
type Facts struct {
	Before Version `json:"before,omitzero"`
	// After is what is in force after the event, of those that moved it.
	After Version `json:"after,omitzero"`
	// Required says of After that its rules change only by a change.
	Required bool   `json:"required,omitempty"`
	By       string `json:"by,omitempty"`
	// Seen are the rules that are not in force: held, or asked for.
	Seen string `json:"seen,omitempty"`
	// Content is the digest of files that are broken, Places where, as "rules/chains.yaml line 7".
	Content string   `json:"content,omitempty"`
	Places  []string `json:"places,omitempty"`
	// Differences is in how many places the rules differ.
	Differences int `json:"differences,omitempty"`
	// Proposal is the workflow id of what was asked for, Change and Number the
	// change that decides on it.
	Proposal string `json:"proposal,omitempty"`
	Change   string `json:"change,omitempty"`
	Number   string `json:"number,omitempty"`
	Reason   Reason `json:"reason,omitempty"`
	// Confirmed is the second person of an override.
	Confirmed string `json:"confirmed,omitempty"`
}
