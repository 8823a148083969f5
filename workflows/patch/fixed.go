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

// assumed names the vulnerability for which traces must be secured, and what of it
// nobody knows: what counts as the worse value may be why.
func (p *process) assumed() string {
	for _, c := range p.s.Clocks {
		if r := c.Clock.Ruling; r.Forensic && len(r.Assumed) > 0 {
			return c.Clock.Vulnerability + " on " + c.Clock.Asset + ": not known, so the worse was assumed: " + strings.Join(r.Assumed, ", ")
		} else if r.Forensic {
			return c.Clock.Vulnerability + " on " + c.Clock.Asset
		}
	}
	return ""
}
