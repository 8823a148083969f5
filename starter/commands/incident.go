package commands

// incidents describes the incident. Its records and those of its alerts are
// shown, counted and completed; commands come with its desk, once its workflow
// is there: workflow type, query and UpdateFor from workflows/incident, forms
// from compliance/incident.FormFor with live for those whose choices depend on
// the incident, and declare as a special verb.
func incidents() descriptor {
	return descriptor{Process: of("incident"), group: "incident"}
}
