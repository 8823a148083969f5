package policy

import (
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/certification"
)

// Assurance is what the organisation wants of its vendors: which documents,
// who answers for each, by which ladder, and what the lack of one blocks. A
// policy without a file of kind artefacts has the zero Assurance.
type Assurance struct {
	// Channel is the logical channel in which cards about artefacts appear.
	Channel string
	// Fallback is told when nobody else can be reached.
	Fallback compliance.PersonID
	// Approvers are the groups whose members decide on grace.
	Approvers []string
	// Vendors are sorted by id.
	Vendors []Vendor
}

// Vendor is somebody whose product or service systems rest on.
type Vendor struct {
	ID      string
	Name    string
	Sponsor compliance.PersonID // answers for the vendor being used at all
	// Systems are those that rest on the vendor: a change to one of them waits
	// while the vendor lacks cover (A9).
	Systems   []string
	Artefacts []Artefact // sorted by id
}

// Artefact is one document that a vendor has to keep current.
type Artefact struct {
	ID     string
	Title  string
	Owner  compliance.PersonID
	Ladder certification.Ladder
	// NeededBy is the last day on which the first one may be missing; none when
	// people alone ask for it.
	NeededBy certification.Date
}

// Artefact finds a document of the vendor by id.
func (v Vendor) Artefact(id string) (Artefact, bool) {
	for _, a := range v.Artefacts {
		if a.ID == id {
			return a, true
		}
	}
	return Artefact{}, false
}

// Serves reports whether the system rests on the vendor.
func (v Vendor) Serves(system string) bool { return slices.Contains(v.Systems, system) }

// DefaultLadder is the name of the ladder that every policy has.
const DefaultLadder = "default"

// Assurance returns what is wanted of vendors.
func (r *Rules) Assurance() Assurance {
	a := r.assurance
	a.Approvers = slices.Clone(a.Approvers)
	a.Vendors = slices.Clone(a.Vendors)
	for i := range a.Vendors {
		a.Vendors[i] = a.Vendors[i].clone()
	}
	return a
}

// Vendor returns the vendor with this id.
func (r *Rules) Vendor(id string) (Vendor, bool) {
	for _, v := range r.assurance.Vendors {
		if v.ID == id {
			return v.clone(), true
		}
	}
	return Vendor{}, false
}

// Serving returns the vendors that a system rests on.
func (r *Rules) Serving(system string) []Vendor {
	var out []Vendor
	for _, v := range r.assurance.Vendors {
		if v.Serves(system) {
			out = append(out, v.clone())
		}
	}
	return out
}

// Ladder returns the ladder of that name; "default" always exists.
func (r *Rules) Ladder(name string) (certification.Ladder, bool) {
	l, ok := r.ladders[name]
	if !ok && name == DefaultLadder {
		return certification.DefaultLadder(), true
	}
	return l, ok
}

func (v Vendor) clone() Vendor {
	v.Systems = slices.Clone(v.Systems)
	v.Artefacts = slices.Clone(v.Artefacts)
	return v
}

// artefactsEntry is the file of kind artefacts.
type artefactsEntry struct {
	Channel   string              `json:"channel"`
	Fallback  compliance.PersonID `json:"fallback"`
	Approvers []string            `json:"approvers"`
	Ladders   []ladderEntry       `json:"ladders,omitempty"`
	Vendors   []vendorEntry       `json:"vendors"`
}

type ladderEntry struct {
	Name     string      `json:"name"`
	Rungs    []rungEntry `json:"rungs"`
	After    rungEntry   `json:"after"`
	Every    int         `json:"every,omitempty"`     // days; 7 when left out
	Hour     *int        `json:"hour,omitempty"`      // 9 when left out
	Late     string      `json:"late,omitempty"`      // 1h when left out
	Patience string      `json:"patience,omitempty"`  // 72h when left out, "none" for nobody else
	MaxGrace *int        `json:"max_grace,omitempty"` // days; 90 when left out
}

type rungEntry struct {
	Offset   int                  `json:"offset,omitempty"`
	Action   certification.Action `json:"action"`
	Audience []certification.Role `json:"audience"`
}

type vendorEntry struct {
	ID        string              `json:"id"`
	Name      string              `json:"name"`
	Sponsor   compliance.PersonID `json:"sponsor"`
	Systems   []string            `json:"systems,omitempty"`
	Artefacts []artefactEntry     `json:"artefacts,omitempty"`
}

type artefactEntry struct {
	ID       string              `json:"id"`
	Title    string              `json:"title"`
	Owner    compliance.PersonID `json:"owner"`
	Ladder   string              `json:"ladder,omitempty"` // "default" when left out
	NeededBy string              `json:"needed_by,omitempty"`
}

// ladder turns an entry into the ladder it means, with the defaults filled in.
func (e ladderEntry) ladder() (certification.Ladder, error) {
	l := certification.DefaultLadder()
	l.Rungs = nil
	for _, r := range e.Rungs {
		l.Rungs = append(l.Rungs, certification.Rung{Offset: r.Offset, Action: r.Action, Audience: r.Audience})
	}
	l.After = certification.Rung{Action: e.After.Action, Audience: e.After.Audience}
	if e.Every != 0 {
		l.Every = e.Every
	}
	if e.Hour != nil {
		l.Hour = *e.Hour
	}
	if e.MaxGrace != nil {
		l.MaxGrace = *e.MaxGrace
	}
	var err error
	if e.Late != "" {
		if l.Late, err = parseDuration(e.Late); err != nil {
			return l, err
		}
	}
	switch e.Patience {
	case "":
	case "none":
		l.Patience = 0
	default:
		if l.Patience, err = parseDuration(e.Patience); err != nil {
			return l, err
		}
	}
	return l, l.Check()
}

// compileAssurance turns the checked file into what is in force.
func (r *Rules) compileAssurance(e *artefactsEntry) error {
	r.ladders = map[string]certification.Ladder{}
	if e == nil {
		return nil
	}
	for _, l := range e.Ladders {
		ladder, err := l.ladder()
		if err != nil {
			return fmt.Errorf("ladder %s: %w", l.Name, err)
		}
		r.ladders[l.Name] = ladder
	}
	r.assurance = Assurance{Channel: e.Channel, Fallback: e.Fallback, Approvers: e.Approvers}
	for _, v := range e.Vendors {
		vendor := Vendor{ID: v.ID, Name: v.Name, Sponsor: v.Sponsor, Systems: v.Systems}
		for _, a := range v.Artefacts {
			artefact := Artefact{ID: a.ID, Title: a.Title, Owner: a.Owner}
			var ok bool
			if artefact.Ladder, ok = r.Ladder(nameOr(a.Ladder, DefaultLadder)); !ok {
				return fmt.Errorf("artefact %s of %s: there is no ladder %q", a.ID, v.ID, a.Ladder)
			}
			if a.NeededBy != "" {
				var err error
				if artefact.NeededBy, err = certification.ParseDate(a.NeededBy); err != nil {
					return fmt.Errorf("artefact %s of %s: %w", a.ID, v.ID, err)
				}
			}
			vendor.Artefacts = append(vendor.Artefacts, artefact)
		}
		r.assurance.Vendors = append(r.assurance.Vendors, vendor)
	}
	return nil
}

func nameOr(name, fallback string) string {
	if name == "" {
		return fallback
	}
	return name
}
