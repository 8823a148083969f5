package commands

// patches describes the patch rollout. Its records are shown, counted and
// completed; commands come with its desk, once its workflow is there: workflow
// type, query and UpdateFor from workflows/patch, forms from
// compliance/patch.FormFor, and what starts a rollout as a special verb.
func patches() descriptor {
	return descriptor{Process: of("patch"), group: "patch"}
}
