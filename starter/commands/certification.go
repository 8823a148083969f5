package commands

// certifications describes the certification. Its records are shown, counted
// and completed; commands come with its desk, once its workflow is there:
// workflow type, query and UpdateFor from workflows/certification, forms from
// compliance/certification.FormFor, and vendor add, renew, withdraw and list as
// special verbs.
func certifications() descriptor {
	return descriptor{Process: of("certification"), group: "vendor"}
}
