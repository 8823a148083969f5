package gate

// Mark is a finding as it stands in the record of what was judged by it; what the
// check came to is in the record of its evidence.
type Mark struct {
	Check  Check   `json:"check"`
	Reason Reason  `json:"reason,omitempty"` // why it kept the gate open
	Waived *Waiver `json:"waived,omitempty"`
}

// Marks are the findings for a record.
func Marks(findings []Finding) []Mark {
	var out []Mark
	for _, f := range findings {
		out = append(out, Mark{Check: f.Check, Reason: f.Reason, Waived: f.Waived})
	}
	return out
}
