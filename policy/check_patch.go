package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// patch checks what rollouts reach, in which rings, and by which deadlines.
func (c *check) patch(k known) *patchEntry {
	e, ok := document[patchEntry](c, kindPatch)
	if !ok {
		return nil
	}
	period(c, e, "/look_back", e.value.LookBack)
	period(c, e, "/watch", e.value.Watch)
	c.table(part(e, "/table", e.value.Table))
	c.feeds(e)
	classes := unique(c, parts(e, "classes", e.value.Classes), "name", "class", func(p patchClassEntry) string { return p.Name })
	for _, class := range classes {
		refer(c, class, "/chain", class.value.Chain, k.chains)
		refer(c, class, "/sponsor", string(class.value.Sponsor), k.people.persons)
		observe(c, class, class.value.Observe)
		if class.value.Owner != "" {
			refer(c, class, "/owner", string(class.value.Owner), k.people.persons)
		}
	}
	targets := unique(c, parts(e, "targets", e.value.Targets), "id", "target", func(t PatchTarget) string { return t.ID })
	placed := len(targets) == len(e.value.Targets)
	for _, t := range targets {
		placed = c.patchTarget(t, k, classes) && placed
	}
	c.oneEnvironment(targets)
	c.plans(classes, targets, placed)
	c.patchPlaces(e, k, classes, targets, placed)
	c.suites(e, classes)
	done := e.value.complete()
	return &done
}

// oneEnvironment wants the targets of a ring in one system to share an
// environment: its calendar says when the ring may start.
func (c *check) oneEnvironment(targets []entry[PatchTarget]) {
	first := map[[3]string]PatchTarget{}
	for _, t := range targets {
		at := [3]string{t.value.System, t.value.Class, t.value.Ring}
		f, ok := first[at]
		switch {
		case !ok:
			first[at] = t.value
		case f.Environment != t.value.Environment:
			t.report(c, "/environment", fmt.Sprintf("the ring %q holds %s in the environment %q as well", t.value.Ring, f.ID, f.Environment),
				"a ring starts by one calendar; give this environment a ring of its own")
		}
	}
}

func (c *check) table(e entry[tableEntry]) {
	switch {
	case e.value.Name == tableBOD && len(e.value.Rows) > 0:
		e.report(c, "/rows", "the table "+tableBOD+" has its rows already", "write name: own, or leave the rows out")
		return
	case e.value.Name == tableBOD:
		return
	}
	missing := inputsOf()
	sound := true
	for i, r := range e.value.Rows {
		at := slices.Index(missing, r.inputs())
		if at < 0 {
			e.report(c, fmt.Sprintf("/rows/%d", i), "this row stands twice: "+question(r.inputs()), "every combination stands once")
			sound = false
			continue
		}
		missing = slices.Delete(missing, at, at+1)
		if r.Days == 0 && r.Forensic {
			e.report(c, fmt.Sprintf("/rows/%d/forensic", i), "forensics without a deadline", "give days, or leave forensic out")
			sound = false
		}
	}
	if len(missing) > 0 {
		e.report(c, "/rows", fmt.Sprintf("%d of 16 rows are missing, the first: %s", len(missing), question(missing[0])), "every combination needs a row, so that no vulnerability is without a deadline")
		return
	}
	if _, err := e.value.table(); err != nil && sound {
		e.report(c, "/rows", err.Error(), "")
	}
}

func (c *check) feeds(e entry[patchEntry]) {
	feeds := unique(c, parts(e, "feeds", e.value.Feeds), "id", "feed", func(f feedEntry) string { return f.ID })
	catalogues := 0
	for _, f := range feeds {
		if f.value.MaxAge != "" {
			period(c, f, "/max_age", f.value.MaxAge)
		}
		if why := wrongAddress(f.value.Address); why != "" {
			f.report(c, "/address", why, `write "https://…", or the whole path of a file that something else fetches`)
		}
		if f.value.Kind == compliance.FeedKEV {
			if catalogues++; catalogues > 1 {
				f.report(c, "/kind", "a second catalogue of exploited vulnerabilities", "deadlines rest on one; remove the other")
			}
		}
	}
	if catalogues == 0 {
		e.report(c, "/feeds", "there is no catalogue of exploited vulnerabilities", "add a feed of kind kev: without it every vulnerability counts as not known to be exploited")
	}
}

// wrongAddress says what is wrong with the address of a feed, without repeating
// it: it may hold a password. Stand-ins are on this machine and need no TLS.
func wrongAddress(address string) string {
	if strings.HasPrefix(address, "/") {
		return ""
	}
	rest, ok := strings.CutPrefix(address, "https://")
	if plain, local := strings.CutPrefix(address, "http://"); local {
		rest = plain
		ok = strings.HasPrefix(plain, "127.0.0.1:") || strings.HasPrefix(plain, "[::1]:")
	}
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case !ok:
		return "the address is neither https nor a file"
	case strings.Contains(host, "@"):
		return "an address holds no user and no password"
	case host == "" || strings.ContainsAny(address, " \t\n"):
		return "this is no address"
	}
	return ""
}

// suites checks the test suites and that every ring's are there.
func (c *check) suites(e entry[patchEntry], classes []entry[patchClassEntry]) {
	suites := unique(c, parts(e, "suites", e.value.Suites), "name", "suite", func(s compliance.Suite) string { return s.Name })
	for _, s := range suites {
		for _, err := range s.value.Check() {
			s.report(c, "", err.Error(), "")
		}
	}
	known := localNames("suite", suites, func(s compliance.Suite) string { return s.Name })
	for _, class := range classes {
		for i, r := range class.value.Rings {
			for j, name := range r.Suites {
				if name != "" {
					refer(c, class, fmt.Sprintf("/rings/%d/suites/%d", i, j), name, known)
				}
			}
		}
	}
}
