package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// walk compares the plain values of one kind of file.
type walk struct {
	kind  string
	found []Difference
}

// compare notes where two values differ. name is the field that holds them.
func (w *walk) compare(at, name string, before, after any) {
	if absent(before) && absent(after) || reflect.DeepEqual(before, after) {
		return
	}
	switch {
	case absent(before):
		w.note(at, Added, nil, after)
		return
	case absent(after):
		w.note(at, Removed, before, nil)
		return
	}
	switch a := before.(type) {
	case map[string]any:
		if b, ok := after.(map[string]any); ok {
			w.fields(at, a, b)
			return
		}
	case []any:
		if b, ok := after.([]any); ok {
			w.lists(at, name, a, b)
			return
		}
	}
	if elapsed(name) && sameElapsed(before, after) {
		return
	}
	w.note(at, Changed, before, after)
}

func (w *walk) note(at string, what Alteration, before, after any) {
	w.found = append(w.found, Difference{w.kind, at, what, compact(before), compact(after)})
}

// fields compares two mappings, the fields in the order of their names.
func (w *walk) fields(at string, before, after map[string]any) {
	names := append(sortedKeys(before), sortedKeys(after)...)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		w.compare(strings.TrimPrefix(at+"."+name, "."), name, before[name], after[name])
	}
}

// lists compares two lists: entries that have a name by their names, others as
// the values they are.
func (w *walk) lists(at, name string, before, after []any) {
	key, keyed := w.identity(before, after)
	nameOf := func(v any) string {
		if keyed {
			return compact(v.(map[string]any)[key])
		}
		return compact(v)
	}
	index := func(list []any) ([]string, map[string]any) {
		var order []string
		byName := map[string]any{}
		for _, v := range list {
			order, byName[nameOf(v)] = append(order, nameOf(v)), v
		}
		return order, byName
	}
	oldOrder, olds := index(before)
	newOrder, news := index(after)
	inside := func(n string) string {
		if !keyed {
			return at
		}
		if at == "" {
			return n
		}
		return at + "[" + n + "]"
	}
	for _, n := range oldOrder {
		if _, stays := news[n]; !stays {
			w.note(inside(n), Removed, olds[n], nil)
		}
	}
	for _, n := range newOrder {
		if _, was := olds[n]; !was {
			w.note(inside(n), Added, nil, news[n])
		} else if keyed {
			w.compare(inside(n), "", olds[n], news[n])
		}
	}
	stayed := func(order []string) []string {
		return slices.DeleteFunc(slices.Clone(order), func(n string) bool {
			_, was := olds[n]
			_, is := news[n]
			return !was || !is
		})
	}
	if a, b := stayed(oldOrder), stayed(newOrder); !unordered(name) && !slices.Equal(a, b) {
		w.note(at, Reordered, strings.Join(a, ", "), strings.Join(b, ", "))
	}
}

// identity finds the field by which the entries of both lists are told apart. The
// id of a field is the tracker's, so there the name counts.
func (w *walk) identity(lists ...[]any) (string, bool) {
	keys := []string{"id", "name", "version", "severity", "offset"}
	if w.kind == kindFields {
		keys = []string{"name"}
	}
	for _, key := range keys {
		good := true
		for _, list := range lists {
			seen := map[string]bool{}
			for _, v := range list {
				m, _ := v.(map[string]any)
				n := compact(m[key])
				good = good && n != "" && !seen[n]
				seen[n] = true
			}
		}
		if good {
			return key, true
		}
	}
	return "", false
}

// unordered reports whether the order of a list of that name means nothing.
func unordered(name string) bool {
	return slices.Contains([]string{
		"groups", "systems", "environments", "risks", "days", "windows", "freezes", "deputies", "holidays",
		"grace_approvers", "audience", "done", "wont_do", "evidence", "contacts", "artefacts", "products", "rows", "overrides", "controls", "approvers", "warn",
	}, name)
}

// elapsed reports whether a field of that name holds a duration, of which one
// can be written in several ways.
func elapsed(name string) bool {
	return slices.Contains([]string{
		"validity", "resubmit", "deadline", "duration", "delay", "pause", "again", "handover", "flap", "look_back", "ack_for", "max_snooze",
		"hold_limit", "review_within", "actions_within", "max_age", "backup_max_age", "watch", "soak", "late", "patience",
	}, name)
}

func sameElapsed(before, after any) bool {
	a, err := parseDuration(fmt.Sprint(before))
	b, err2 := parseDuration(fmt.Sprint(after))
	return err == nil && err2 == nil && a == b
}

// absent reports whether a value says what its absence says.
func absent(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func compact(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	data, err := json.Marshal(v)
	if err != nil { // what was read from JSON can be written
		return fmt.Sprint(v)
	}
	return string(data)
}
