package jiratest

import (
	"fmt"
	"slices"
	"strconv"
)

// IssueType is a type of issue with a workflow and screens of its own.
type IssueType struct {
	Name string
	// Project is the key of the project it belongs to. Default Options.Project.
	Project string
	// Statuses are the names of the workflow's statuses; a new issue is in the
	// first. Types may share a status: on Jira a status is the site's.
	Statuses []string
	// Done are those of Statuses that Jira counts as done.
	Done []string
	// Transitions are the workflow's edges. Default: into every status from every
	// status; into a done one over a screen that requires a resolution.
	Transitions []Transition
	// Fields are the type's own fields besides those that always exist.
	Fields []Field

	resolutions []string // the site's
}

// completeTypes puts the type of the changes first and fills in defaults.
func (o *Options) completeTypes() {
	changes := IssueType{Name: o.IssueType, Project: o.Project, Statuses: o.Statuses, Transitions: o.Transitions, Fields: o.Fields}
	changes.resolutions = o.Resolutions
	types := []IssueType{changes}
	for n, t := range o.Types {
		t.resolutions = o.Resolutions
		if t.Project == "" {
			t.Project = o.Project
		}
		if len(t.Transitions) == 0 {
			for m, status := range t.Statuses {
				way := Transition{ID: strconv.Itoa(1000*(n+1) + 11 + 10*m), Name: "To " + status, To: status}
				if slices.Contains(t.Done, status) {
					way.Required = []string{"resolution"}
				}
				t.Transitions = append(t.Transitions, way)
			}
		}
		types = append(types, t)
	}
	o.Types = types
}

func (t IssueType) check() error {
	ids := map[string]bool{}
	for _, way := range t.Transitions {
		if way.ID == "" || ids[way.ID] || !slices.Contains(t.Statuses, way.To) || (way.From != "" && !slices.Contains(t.Statuses, way.From)) {
			return fmt.Errorf("jiratest: transition %q (id %q): its id must be unique and its statuses must exist", way.Name, way.ID)
		}
		ids[way.ID] = true
	}
	for _, status := range t.Done {
		if !slices.Contains(t.Statuses, status) {
			return fmt.Errorf("jiratest: issue type %s: the status %q does not exist", t.Name, status)
		}
	}
	if t.Name == "" || len(t.Statuses) == 0 {
		return fmt.Errorf("jiratest: issue type %q has no name or no statuses", t.Name)
	}
	return nil
}

// ways are the transitions out of a status. A global one into the status
// itself is offered too, as Jira does.
func (t IssueType) ways(status string) []Transition {
	var ways []Transition
	for _, way := range t.Transitions {
		if way.From == "" || way.From == status {
			ways = append(ways, way)
		}
	}
	return ways
}

// field returns the field with that id, false when it is not on the screens.
func (t IssueType) field(id string) (Field, bool) {
	for _, f := range t.Fields {
		if f.ID == id {
			return f, !f.NotOnScreen
		}
	}
	f, ok := systemField(id)
	if id == "resolution" {
		f.Options = t.resolutions
	}
	return f, ok
}

// named returns the field with that name in the mapping, or that id.
func (t IssueType) named(name string) (Field, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return t.field(name)
}

// nameOf is the name of a field in the mapping, its id when it has none.
func (t IssueType) nameOf(id string) string {
	for _, f := range t.Fields {
		if f.ID == id {
			return f.Name
		}
	}
	return id
}

// typeOf is an issue's type; one that is not configured any more counts as a change.
func (s *Server) typeOf(i *issue) IssueType {
	for _, t := range s.o.Types[1:] {
		if i.Type == t.Name && i.Project == t.Project {
			return t
		}
	}
	return s.o.Types[0]
}

// typeNamed finds a type by the name that people use.
func (s *Server) typeNamed(name string) (IssueType, error) {
	for _, t := range s.o.Types {
		if equalFold(t.Name, name) {
			return t, nil
		}
	}
	return IssueType{}, fmt.Errorf("jiratest: there is no issue type %q", name)
}

// projects are the site's, the changes' first.
func (s *Server) projects() []string {
	var all []string
	for _, t := range s.o.Types {
		if !slices.Contains(all, t.Project) {
			all = append(all, t.Project)
		}
	}
	return all
}

func (s *Server) projectID(key string) string {
	return itoa(10000 + slices.Index(s.projects(), key))
}

func (s *Server) issueTypeID(t IssueType) string {
	return itoa(10001 + slices.IndexFunc(s.o.Types, func(o IssueType) bool { return o.Name == t.Name && o.Project == t.Project }))
}

// statuses are the site's, the changes' first.
func (s *Server) statuses() []string {
	var all []string
	for _, t := range s.o.Types {
		for _, status := range t.Statuses {
			if !slices.Contains(all, status) {
				all = append(all, status)
			}
		}
	}
	return all
}
