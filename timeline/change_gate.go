package timeline

import (
	"fmt"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
)

// gated tells what was handed over for the gate, and what each check came to.
func (t teller) gated(f change.GatedFacts) (string, []string) {
	var details []string
	for _, part := range f.New {
		g, _ := gate.Of(f.Given, part)
		text := "handed over: " + words(string(part))
		if g.Name != "" {
			text += ", " + g.Name
		}
		if g.Link != "" {
			text += fmt.Sprintf(", %s by %s, reviewed by %s", g.Link, t.people(g.Author), t.people(g.Reviewer))
		}
		details = append(details, text+" ("+gate.Short(g.Digest)+")")
	}
	if f.Stated != nil {
		details = append(details, fmt.Sprintf("stated (%s): “%s”", f.Stated.Answer, f.Stated.Text))
	}
	for _, r := range f.Results {
		text := r.Check.Name() + ": " + words(string(r.Outcome))
		if r.Detail != "" {
			text += ". " + r.Detail
		}
		details = append(details, text)
	}
	open := 0
	for _, m := range f.Marks {
		if m.Reason != gate.OK {
			open++
		}
	}
	text := fmt.Sprintf("Handed evidence over for the gate %s of version %d (content %s)", f.Gate, f.Version, compliance.ShortDigest(f.Hash))
	if len(f.New) == 0 {
		text = fmt.Sprintf("Had the gate %s of version %d (content %s) looked at again", f.Gate, f.Version, compliance.ShortDigest(f.Hash))
	}
	return fmt.Sprintf("%s. Open checks after it: %d of %d.", text, open, len(f.Marks)), append(details, t.marks(f.Marks)...)
}

// marks tell which checks kept the gate open, and which exceptions let which past.
func (t teller) marks(marks []gate.Mark) []string {
	var out []string
	for _, m := range marks {
		switch {
		case m.Waived != nil:
			out = append(out, fmt.Sprintf("%s excused by %s until %s", m.Check.Name(), m.Waived.Number, t.when(m.Waived.Until)))
		case m.Reason != gate.OK:
			out = append(out, fmt.Sprintf("%s open: %s", m.Check.Name(), words(string(m.Reason))))
		}
	}
	return out
}

func checks(required []gate.Required) string {
	var out []string
	for _, r := range required {
		out = append(out, r.Check.Name())
	}
	return strings.Join(out, ", ")
}
