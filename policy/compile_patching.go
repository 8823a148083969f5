package policy

import (
	"errors"
	"fmt"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// patching is a compiled file of kind patch.
type patching struct {
	Patching
	classes map[string]PatchClass
	targets []PatchTarget
	places  []PatchPlace
	suites  map[string]compliance.Suite
	looks   map[string]time.Duration // by class
}

func compilePatching(e patchEntry) (*patching, error) {
	out := &patching{classes: map[string]PatchClass{}, targets: e.Targets, places: e.Places, suites: map[string]compliance.Suite{}, looks: e.looks()}
	var errs []error
	read := func(text string) time.Duration {
		d, err := parseDuration(text)
		errs = append(errs, err)
		return d
	}
	out.LookBack, out.Watch = read(e.LookBack), read(e.Watch)
	for _, f := range e.Feeds {
		out.Feeds = append(out.Feeds, PatchFeed{Feed: compliance.Feed{ID: f.ID, Kind: f.Kind, Address: f.Address}, MaxAge: read(f.MaxAge)})
	}
	for _, c := range e.Classes {
		out.classes[c.Name] = c.class(func(at string, err error) { errs = append(errs, fmt.Errorf("class %s%s: %w", c.Name, at, err)) })
	}
	for _, suite := range e.Suites {
		out.suites[suite.Name] = suite
	}
	var err error
	out.Table, err = e.Table.table()
	return out, errors.Join(append(errs, err)...)
}
