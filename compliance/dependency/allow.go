package dependency

import (
	"fmt"
	"slices"
	"time"
)

// Allow judges a manifest by the list of packages that are allowed at an instant.
// Every package that is not allowed is named; entries that have ended do not count.
// A manifest that names ranges only never passes: what they resolve to is unknown.
func Allow(m Manifest, rules Rules, now time.Time) Verdict {
	list, faults := rules.compile()
	if len(faults) > 0 {
		return broken(m, RulesUnreadable, fmt.Sprintf("entry %d: %s", faults[0].At+1, faults[0].Detail))
	}
	v := judged(m)
	for _, c := range m.Components {
		why, detail := list.judge(c, rules.sources(), now)
		v.add(c, why, detail)
	}
	return v.whole(m)
}

// judge gives why a component is not allowed, or OK.
func (a allowed) judge(c Component, sources []string, now time.Time) (Reason, string) {
	if c.Source != "" && !slices.Contains(sources, c.Source) {
		return ForeignSource, "fetched from " + c.Source
	}
	if c.Package == "" {
		return Unnamed, ""
	}
	entries := a.entries(c.Package)
	if len(entries) == 0 {
		return Unlisted, ""
	}
	open := slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.ended(now) })
	covers := func(e entry) bool { return e.covers(c.Version) }
	switch i := slices.IndexFunc(entries, covers); {
	case c.Version == "" && slices.ContainsFunc(open, func(e entry) bool { return e.Versions == "" }):
		return OK, ""
	case c.Version == "":
		return Unpinned, ""
	case slices.ContainsFunc(open, covers):
		return OK, ""
	case i >= 0:
		return EntryEnded, "until " + entries[i].Until.UTC().Format(time.RFC3339)
	}
	return VersionNotAllowed, "allowed: " + versions(entries)
}
