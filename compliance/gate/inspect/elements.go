package inspect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Elements says which texts at some place of an artefact are allowed: types of
// nodes, connectors, scopes. Path is a JSON pointer in which "*" is any one member
// or item and "**" any number of levels, such as "/*/type" or "/**/api/name".
type Elements struct {
	Name string `json:"name"` // for people: "node types"
	Path string `json:"path"`
	// Allow lists what may stand there, everything when empty; Deny what may not,
	// whatever Allow says. A "*" at the end stands for any ending.
	Allow []string `json:"allow,omitempty"`
	Deny  []string `json:"deny,omitempty"`
	// Optional says that an artefact may have nothing there.
	Optional bool `json:"optional,omitempty"`
}

// Permissions checks an artefact against every list.
func Permissions(lists []Elements, artefact []byte) Verdict {
	doc, err := decode(artefact)
	if err != nil {
		return unread("The artefact cannot be read: %v. Export it again.", err)
	}
	var wrong, used []string
	for _, l := range lists {
		w := walk{segments: Segments(l.Path), left: maxValues}
		w.from(doc, 0)
		if w.left <= 0 {
			return unread("The artefact is too large to be searched for %s. Export less at once.", l.Name)
		}
		if len(w.found) == 0 && !l.Optional {
			return empty("Nothing stands at %s, where the policy looks for %s. Export the whole artefact, or have the policy's path mended.", l.Path, l.Name)
		}
		bad := l.refused(w.found)
		if len(bad) > 0 {
			wrong = append(wrong, fmt.Sprintf("%s that it may not use: %s", l.Name, named(bad)))
		}
		used = append(used, fmt.Sprintf("%d %s", len(distinct(w.found)), l.Name))
	}
	if len(wrong) > 0 {
		return fail("It uses %s. Take them out, or ask for an exception.", strings.Join(wrong, "; "))
	}
	return pass("All that it uses is allowed: %s.", strings.Join(used, ", "))
}

// refused lists what is not allowed, each once and sorted.
func (l Elements) refused(found []string) []string {
	var out []string
	for _, name := range distinct(found) {
		if matches(l.Deny, name) || len(l.Allow) > 0 && !matches(l.Allow, name) {
			out = append(out, name)
		}
	}
	return out
}

func distinct(found []string) []string {
	out := slices.Clone(found)
	slices.Sort(out)
	return slices.Compact(out)
}

func matches(list []string, name string) bool {
	return slices.ContainsFunc(list, func(pattern string) bool {
		if start, open := strings.CutSuffix(pattern, "*"); open {
			return strings.HasPrefix(name, start)
		}
		return pattern == name
	})
}

// Segments are the steps of a path; nil for one that is none.
func Segments(path string) []string {
	if !strings.HasPrefix(path, "/") {
		return nil
	}
	out := strings.Split(path[1:], "/")
	for i, s := range out {
		out[i] = strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
	}
	return out
}

// walk collects what stands at a path. left bounds the steps: paths with several
// "**" could otherwise take an artefact's size to a power.
type walk struct {
	segments []string
	left     int
	found    []string
}

func (w *walk) from(v any, at int) {
	if w.left--; w.left <= 0 {
		return
	}
	if at == len(w.segments) {
		w.found = append(w.found, text(v))
		return
	}
	segment := w.segments[at]
	if segment == "**" {
		w.from(v, at+1)
	}
	next := at + 1
	if segment == "**" {
		next = at
	}
	every := segment == "*" || segment == "**"
	switch v := v.(type) {
	case map[string]any:
		for key, member := range v {
			if every || key == segment {
				w.from(member, next)
			}
		}
	case []any:
		for i, item := range v {
			if every || strconv.Itoa(i) == segment {
				w.from(item, next)
			}
		}
	}
}

// text is a value as lists name it. What is no text is nobody's allowed name.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprintf("no text (%T)", v)
}
