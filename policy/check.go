package policy

import (
	"fmt"
	"slices"
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
	before   *Directory // in force until now, which an edit follows; nil without one
	at       time.Time  // of the edit
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
	for _, kind := range []string{kindOrganisation, kindRouting, kindFields, kindArtefacts, kindEscalation, kindPatch, kindExceptions} {
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
