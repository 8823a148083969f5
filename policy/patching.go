package policy

import (
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// PatchTarget is one installation that rollouts reach.
type PatchTarget struct {
	ID          string `json:"id"`
	System      string `json:"system"`
	Environment string `json:"environment"` // of the system; its calendar says when
	Class       string `json:"class"`
	Ring        string `json:"ring"`     // of the class
	Platform    string `json:"platform"` // which capability reaches it, e.g. "node-red"
	// Address is the reference that the configuration resolves to an address and
	// a credential, e.g. "YARD_GATE" (PLATFORM_YARD_GATE_URL and _TOKEN). Neither
	// stands here.
	Address string `json:"address"`
	// Exposed is whether the public can reach it (P14); Impact what a
	// vulnerability gives control of where its advisory does not say.
	Exposed patch.Answer `json:"exposed"`
	Impact  patch.Impact `json:"impact,omitempty"`
	// Observe is optional; see Observed.
	Observe *Observe `json:"observe,omitempty"`
}

// Target is what the platforms capability is given.
func (t PatchTarget) Target() compliance.Target {
	return compliance.Target{ID: t.ID, Platform: t.Platform, Address: t.Address}
}

// PatchPlace is an installation outside the rings, of one class in one system.
type PatchPlace struct {
	ID       string   `json:"id"`
	System   string   `json:"system"`
	Class    string   `json:"class"`
	Use      PlaceUse `json:"use"`
	Platform string   `json:"platform"`
	Address  string   `json:"address"` // as PatchTarget.Address
}

// Place is how capabilities know the place.
func (p PatchPlace) Place() compliance.Target {
	return compliance.Target{ID: p.ID, Platform: p.Platform, Address: p.Address}
}

// PlaceUse is what a place is for.
type PlaceUse string

// The uses of a place.
const (
	PlaceSource  PlaceUse = "source"  // payloads are taken from here
	PlaceScratch PlaceUse = "scratch" // backups are restored here to prove them (P23)
)

// Inputs are what a deadline depends on for a vulnerability on this target:
// exposure is the target's, the rest the vulnerability's (P14).
func (t PatchTarget) Inputs(exploited, automatable patch.Answer, impact patch.Impact) patch.Inputs {
	if impact != patch.Partial && impact != patch.Total {
		impact = t.Impact
	}
	return patch.Inputs{Exploited: exploited, Exposed: t.Exposed, Automatable: automatable, Impact: impact}
}

// PatchClass is how rollouts to a class of targets go.
type PatchClass struct {
	Name  string
	Chain string // approval chain of the rollout's change (P27)
	// Evidence is which kinds a clock may start from (P13); all where none is named.
	Evidence []patch.EvidenceKind
	// Owner answers for the deadline; the system's owner when empty. Sponsor is
	// told from the deadline on (P19).
	Owner, Sponsor compliance.PersonID
	BackupMaxAge   time.Duration // for critical rings (P23); zero when no ring is critical
	Rings          []patch.Ring  // in order, without targets: see PatchPlan
	// Products are what publishers call that which runs on the targets: advisories
	// and catalogue entries about them concern the class. None when no feed does.
	Products []patch.WantedProduct
}

// PatchFeed is where known vulnerabilities are read from.
type PatchFeed struct {
	compliance.Feed
	// MaxAge is how old the last reading may be before the feed is stale (P17):
	// see patch.JudgeFeed.
	MaxAge time.Duration
}

// Patching is what holds for all rollouts.
type Patching struct {
	// LookBack is how long ago an advisory or a catalogue entry may be dated to
	// still open a rollout when its feed is read for the first time.
	LookBack time.Duration
	// Watch is how long a target is observed after the close (P25).
	Watch time.Duration
	// Table gives the deadlines (P14): BOD 26-04 or the organisation's own.
	Table patch.Table
	Feeds []PatchFeed // in the order of the file; exactly one of kind kev
}

// Rollout names the targets that one rollout goes to: those of a class in a system.
type Rollout struct{ Class, System string }

// Patching returns what holds for all rollouts; false when the policy has no
// file of kind patch, and then no classes and no targets either.
func (r *Rules) Patching() (Patching, bool) {
	if r.patching == nil {
		return Patching{}, false
	}
	p := r.patching.Patching
	p.Feeds = slices.Clone(p.Feeds)
	return p, true
}

// PatchClass returns a class by name. Every class that a target names exists.
func (r *Rules) PatchClass(name string) (PatchClass, bool) {
	if r.patching == nil {
		return PatchClass{}, false
	}
	c, ok := r.patching.classes[name]
	c.Evidence, c.Rings, c.Products = slices.Clone(c.Evidence), slices.Clone(c.Rings), slices.Clone(c.Products)
	for i := range c.Rings {
		c.Rings[i].Suites = slices.Clone(c.Rings[i].Suites)
	}
	return c, ok
}

// PatchTargets returns all targets in the order of the file, which is the order
// of deployment within a ring.
func (r *Rules) PatchTargets() []PatchTarget {
	if r.patching == nil {
		return nil
	}
	return slices.Clone(r.patching.targets)
}

// PatchPlaces returns the places outside the rings that belong to a rollout, in
// the order of the file.
func (r *Rules) PatchPlaces(of Rollout, use PlaceUse) []PatchPlace {
	var out []PatchPlace
	if r.patching == nil {
		return nil
	}
	for _, p := range r.patching.places {
		if p.Class == of.Class && p.System == of.System && p.Use == use {
			out = append(out, p)
		}
	}
	return out
}

// Suite returns a test suite by name. Every suite that a ring names exists.
func (r *Rules) Suite(name string) (compliance.Suite, bool) {
	if r.patching == nil {
		return compliance.Suite{}, false
	}
	s, ok := r.patching.suites[name]
	s.Cases = slices.Clone(s.Cases)
	return s, ok
}

// PatchTarget returns the target with this id.
func (r *Rules) PatchTarget(id string) (PatchTarget, bool) {
	for _, t := range r.PatchTargets() {
		if t.ID == id {
			return t, true
		}
	}
	return PatchTarget{}, false
}

// Rollouts lists which rollouts there can be, by class and system.
func (r *Rules) Rollouts() []Rollout {
	var out []Rollout
	for _, t := range r.PatchTargets() {
		if one := (Rollout{t.Class, t.System}); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

// PatchPlan is the ring plan by which a payload reaches the targets of a class
// in a system: what the approval is bound to. With a payload that is sound it
// passes its Check. False when there is no such rollout.
func (r *Rules) PatchPlan(of Rollout, payload patch.Payload) (patch.Plan, bool) {
	class, ok := r.PatchClass(of.Class)
	if !ok || !slices.Contains(r.Rollouts(), of) {
		return patch.Plan{}, false
	}
	return class.plan(r.PatchTargets(), of.System, payload), true
}

// PatchAudience is who is warned about a deadline on a target, as the directory
// says now (P19). Whoever has left is left out.
func (r *Rules) PatchAudience(t PatchTarget, d *Directory, now time.Time) patch.Audience {
	class, _ := r.PatchClass(t.Class)
	owner := class.Owner
	if owner == "" {
		owner = r.systems[t.System].Owner
	}
	active := func(id compliance.PersonID) compliance.PersonID {
		if p, ok := d.Person(id); ok && p.ActiveAt(now) {
			return id
		}
		return ""
	}
	manager := compliance.PersonID("")
	if p, ok := d.Person(owner); ok {
		manager = p.Manager
	}
	return patch.Audience{Owner: active(owner), Manager: active(manager), Sponsor: active(class.Sponsor)}
}

// plan puts the targets of a system into the rings.
func (c PatchClass) plan(targets []PatchTarget, system string, payload patch.Payload) patch.Plan {
	p := patch.Plan{Payload: payload, BackupMaxAge: c.BackupMaxAge}
	for _, ring := range c.Rings {
		ring.Targets = nil
		for _, t := range targets {
			if t.System == system && t.Class == c.Name && t.Ring == ring.Name {
				ring.Targets = append(ring.Targets, t.ID)
			}
		}
		p.Rings = append(p.Rings, ring)
	}
	return p
}
