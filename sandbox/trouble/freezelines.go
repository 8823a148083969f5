package trouble

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const (
	kindCalendars = "calendars"
	kindSystems   = "systems"
	// alwaysOpen is the calendar of environments that had none.
	alwaysOpen = "freeze-now"
	// mark ends every line of a freeze, before the instant until which it lasts.
	mark = "# freeze now, until "
)

// spell is the time of a freeze, in whole minutes of UTC.
type spell struct{ from, until time.Time }

// line is a line of the freeze at a column of the file, counted from 1.
func (s spell) line(column int, format string, args ...any) string {
	return strings.Repeat(" ", column-1) + fmt.Sprintf(format, args...) + " " + mark + s.until.Format(time.RFC3339)
}

func (s spell) entry() string {
	const wall = "2006-01-02T15:04"
	return fmt.Sprintf(`- {name: freeze now, zone: UTC, start: %q, end: %q}`, s.from.Format(wall), s.until.Format(wall))
}

// insertion is lines that go before a line of a file, counted from 1.
type insertion struct {
	before int
	lines  []string
}

// into adds the freeze to the text of a file of this kind: to each of its calendars,
// or to each environment that has none. Text of another kind stays as it is.
func (s spell) into(text []byte, kind string) ([]byte, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	var all []insertion
	for _, doc := range file.Docs {
		if valueOf(doc.Body, "kind") != kind {
			continue
		}
		list, ok := nodeOf(doc.Body, kind).(*ast.SequenceNode)
		if !ok || list.IsFlowStyle || len(list.Values) == 0 {
			return nil, fmt.Errorf("%s is not a list with an entry a line", kind)
		}
		add := s.systems
		if kind == kindCalendars {
			add = s.calendars
		}
		more, err := add(list)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	lines := strings.SplitAfter(string(text), "\n")
	slices.SortStableFunc(all, func(a, b insertion) int { return b.before - a.before }) // from the end, so that numbers stay
	for _, i := range all {
		lines = slices.Insert(lines, i.before-1, strings.Join(i.lines, "\n")+"\n")
	}
	return []byte(strings.Join(lines, "")), nil
}

func (s spell) calendars(list *ast.SequenceNode) ([]insertion, error) {
	first := list.Start.Position
	all := []insertion{{first.Line, []string{
		s.line(first.Column, "- name: %s", alwaysOpen), s.line(first.Column+2, "zone: UTC"),
		s.line(first.Column+2, "freezes:"), s.line(first.Column+4, "%s", s.entry()),
	}}}
	for _, calendar := range list.Values {
		freezes, there := nodeOf(calendar, "freezes").(*ast.SequenceNode)
		if there && !freezes.IsFlowStyle && len(freezes.Values) > 0 {
			at := freezes.Start.Position
			all = append(all, insertion{at.Line, []string{s.line(at.Column, "%s", s.entry())}})
			continue
		}
		at, err := under(calendar)
		if err != nil || there {
			return nil, errors.Join(errors.New("a calendar is not written with an entry a line"), err)
		}
		all = append(all, insertion{at.line, []string{s.line(at.column, "freezes:"), s.line(at.column+2, "%s", s.entry())}})
	}
	return all, nil
}

func (s spell) systems(list *ast.SequenceNode) ([]insertion, error) {
	var all []insertion
	for _, system := range list.Values {
		environments, ok := nodeOf(system, "environments").(*ast.SequenceNode)
		if !ok {
			continue
		}
		for _, environment := range environments.Values {
			if nodeOf(environment, "calendar") != nil {
				continue
			}
			at, err := under(environment)
			if err != nil {
				return nil, err
			}
			all = append(all, insertion{at.line, []string{s.line(at.column, "calendar: %s", alwaysOpen)}})
		}
	}
	return all, nil
}

// without takes the lines of a freeze out of a text. The kind tells in which order:
// what is used is taken away after what uses it.
func without(text []byte, kind string) []byte {
	if !strings.Contains(string(text), "kind: "+kind) {
		return text
	}
	lines := slices.DeleteFunc(strings.SplitAfter(string(text), "\n"), func(l string) bool { return strings.Contains(l, mark) })
	return []byte(strings.Join(lines, ""))
}

type place struct{ line, column int }

// under is the place below the name of a mapping, where another key can go.
func under(node ast.Node) (place, error) {
	m, ok := node.(*ast.MappingNode)
	if !ok || m.IsFlowStyle {
		return place{}, errors.New("an entry is not written with a key a line")
	}
	for _, v := range m.Values {
		if v.Key.String() == "name" {
			at := v.Key.GetToken().Position
			return place{at.Line + 1, at.Column}, nil
		}
	}
	return place{}, errors.New("an entry has no name")
}

// nodeOf is the value of a key, nil where there is none.
func nodeOf(node ast.Node, key string) ast.Node {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		return nil
	}
	for _, v := range m.Values {
		if v.Key.String() == key {
			return v.Value
		}
	}
	return nil
}

func valueOf(node ast.Node, key string) string {
	if v := nodeOf(node, key); v != nil {
		return v.String()
	}
	return ""
}
