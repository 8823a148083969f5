package patch

import (
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// fixedFacts show in which versions publishers say that it is fixed, while a
// payload is waited for: a person decides what is rolled out.
func fixedFacts(s State) []compliance.Fact {
	var out []compliance.Fact
	if s.Asked.Payload != nil {
		return nil
	}
	for i, v := range s.Asked.Vulnerabilities {
		if i == shownClocks {
			break
		}
		if len(v.Fixed) > 0 {
			out = append(out, compliance.Fact{Label: v.ID, Text: "fixed in " + strings.Join(v.Fixed, ", ")})
		}
	}
	return out
}
