package policy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance/dependency"
	"github.com/lowcodex/countersign/compliance/gate"
	"github.com/lowcodex/countersign/compliance/gate/inspect"
)

// gate checks the suites that changes have to pass, and fetches the schemas that
// they name. A gate that nothing could ever pass is found here.
func (c *check) gate(k known) *gateEntry {
	e, ok := document[gateEntry](c, kindGate)
	if !ok {
		return nil
	}
	for i, g := range e.value.Senders {
		refer(c, e, fmt.Sprintf("/senders/%d", i), g, k.people.groups)
	}
	unique(c, parts(e, "data_classes", e.value.DataClasses), "name", "data class", func(d dataClassEntry) string { return d.Name })
	gates := unique(c, parts(e, "gates", e.value.Gates), "name", "gate", func(g gateRule) string { return g.Name })
	for i, g := range gates {
		c.when(g, g.value.When, k.systems)
		for _, earlier := range gates[:i] {
			if earlier.value.When.covers(g.value.When) {
				g.report(c, "", fmt.Sprintf("the gate %q can never act: %q before it takes every change it matches", g.value.Name, earlier.value.Name), "move it up, narrow the earlier gate, or remove it")
				break
			}
		}
		seen := map[gate.Check]bool{}
		for _, one := range parts(g, "checks", g.value.Checks) {
			if seen[one.value.Check] {
				one.report(c, "/check", fmt.Sprintf("the check %q stands twice in this gate", one.value.Check), "keep one")
			}
			seen[one.value.Check] = true
			c.gateCheck(one, g.value, k)
		}
	}
	written := e.value.written()
	return &written
}

// checkTerms lists the terms that a check may have; those marked true it needs.
func checkTerms(of gate.Check) map[string]bool {
	switch of {
	case gate.Schema:
		return map[string]bool{"max_age": false, "schema": true}
	case gate.Permissions:
		return map[string]bool{"max_age": false, "elements": true}
	case gate.Tests, gate.FailureInjection:
		return map[string]bool{"max_age": false, "least": false, "must": false}
	case gate.TestData:
		return map[string]bool{"max_age": false, "hits": false}
	case gate.Sensitivity:
		return map[string]bool{"max_age": false, "sensitive": true}
	case gate.Dependencies:
		return map[string]bool{"max_age": false, "threshold": false}
	case gate.Allowlist:
		return map[string]bool{"max_age": false, "packages": true, "sources": false}
	case gate.Residency:
		return nil
	default:
		return map[string]bool{"max_age": false}
	}
}

func (c *check) gateCheck(e entry[gateCheckEntry], of gateRule, k known) {
	v := e.value
	has := map[string]bool{
		"max_age": v.MaxAge != "", "schema": v.Schema != "", "elements": len(v.Elements) > 0, "least": v.Least > 0,
		"must": len(v.Must) > 0, "hits": v.Hits != "", "sensitive": len(v.Sensitive) > 0,
		"threshold": v.Threshold != "", "packages": len(v.Packages) > 0, "sources": len(v.Sources) > 0,
	}
	terms := checkTerms(v.Check)
	for _, name := range sortedKeys(has) {
		needed, known := terms[name]
		switch {
		case has[name] && !known:
			e.report(c, "/"+name, fmt.Sprintf("the check %s has no %s", v.Check, name), "leave it out")
		case needed && !has[name]:
			e.report(c, "", fmt.Sprintf("the check %s needs %s", v.Check, name), "see docs/processes/gate.md")
		}
	}
	if v.MaxAge != "" {
		period(c, e, "/max_age", v.MaxAge)
	}
	for i, l := range v.Elements {
		if inspect.Segments(l.Path) == nil {
			e.report(c, fmt.Sprintf("/elements/%d/path", i), fmt.Sprintf("%q is no path", l.Path), `write a JSON pointer in which * is any member or item and ** any number of levels, such as "/*/type"`)
		}
	}
	if v.Hits != "" && inspect.Segments(v.Hits) == nil {
		e.report(c, "/hits", fmt.Sprintf("%q is no path", v.Hits), `write where each hit stands, such as "/findings/*"`)
	}
	for _, fault := range (dependency.Rules{Packages: v.Packages}).Check() {
		e.report(c, fmt.Sprintf("/packages/%d", fault.At), fault.Detail, "name a package as pkg:npm/lodash, with versions and, for one that is allowed for a while, until")
	}
	switch v.Check {
	case gate.Schema:
		c.artefactSchema(e)
	case gate.Residency, gate.Sensitivity:
		if !c.maps("data_class") {
			e.report(c, "/check", fmt.Sprintf("the check %s looks at the change's data class, and the field data_class is not mapped", v.Check), "map data_class in the file of kind fields")
		}
	case gate.Limits:
		for _, s := range k.systems {
			if slices.Contains(of.When.Systems, s.value.ID) && s.value.Limits == nil {
				e.report(c, "/check", fmt.Sprintf("the system %s has no limits, so no change of it could pass", s.value.ID), "add limits to it in the file of kind systems")
			}
		}
	}
}

// artefactSchema takes in the schema that a check names, once it is known to work.
func (c *check) artefactSchema(e entry[gateCheckEntry]) {
	name := e.value.Schema
	if name == "" {
		return // reported as missing
	}
	data, there := c.schemaFiles[name]
	if !there {
		e.report(c, "/schema", fmt.Sprintf("there is no file %s", schemaFile(name)), meant(name, sortedKeys(c.schemaFiles), "schema"))
		return
	}
	if len(data) > inspect.MaxBytes {
		c.add(Problem{File: schemaFile(name), Text: fmt.Sprintf("the file has more than the %d bytes that are read", inspect.MaxBytes), Hint: "leave out what artefacts need not be checked for"})
		return
	}
	if _, err := inspect.CompileSchema(data); err != nil {
		c.add(Problem{File: schemaFile(name), Text: "cannot be used as a JSON Schema: " + strings.ReplaceAll(err.Error(), "\n", " "), Hint: "write one of draft 2020-12 that refers to nothing outside itself"})
		return
	}
	pinned, _, err := canonical(json.RawMessage(data))
	if err != nil {
		c.add(Problem{File: schemaFile(name), Text: "cannot be pinned: " + err.Error(), Hint: "check its numbers and texts"})
		return
	}
	if c.schemas == nil {
		c.schemas = map[string][]byte{}
	}
	c.schemas[name] = pinned
}

// maps reports whether a field is mapped, as far as that can be told.
func (c *check) maps(field string) bool {
	if len(c.byKind[kindFields]) == 0 || c.unsound[kindFields] {
		return true
	}
	mapping, _ := c.byKind[kindFields][0].root.(map[string]any)["fields"].(map[string]any)
	_, mapped := mapping[field]
	return mapped
}

var blobDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// limits checks what a system says of its platform's limits.
func (c *check) limits(s entry[System]) {
	l := s.value.Limits
	if l == nil {
		return
	}
	if _, err := time.Parse(time.DateOnly, l.AsOf); err != nil {
		s.report(c, "/limits/as_of", fmt.Sprintf("%q is not a day", l.AsOf), `write the day on which it was true, such as "2026-10-01"`)
	}
	if !blobDigest.MatchString(l.Digest) {
		s.report(c, "/limits/digest", fmt.Sprintf("%q is no digest", l.Digest), "write sha256: and the 64 hex digits that sha256sum prints for the document")
	}
}
