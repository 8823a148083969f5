package policy

import (
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

// artefactsEntry is a file of kind artefacts.
type artefactsEntry struct {
	Channel        string              `json:"channel"`
	Fallback       compliance.PersonID `json:"fallback"`
	GraceApprovers []string            `json:"grace_approvers"`
	Ladders        []ladderEntry       `json:"ladders,omitempty"`
	Classes        []classEntry        `json:"classes"`
	Vendors        []vendorEntry       `json:"vendors,omitempty"`
}

type ladderEntry struct {
	Name     string      `json:"name"`
	Rungs    []rungEntry `json:"rungs"`
	Every    int         `json:"every"`
	After    afterEntry  `json:"after"`
	Hour     int         `json:"hour"`
	Late     string      `json:"late"`
	Patience string      `json:"patience,omitempty"`
	MaxGrace int         `json:"max_grace"`
}

type rungEntry struct {
	Offset   int                  `json:"offset"`
	Action   certification.Action `json:"action"`
	Audience []certification.Role `json:"audience"`
}

type afterEntry struct {
	Action   certification.Action `json:"action"`
	Audience []certification.Role `json:"audience"`
}

type classEntry struct {
	Name           string   `json:"name"`
	Title          string   `json:"title"`
	Ladder         string   `json:"ladder,omitempty"`
	GraceApprovers []string `json:"grace_approvers,omitempty"`
}

type vendorEntry struct {
	ID        string              `json:"id"`
	Name      string              `json:"name"`
	Owner     compliance.PersonID `json:"owner"`
	Sponsor   compliance.PersonID `json:"sponsor"`
	Systems   []string            `json:"systems"`
	Contacts  []VendorContact     `json:"contacts"`
	Artefacts []artefactEntry     `json:"artefacts"`
}

type artefactEntry struct {
	ID       string `json:"id"`
	Class    string `json:"class"`
	Title    string `json:"title"`
	NeededBy string `json:"needed_by,omitempty"`
}

// defaultLadder is the name of the ladder that a class has when it names none.
// A snapshot holds it written out, so that a later release's default does not
// change what a run was pinned to.
const defaultLadder = "default"

func writtenLadder(name string, l certification.Ladder) ladderEntry {
	e := ladderEntry{
		Name: name, Every: l.Every, After: afterEntry{l.After.Action, l.After.Audience},
		Hour: l.Hour, Late: l.Late.String(), Patience: l.Patience.String(), MaxGrace: l.MaxGrace,
	}
	for _, r := range l.Rungs {
		e.Rungs = append(e.Rungs, rungEntry{r.Offset, r.Action, r.Audience})
	}
	return e
}

// complete writes the default ladder out where a class needs it.
func (a artefactsEntry) complete() artefactsEntry {
	needed := false
	for i := range a.Classes {
		if a.Classes[i].Ladder == "" {
			a.Classes[i].Ladder, needed = defaultLadder, true
		}
	}
	for _, l := range a.Ladders {
		needed = needed && l.Name != defaultLadder
	}
	if needed {
		a.Ladders = append(a.Ladders, writtenLadder(defaultLadder, certification.DefaultLadder()))
	}
	return a
}

// ladder reads the durations; where one cannot be read the error names its field.
func (e ladderEntry) ladder() (certification.Ladder, *fault) {
	l := certification.Ladder{
		Every: e.Every, After: certification.Rung{Action: e.After.Action, Audience: e.After.Audience}, Hour: e.Hour, MaxGrace: e.MaxGrace,
	}
	for _, r := range e.Rungs {
		l.Rungs = append(l.Rungs, certification.Rung{Offset: r.Offset, Action: r.Action, Audience: r.Audience})
	}
	for _, d := range []struct {
		at, text string
		into     *time.Duration
	}{{"/late", e.Late, &l.Late}, {"/patience", e.Patience, &l.Patience}} {
		if d.text == "" && d.at == "/patience" {
			continue // nobody else is told
		}
		var err error
		if *d.into, err = parseDuration(d.text); err != nil {
			return l, &fault{d.at, err.Error(), durationHint}
		}
	}
	return l, nil
}

func (e vendorEntry) vendor() (Vendor, error) {
	v := Vendor{ID: e.ID, Name: e.Name, Owner: e.Owner, Sponsor: e.Sponsor, Systems: e.Systems, Contacts: e.Contacts}
	for _, a := range e.Artefacts {
		one := VendorArtefact{ID: a.ID, Class: a.Class, Title: a.Title}
		if a.NeededBy != "" {
			var err error
			if one.NeededBy, err = certification.ParseDate(a.NeededBy); err != nil {
				return Vendor{}, fmt.Errorf("artefact %s: %w", a.ID, err)
			}
		}
		v.Artefacts = append(v.Artefacts, one)
	}
	return v, nil
}

func entryOf(v Vendor) vendorEntry {
	e := vendorEntry{
		ID: v.ID, Name: v.Name, Owner: v.Owner, Sponsor: v.Sponsor,
		// An absent list is an empty one.
		Systems: append([]string{}, v.Systems...), Contacts: append([]VendorContact{}, v.Contacts...), Artefacts: []artefactEntry{},
	}
	for _, a := range v.Artefacts {
		e.Artefacts = append(e.Artefacts, artefactEntry{a.ID, a.Class, a.Title, a.NeededBy.String()})
	}
	return e
}
