package jira

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// KindConfig is how the site holds one kind of ticket that is no change.
type KindConfig struct {
	// Project and IssueType are where tickets of the kind are opened and by what
	// they are told apart in webhooks. No two kinds have both in common.
	Project   string
	IssueType string
	// Statuses maps every logical status of the kind to Jira's, each to another one.
	Statuses map[string]string
	// Done and WontDo are the names of the resolutions that say that the thing
	// was done, or never will be; the first of each is the one we set. A
	// resolution in neither is ResolvedOther.
	Done   []string
	WontDo []string
	// Fields maps the kind's fields. Optional: what is not mapped is written into
	// the description.
	Fields []FieldMap
}

// kind returns how the site holds a kind of ticket, a change like any other.
func (c *Client) kind(op string, k compliance.TicketKind) (KindConfig, error) {
	if k == compliance.TicketChange {
		return KindConfig{Project: c.cfg.Project, IssueType: c.cfg.IssueType, Statuses: c.cfg.Statuses, Fields: c.cfg.Fields}, nil
	}
	cfg, ok := c.cfg.Kinds[k]
	switch {
	case !k.Known():
		return KindConfig{}, invalid(op, "there is no kind of ticket %q", k)
	case !ok:
		return KindConfig{}, blocked(op, "the policy does not say how Jira holds tickets of kind %q: add tickets.kinds.%s to the organisation", k, k)
	}
	return cfg, nil
}

// kindOf tells which kind an issue is by its key and type. Everything that is
// no other kind counts as a change, whatever its type.
func (c Config) kindOf(key, issueType string) compliance.TicketKind {
	for _, k := range compliance.TicketKinds() {
		cfg, ok := c.Kinds[k]
		if ok && strings.HasPrefix(key, cfg.Project+"-") && strings.EqualFold(cfg.IssueType, issueType) {
			return k
		}
	}
	return compliance.TicketChange
}

// projects lists the projects that hold tickets of any kind.
func (c Config) projects() []string {
	all := []string{c.Project}
	for _, k := range compliance.TicketKinds() {
		if cfg, ok := c.Kinds[k]; ok {
			all = append(all, cfg.Project)
		}
	}
	return all
}

// logicalOf returns the organisation's name of a status, and whether it has one.
func logicalOf(statuses map[string]string, name string) (string, bool) {
	found, ok := "", false
	for logical, mapped := range statuses {
		// Two logical names of a change may share a status; the alphabet decides which is read.
		if strings.EqualFold(mapped, name) && (!ok || logical < found) {
			found, ok = logical, true
		}
	}
	return found, ok
}

// shownStatus is the status that is read: the logical one, else Jira's own, in
// quotes where it could be taken for a logical one.
func shownStatus(kind compliance.TicketKind, statuses map[string]string, name string) string {
	logical, ok := logicalOf(statuses, name)
	switch {
	case ok:
		return logical
	case slices.Contains(kind.Statuses(), name):
		return strconv.Quote(name)
	}
	return name
}

// resolution says how an issue ended, empty while it is open. A resolution that
// an issue kept when it was opened again counts for nothing, and one that the
// policy does not list is not taken for done.
func (k KindConfig) resolution(kind compliance.TicketKind, issue issueAnswer) string {
	logical, _ := logicalOf(k.Statuses, issue.status())
	ends, name := kind.Ends(logical), issue.name("resolution")
	switch {
	case ends == "" && !issue.ended():
		return ""
	case ends == compliance.ResolvedWontDo, holds(k.WontDo, name):
		return compliance.ResolvedWontDo
	case holds(k.Done, name), name == "" && ends == compliance.ResolvedDone:
		return compliance.ResolvedDone
	}
	return compliance.ResolvedOther
}

func holds(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

func (c Config) checkKinds() []error {
	var errs []error
	bad := func(k compliance.TicketKind, format string, args ...any) {
		errs = append(errs, fmt.Errorf("jira: kind %q: "+format, append([]any{k}, args...)...))
	}
	taken := map[string]compliance.TicketKind{}
	place := func(project, issueType string) string { return project + "\x00" + strings.ToLower(issueType) }
	taken[place(c.Project, c.IssueType)] = "change"
	for _, k := range slices.Sorted(maps.Keys(c.Kinds)) {
		cfg := c.Kinds[k]
		if k == compliance.TicketChange || !k.Known() {
			bad(k, "there is no such kind besides changes; there are %v", compliance.TicketKinds())
			continue
		}
		if !projectPattern.MatchString(cfg.Project) {
			bad(k, "project %q: give the key of a project, such as \"OPS\"", cfg.Project)
		}
		if cfg.IssueType == "" {
			bad(k, "issue type: give its name, such as \"Task\"")
		}
		if other, twice := taken[place(cfg.Project, cfg.IssueType)]; twice {
			bad(k, "issue type %q in %s is that of %s already: give it another type or project", cfg.IssueType, cfg.Project, other)
		}
		taken[place(cfg.Project, cfg.IssueType)] = k
		seen := map[string]bool{}
		for _, logical := range k.Statuses() {
			name := strings.ToLower(cfg.Statuses[logical])
			if name == "" || seen[name] {
				bad(k, "status %q is mapped to %q: give each logical status a status of its own", logical, cfg.Statuses[logical])
			}
			seen[name] = true
		}
		if len(cfg.Done) == 0 || len(cfg.WontDo) == 0 {
			bad(k, "name the resolutions that mean done, and those that mean won't do")
		}
		for _, err := range (Config{Fields: cfg.Fields}).checkFields() {
			bad(k, "%w", err)
		}
	}
	return errs
}
