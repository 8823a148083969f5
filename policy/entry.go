package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// entry is a decoded item with its place.
type entry[T any] struct {
	value T
	tree  *tree
	at    string // JSON pointer
}

// report notes a problem at a place inside the entry, such as "/levels/0".
func (e entry[T]) report(c *check, inside, text, hint string) {
	c.add(e.tree.problem(e.at+inside, text, hint))
}

// entries decodes the list under key of every file of a kind, in the order of
// the files' names.
func entries[T any](c *check, kind, key string) []entry[T] {
	var out []entry[T]
	for _, t := range c.byKind[kind] {
		list, _ := t.root.(map[string]any)[key].([]any)
		for i, item := range list {
			e := entry[T]{tree: t, at: "/" + key + "/" + strconv.Itoa(i)}
			if decode(c, t, e.at, item, &e.value) {
				out = append(out, e)
			}
		}
	}
	return out
}

// decode puts a value that its schema has passed into a struct. A field the
// struct lacks is an error here too, so that schema and struct cannot drift
// apart unseen.
func decode(c *check, t *tree, at string, from, into any) bool {
	data, err := json.Marshal(from)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		err = d.Decode(into)
	}
	if err != nil {
		c.add(t.problem(at, "cannot be read: "+err.Error(), "check the value"))
	}
	return err == nil
}

// unique reports the second of two entries with the same name and returns the
// list without it.
func unique[T any](c *check, list []entry[T], field, what string, name func(T) string) []entry[T] {
	first := map[string]entry[T]{}
	var out []entry[T]
	for _, e := range list {
		n := name(e.value)
		if f, twice := first[n]; twice {
			e.report(c, "/"+field, fmt.Sprintf("the %s %q is defined twice", what, n), fmt.Sprintf("the first is at %s:%d; rename or remove one", f.tree.file, f.tree.line(f.at)))
			continue
		}
		first[n] = e
		out = append(out, e)
	}
	return out
}

// names lists what may be referred to; known is false when it cannot be told
// because a file of that kind could not be read.
type names struct {
	list  []string
	known bool
	what  string
}

func namesOf[T any](c *check, kind, what string, list []entry[T], name func(T) string) names {
	n := names{known: !c.unsound[kind], what: what}
	for _, e := range list {
		n.list = append(n.list, name(e.value))
	}
	slices.Sort(n.list)
	n.list = slices.Compact(n.list)
	return n
}

func (n names) has(name string) bool {
	_, found := slices.BinarySearch(n.list, name)
	return found || !n.known
}

// refer reports a reference that leads nowhere.
func refer[T any](c *check, e entry[T], inside, name string, to names) bool {
	if to.has(name) {
		return true
	}
	e.report(c, inside, fmt.Sprintf("there is no %s %q", to.what, name), meant(name, to.list, to.what))
	return false
}

// period reports a duration that cannot be read or is not positive.
func period[T any](c *check, e entry[T], inside, text string) (time.Duration, bool) {
	d, err := parseDuration(text)
	if err != nil {
		e.report(c, inside, err.Error(), `write "48h", "90m" or "14d" (a day is 24 hours)`)
	}
	return d, err == nil
}
