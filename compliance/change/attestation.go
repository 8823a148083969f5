package change

// Attestation is one statement an approver makes by name (C18, requirement 4).
// Name is the field's name in the form, Text what stands beside it; both are
// kept with every approval, per approver.
type Attestation struct{ Name, Text string }

// Attestations lists the statements an approval consists of. Their texts are
// evidence: an improved wording applies to later approvals only, because each
// answer is recorded with the text that was shown.
func Attestations() []Attestation {
	return []Attestation{
		{"tests", "I have reviewed the test plan and the test results of this version, and they are sufficient for the system and environment it changes."},
		{"risk", "I have considered the risk of this version, including its effect on security, privacy and dependent systems, and I accept it at the stated rating."},
		{"rollback", "I have reviewed the rollback plan of this version: it has steps, an owner and a date on which it was tested, and I consider it ready to be used."},
	}
}
