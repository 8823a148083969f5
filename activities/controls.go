package activities

import (
	"strings"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/compliance/incident"
	"github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/compliance/patch"
)

// controls lists the framework references of a type of event, which its process
// knows: a type begins with the process's name.
func controls(kind string) []string {
	switch process, _, _ := strings.Cut(kind, "."); process {
	case "certification":
		return certification.Controls(kind)
	case "exception":
		return exception.Controls(kind)
	case "incident", "alert":
		return incident.Controls(kind)
	case "observation", "target":
		return observation.Controls(kind)
	case "patch":
		return patch.Controls(kind)
	default:
		return change.Controls(kind)
	}
}
