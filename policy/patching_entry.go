package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
)

// patchEntry is a file of kind patch.
type patchEntry struct {
	LookBack string            `json:"look_back"`
	Watch    string            `json:"watch"`
	Table    tableEntry        `json:"table"`
	Feeds    []feedEntry       `json:"feeds"`
	Classes  []patchClassEntry `json:"classes"`
	Targets  []PatchTarget     `json:"targets"`
	// Places are outside the rings.
	Places []PatchPlace       `json:"places,omitempty"`
	Suites []compliance.Suite `json:"suites"`
}

// The tables a policy can choose.
const (
	tableBOD = "bod-26-04" // CISA BOD 26-04
	tableOwn = "own"
)

type tableEntry struct {
	Name string          `json:"name"`
	Rows []tableRowEntry `json:"rows,omitempty"`
}

type tableRowEntry struct {
	Exploited   patch.Answer `json:"exploited"`
	Exposed     patch.Answer `json:"exposed"`
	Automatable patch.Answer `json:"automatable"`
	Impact      patch.Impact `json:"impact"`
	Days        int          `json:"days"` // 0: with the next upgrade
	Forensic    bool         `json:"forensic,omitempty"`
}

type feedEntry struct {
	ID      string              `json:"id"`
	Kind    compliance.FeedKind `json:"kind"`
	Address string              `json:"address"`
	MaxAge  string              `json:"max_age,omitempty"`
}

type patchClassEntry struct {
	Name         string               `json:"name"`
	Chain        string               `json:"chain"`
	Evidence     []patch.EvidenceKind `json:"evidence,omitempty"`
	Owner        compliance.PersonID  `json:"owner,omitempty"`
	Sponsor      compliance.PersonID  `json:"sponsor"`
	BackupMaxAge string               `json:"backup_max_age,omitempty"`
	// Products are as publishers of advisories name them.
	Products []patch.WantedProduct `json:"products,omitempty"`
	Rings    []ringEntry           `json:"rings"`
	Observe  *Observe              `json:"observe,omitempty"`
}

type ringEntry struct {
	Name       string   `json:"name"`
	Suites     []string `json:"suites"`
	WriteProbe string   `json:"write_probe"`
	Soak       string   `json:"soak,omitempty"`
	Duration   string   `json:"duration"`
	Attempts   int      `json:"attempts"`
	Critical   bool     `json:"critical,omitempty"`
}

// defaultFeedAge is a daily feed with two hours' grace (P17).
const defaultFeedAge = 26 * time.Hour

// complete writes out what stands where the file is silent.
func (e patchEntry) complete() patchEntry {
	e.Feeds, e.Classes = slices.Clone(e.Feeds), slices.Clone(e.Classes)
	for i := range e.Feeds {
		e.Feeds[i].MaxAge = cmp.Or(e.Feeds[i].MaxAge, defaultFeedAge.String())
	}
	for i := range e.Classes {
		if len(e.Classes[i].Evidence) == 0 {
			e.Classes[i].Evidence = patch.EvidenceKinds()
		}
	}
	return e
}

// class reads the durations. Those that cannot be read are told to wrong and
// stand as an hour, so that the rest can be judged.
func (e patchClassEntry) class(wrong func(at string, err error)) PatchClass {
	read := func(at, text string) time.Duration {
		if text == "" {
			return 0
		}
		d, err := parseDuration(text)
		if err != nil {
			wrong(at, err)
			return time.Hour
		}
		return d
	}
	c := PatchClass{
		Name: e.Name, Chain: e.Chain, Evidence: e.Evidence, Owner: e.Owner, Sponsor: e.Sponsor, Products: e.Products,
		BackupMaxAge: read("/backup_max_age", e.BackupMaxAge),
	}
	for i, r := range e.Rings {
		at := fmt.Sprintf("/rings/%d", i)
		c.Rings = append(c.Rings, patch.Ring{
			Name: r.Name, Suites: r.Suites, WriteProbe: r.WriteProbe, Attempts: r.Attempts, Critical: r.Critical,
			Soak: read(at+"/soak", r.Soak), Duration: read(at+"/duration", r.Duration),
		})
	}
	return c
}
