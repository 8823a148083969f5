package change

import (
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Content is what a change asks for, as read from its ticket. The material
// part of it is what approvals are bound to (C11).
type Content struct {
	Title       string `json:"title"`
	Purpose     string `json:"purpose,omitempty"`
	System      string `json:"system"`      // id of a system in the policy
	Environment string `json:"environment"` // e.g. "production"
	Risk        string `json:"risk"`        // "low", "medium" or "high"
	Plan        string `json:"plan"`
	TestPlan    string `json:"test_plan"`
	TestResults string `json:"test_results,omitempty"` // link or digest of the results
	// Rollback is the way back; a change without steps, an owner and the date
	// it was last tested cannot leave draft (requirement 3).
	Rollback         string `json:"rollback"`
	RollbackOwner    string `json:"rollback_owner"`     // "provider:id"
	RollbackTestedOn string `json:"rollback_tested_on"` // a date, 2006-01-02
	Implementer      string `json:"implementer"`        // "provider:id"
	// PlannedStart is the earliest instant the requester wants; zero means as
	// soon as approvals and windows allow.
	PlannedStart time.Time `json:"planned_start,omitzero"`
	// Duration is the estimated elapsed time of the execution; it must fit the window (C28).
	Duration time.Duration `json:"duration"`
	// VendorVersion is the version of the vendor's platform or package, where one is installed.
	VendorVersion string `json:"vendor_version,omitempty"`
	// External asks for the pre-agreed external approver to stand in where a
	// level cannot reach its quorum (C6).
	External bool `json:"external,omitempty"`
	// DataClass is the class of the data that the change works on, by the
	// organisation's own names; optional.
	DataClass string `json:"data_class,omitempty"`
	// Template names the template of the rules that it is a standard change by.
	Template string `json:"template,omitempty"`
	// Extra are the organisation's own fields, by its names. Approvals are not
	// bound to them; an edit of them is told or recorded (C12).
	Extra map[string]string `json:"extra,omitempty"`
	// Attachments are the files attached to the ticket (C14).
	Attachments []Attached `json:"attachments,omitempty"`
	// Supersedes is the number of the older change that this one replaces once it is
	// approved (C4).
	Supersedes string `json:"supersedes,omitempty"`
	// SafePoints names where the work can stop, one a line, when a freeze begins or
	// the window closes on the way (C30).
	SafePoints string `json:"safe_points,omitempty"`
}

// Told are the texts that somebody attests to have read, as lines of a card; a
// text that people leave out says so. The surface cuts what is too long and
// says where the whole is.
func (c Content) Told() []compliance.Fact {
	tested := c.RollbackTestedOn
	if tested != "" {
		tested = " (tested on " + tested + ")"
	}
	facts := []compliance.Fact{
		{Label: "Purpose", Text: c.Purpose},
		{Label: "Plan", Text: c.Plan},
		{Label: "Test plan", Text: c.TestPlan},
		{Label: "Test results", Text: c.TestResults},
		{Label: "Rollback" + tested, Text: c.Rollback},
		{Label: "Safe points", Text: Numbered(Points(c.SafePoints))},
		{Label: "Vendor version", Text: c.VendorVersion},
		{Label: "Data class", Text: c.DataClass},
		{Label: "Estimated duration", Text: spokenDuration(c.Duration)},
		{Label: "Not before", At: c.PlannedStart},
		{Label: "Attachments", Text: c.attachmentsTold()},
		{Label: "Replaces", Text: c.Supersedes},
	}
	var told []compliance.Fact
	for _, f := range facts {
		switch {
		case strings.TrimSpace(f.Text) != "" || !f.At.IsZero():
			told = append(told, f)
		case f.Label == "Test results":
			told = append(told, compliance.Fact{Label: f.Label, Text: "none given"})
		}
	}
	return told
}

// spokenDuration is a duration as people write it, such as
// "1h30m"; empty for none.
func spokenDuration(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	s := d.String()
	if d%time.Minute == 0 {
		s = strings.TrimSuffix(s, "0s")
	}
	if d%time.Hour == 0 {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// FieldDigest is the fingerprint of one material field: enough to say which
// field changed and, where it is short, from what to what. Whether anything
// changed at all is for the whole hash to say; see Compare.
type FieldDigest struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`          // first 32 hex digits of SHA-256
	Short  string `json:"short,omitempty"` // the value when at most 60 runes and no person's identity
}

// Snapshot is a version's content by reference: the canonical content lives as
// a blob beside the evidence log, the run carries only this.
type Snapshot struct {
	Hash   string        `json:"hash"`   // SHA-256 (hex) of the canonical material fields
	Blob   string        `json:"blob"`   // digest of the whole content in the blob store
	Fields []FieldDigest `json:"fields"` // in the order of MaterialFields

	// What the process itself needs of the content.
	Title       string             `json:"title"`
	System      string             `json:"system"`
	Environment string             `json:"environment"`
	Risk        string             `json:"risk"`
	Requester   compliance.Account `json:"requester"`
	// Creator created the ticket; Own is set when our own account did, for somebody else.
	Creator      compliance.Account `json:"creator,omitzero"`
	Own          bool               `json:"own,omitempty"`
	Implementer  compliance.Account `json:"implementer"`
	PlannedStart time.Time          `json:"planned_start,omitzero"`
	Duration     time.Duration      `json:"duration"`
	External     bool               `json:"external,omitempty"`
	Template     string             `json:"template,omitempty"` // name of the template it is submitted by
	// Others are the fields that approvals are not bound to, sorted by name: their
	// edits are found, and never from what to what, for they are prose.
	Others []FieldDigest `json:"others,omitempty"`
	// Attached are the attachments without their names, so that none is read twice
	// for nothing (C14).
	Attached   []Attached `json:"attached,omitempty"`
	Supersedes string     `json:"supersedes,omitempty"` // number of the older change (C4)
	// SafePoints are where the plan says that the work can stop, in its order (C30).
	SafePoints []string `json:"safe_points,omitempty"`
}
