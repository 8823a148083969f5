package policy

import (
	"fmt"

	"github.com/lowcodex/countersign/compliance/certification"
)

// artefacts is a compiled file of kind artefacts.
type artefacts struct {
	Artefacts
	classes map[string]ArtefactClass
	vendors []Vendor // by id
}

func compileArtefacts(e artefactsEntry) (*artefacts, error) {
	out := &artefacts{
		Artefacts: Artefacts{Channel: e.Channel, Fallback: e.Fallback},
		classes:   map[string]ArtefactClass{},
	}
	ladders := map[string]certification.Ladder{}
	for _, l := range e.Ladders {
		ladder, wrong := l.ladder()
		if wrong != nil {
			return nil, fmt.Errorf("ladder %s: %s", l.Name, wrong.text)
		}
		if err := ladder.Check(); err != nil {
			return nil, fmt.Errorf("ladder %s: %w", l.Name, err)
		}
		ladders[l.Name] = ladder
	}
	for _, c := range e.Classes {
		ladder, ok := ladders[c.Ladder]
		if !ok {
			return nil, fmt.Errorf("class %s: there is no ladder %q", c.Name, c.Ladder)
		}
		approvers := c.GraceApprovers
		if len(approvers) == 0 {
			approvers = e.GraceApprovers
		}
		out.classes[c.Name] = ArtefactClass{Name: c.Name, Title: c.Title, Ladder: ladder, GraceApprovers: approvers}.clone()
	}
	for _, v := range e.Vendors {
		vendor, err := v.vendor()
		if err != nil {
			return nil, fmt.Errorf("vendor %s: %w", v.ID, err)
		}
		out.vendors = append(out.vendors, vendor)
	}
	return out, nil
}
