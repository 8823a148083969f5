package gate

import (
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// Place is where a change goes, as the policy has it.
type Place struct {
	// Regions are those in which data of this environment are kept or worked on, and
	// Classes the data classes that may be there.
	Regions []string
	Classes []string
	// Confined says to which regions a data class is bound; one that is not in it
	// may be anywhere.
	Confined map[string][]string
}

// Resides judges whether data of a class may be at a place (requirement 62):
// the environment must allow the class, and the class every region of the
// environment. What the policy or the change does not say is no pass.
func Resides(class string, p Place) Result {
	r := Result{Check: Residency, Outcome: compliance.CheckFail, Source: class}
	regions, bound := p.Confined[class]
	switch {
	case class == "":
		r.Outcome, r.Detail = compliance.CheckNoData, "The change names no data class. Fill in the field data_class of its ticket."
	case len(p.Classes) == 0 && !bound:
		r.Outcome, r.Detail = compliance.CheckNoData, "The policy says neither which data classes this environment may hold nor where data of the class "+class+" may be. Ask its owner to add it."
	case len(p.Classes) > 0 && !slices.Contains(p.Classes, class):
		r.Detail = "Data of the class " + class + " may not be in this environment, which holds " + strings.Join(p.Classes, ", ") + ". Choose another environment, or ask for an exception."
	case bound && len(p.Regions) == 0:
		r.Outcome, r.Detail = compliance.CheckNoData, "The policy does not say in which regions this environment is, and data of the class "+class+" may only be in "+strings.Join(regions, ", ")+". Ask its owner to add it."
	case bound && len(outside(p.Regions, regions)) > 0:
		r.Detail = "Data of the class " + class + " may only be in " + strings.Join(regions, ", ") + ", and this environment is in " +
			strings.Join(outside(p.Regions, regions), ", ") + ", too. Choose another environment, or ask for an exception."
	default:
		r.Outcome, r.Detail = compliance.CheckPass, "Data of the class "+class+" may be in this environment."
	}
	return r
}

func outside(regions, allowed []string) []string {
	var out []string
	for _, one := range regions {
		if !slices.Contains(allowed, one) {
			out = append(out, one)
		}
	}
	return out
}

// Statement is what an organisation has on paper about the runtime limits and the
// sandbox boundary of a system's platform (requirement 12).
type Statement struct {
	Link   string
	Digest string // "sha256:" and 64 hex digits of the document
	AsOf   time.Time
}

// Documented judges the statement: it must be there. How old it may be is the
// suite's business.
func Documented(s Statement) Result {
	if s.Link == "" {
		return Result{Check: Limits, Outcome: compliance.CheckNoData,
			Detail: "The policy names no statement of the platform's runtime limits and sandbox boundary for this system. Ask its owner to add limits to it."}
	}
	return Result{Check: Limits, Outcome: compliance.CheckPass, Artefact: s.Digest, At: s.AsOf, Source: s.Link,
		Detail: "The platform's runtime limits and sandbox boundary are documented as of " + s.AsOf.Format(time.DateOnly) + "."}
}

// Reviewed judges a code review (requirement 9): its author and its reviewer are
// people of the directory and not the same one, whichever accounts they used.
func Reviewed(g Given) Result {
	r := Result{Check: CodeReview, Outcome: compliance.CheckFail, Artefact: g.Digest, About: g.About, At: g.At, Source: g.Link}
	switch {
	case g.Author == "":
		r.Detail = "The directory does not name exactly one person as the author. Name them by their id in the directory, or by an account that it holds."
	case g.Reviewer == "":
		r.Detail = "The directory does not name exactly one person as the reviewer. Name them by their id in the directory, or by an account that it holds."
	case g.Author == g.Reviewer:
		r.Detail = "Author and reviewer are the same person. Have somebody else review it."
	default:
		r.Outcome, r.Detail = compliance.CheckPass, "It was reviewed by somebody else than its author."
	}
	return r
}
