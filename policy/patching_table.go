package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance/patch"
)

// inputsOf lists the 16 questions of a table, in one order for ever.
func inputsOf() []patch.Inputs {
	var out []patch.Inputs
	answers := []patch.Answer{patch.No, patch.Yes}
	for _, impact := range []patch.Impact{patch.Partial, patch.Total} {
		for _, automatable := range answers {
			for _, exposed := range answers {
				for _, exploited := range answers {
					out = append(out, patch.Inputs{Exploited: exploited, Exposed: exposed, Automatable: automatable, Impact: impact})
				}
			}
		}
	}
	return out
}

func (r tableRowEntry) inputs() patch.Inputs {
	return patch.Inputs{Exploited: r.Exploited, Exposed: r.Exposed, Automatable: r.Automatable, Impact: r.Impact}
}

// table gives the table chosen. The digest of an own one is that of its rows,
// whatever their order in the file.
func (e tableEntry) table() (patch.Table, error) {
	if e.Name == tableBOD {
		return patch.DefaultTable()
	}
	var csv strings.Builder
	csv.WriteString("row,kev,exposed,automatable,impact,outcome\n")
	for i, in := range inputsOf() {
		at := slices.IndexFunc(e.Rows, func(r tableRowEntry) bool { return r.inputs() == in })
		if at < 0 {
			return patch.Table{}, errors.New("the table has no row for " + question(in))
		}
		fmt.Fprintf(&csv, "%d,%s,%s,%s,%s,%s\n", i, in.Exploited, in.Exposed, in.Automatable, in.Impact, e.Rows[at].outcome())
	}
	return patch.ParseTable([]byte(csv.String()))
}

func (r tableRowEntry) outcome() string {
	switch {
	case r.Days == 0:
		return "fix on system upgrade"
	case r.Forensic:
		return fmt.Sprintf("%d days & forensic investigation", r.Days)
	default:
		return fmt.Sprintf("%d days", r.Days)
	}
}

func question(in patch.Inputs) string {
	return fmt.Sprintf("exploited %s, exposed %s, automatable %s, impact %s", in.Exploited, in.Exposed, in.Automatable, in.Impact)
}
