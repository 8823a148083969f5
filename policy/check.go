package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// check collects everything that is wrong with a set of files. It goes on
// after a problem, but never reports one that only follows from another: what
// refers into a file that could not be read is not judged.
type check struct {
	problems Problems
	byKind   map[string][]*tree
	unsound  map[string]bool // kinds of which some file could not be read
	zones    zoneCache
}

func newCheck(f files) *check {
	c := &check{
		problems: slices.Clone(f.problems),
		byKind:   map[string][]*tree{}, unsound: map[string]bool{}, zones: zoneCache{},
	}
	for _, p := range f.problems {
		c.spoil(p.File)
	}
	for _, name := range f.names {
		c.file(name, f.data[name])
	}
	for _, kind := range []string{kindOrganisation, kindSystems, kindChains, kindRouting, kindFields} {
		c.present(rulesFolder, kind)
	}
	for _, kind := range DirectoryKinds() {
		c.present(directoryFolder, kind)
	}
	for _, kind := range []string{kindOrganisation, kindRouting, kindFields} {
		c.single(kind)
	}
	return c
}

func (c *check) add(p Problem) { c.problems = append(c.problems, p) }

// broken reports whether a problem lies in a file whose name begins so.
func (c *check) broken(prefix string) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool {
		return strings.HasPrefix(p.File+"/", prefix)
	})
}

// spoil marks every kind that a file nobody could read may have held.
func (c *check) spoil(file string) {
	kinds := Kinds()
	if strings.HasPrefix(file, directoryFolder) {
		kinds = DirectoryKinds()
	}
	for _, k := range kinds {
		c.unsound[k] = true
	}
}

// file reads one file up to the point at which its content can be decoded.
func (c *check) file(name string, data []byte) {
	t, problems := parseTree(name, data)
	if len(problems) > 0 {
		c.problems = append(c.problems, problems...)
		c.spoil(name)
		return
	}
	kind, problem := header(t)
	if problem != nil {
		c.add(*problem)
		c.spoil(name)
		return
	}
	if problems := schemas().validate(t, kind); len(problems) > 0 {
		c.problems = append(c.problems, problems...)
		c.unsound[kind] = true
		return
	}
	c.byKind[kind] = append(c.byKind[kind], t)
}

// header finds out what a file is about.
func header(t *tree) (string, *Problem) {
	wrong := func(at, text, hint string) (string, *Problem) {
		p := t.problem(at, text, hint)
		return "", &p
	}
	root, ok := t.root.(map[string]any)
	if !ok {
		return wrong("", "a policy file is a mapping", "begin with apiVersion: "+apiVersion+" and kind")
	}
	known, folder := Kinds(), rulesFolder
	if strings.HasPrefix(t.file, directoryFolder+"/") {
		known, folder = DirectoryKinds(), directoryFolder
	}
	version, kind := root["apiVersion"], root["kind"]
	switch {
	case version == nil:
		return wrong("", `"apiVersion" is missing`, "write apiVersion: "+apiVersion)
	case version != apiVersion:
		return wrong("/apiVersion", fmt.Sprintf("the version %v is not known", version), "write apiVersion: "+apiVersion)
	case kind == nil:
		return wrong("", `"kind" is missing`, "one of "+strings.Join(known, ", "))
	}
	name, _ := kind.(string)
	if !slices.Contains(known, name) {
		return wrong("/kind", fmt.Sprintf("%v is not a kind of file in the folder %s", kind, folder), meant(name, known, "kind"))
	}
	return name, nil
}

func (c *check) present(folder, kind string) {
	if len(c.byKind[kind]) == 0 && !c.unsound[kind] {
		c.add(Problem{File: folder, Text: "no file of kind " + kind, Hint: "add " + folder + "/" + kind + ".yaml"})
		c.unsound[kind] = true
	}
}

func (c *check) single(kind string) {
	for _, extra := range c.byKind[kind][min(1, len(c.byKind[kind])):] {
		c.add(extra.problem("/kind", "a second file of kind "+kind, "only one is read; the first is "+c.byKind[kind][0].file))
	}
}

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
