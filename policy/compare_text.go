package policy

import (
	"fmt"
	"slices"
)

// String is a difference on one line: + for what was added, - for what was removed
// and ~ for what changed, with its place and both values.
func (d Difference) String() string {
	place := d.Kind
	if d.Path != "" {
		place += ": " + d.Path
	}
	switch d.What {
	case Added:
		return fmt.Sprintf("+ %s  %s", place, d.New)
	case Removed:
		return fmt.Sprintf("- %s  %s", place, d.Old)
	}
	return fmt.Sprintf("~ %s  %s → %s", place, d.Old, d.New)
}

// Place is where a difference is, without what it says: values of the directory are
// about people.
func (d Difference) Place() string {
	if d.Path == "" {
		return d.Kind + " " + string(d.What)
	}
	return d.Kind + ": " + d.Path + " " + string(d.What)
}

// CompareRules says what rules say differently from others, whoever the people are.
func CompareRules(before, after *Rules) ([]Difference, error) {
	nobody := &Directory{}
	c, err := Compare(before, nobody, after, nobody)
	return c.Differences, err
}

// DirectoryPlaces are the places at which two directories differ, by opaque ids.
func DirectoryPlaces(rules *Rules, before, after *Directory) ([]string, error) {
	c, err := Compare(rules, before, rules, after)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range c.Differences {
		out = append(out, d.Place())
	}
	return slices.Compact(out), nil
}
