package policy

import (
	"path"
	"strings"
)

// schemaSuffix ends the names of JSON Schemas that lie beside the rules.
const schemaSuffix = ".schema.json"

func schemaFile(name string) string { return path.Join(rulesFolder, name+schemaSuffix) }

// schemaName is the name by which rules know a file, false when it is no schema
// beside them.
func schemaName(file string) (string, bool) {
	name, is := strings.CutSuffix(path.Base(file), schemaSuffix)
	return name, is && path.Dir(file) == rulesFolder && name != ""
}
