package policy

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed schema/*.json
var schemaFiles embed.FS

// Schema returns the JSON Schema (draft 2020-12) of one kind of policy file,
// for editors; false for an unknown kind.
func Schema(kind string) ([]byte, bool) {
	data, err := fs.ReadFile(schemaFiles, "schema/"+kind+".json")
	return data, err == nil
}

// schemaSet is the compiled schemas: byKind to validate with, byLocation to
// find what a failed rule wanted and how its description says to mend it.
type schemaSet struct {
	byKind     map[string]*jsonschema.Schema
	byLocation map[string]*jsonschema.Schema
}

// schemas compiles the embedded schemas once. They are ours, so a failure is a
// fault of the program.
var schemas = sync.OnceValue(func() schemaSet {
	set := schemaSet{byKind: map[string]*jsonschema.Schema{}, byLocation: map[string]*jsonschema.Schema{}}
	files, err := fs.Glob(schemaFiles, "schema/*.json")
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	for _, name := range files {
		data, err := schemaFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		if err := c.AddResource(schemaURL(name), doc); err != nil {
			panic(err)
		}
	}
	for _, name := range files {
		compiled := c.MustCompile(schemaURL(name))
		set.byKind[strings.TrimSuffix(strings.TrimPrefix(name, "schema/"), ".json")] = compiled
		set.index(compiled)
	}
	return set
})

func schemaURL(name string) string { return "https://countersign.invalid/" + name }

func (s schemaSet) index(schema *jsonschema.Schema) {
	if schema == nil || s.byLocation[schema.Location] != nil {
		return
	}
	s.byLocation[schema.Location] = schema
	s.index(schema.Ref)
	s.index(schema.Items2020)
	s.index(schema.PropertyNames)
	if extra, ok := schema.AdditionalProperties.(*jsonschema.Schema); ok {
		s.index(extra)
	}
	for _, p := range schema.Properties {
		s.index(p)
	}
}

// validate checks a document against the schema of its kind.
func (s schemaSet) validate(t *tree, kind string) Problems {
	return s.judge(t, s.byKind[kind])
}

// judge checks a document against one schema.
func (s schemaSet) judge(t *tree, schema *jsonschema.Schema) Problems {
	err := schema.Validate(t.root)
	if err == nil {
		return nil
	}
	failed, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return Problems{{File: t.file, Text: err.Error()}}
	}
	return s.describe(t, failed)
}

func (s schemaSet) describe(t *tree, e *jsonschema.ValidationError) Problems {
	if len(e.Causes) > 0 {
		var out Problems
		for _, cause := range e.Causes {
			out = append(out, s.describe(t, cause)...)
		}
		return out
	}
	at := ""
	for _, part := range e.InstanceLocation {
		at += "/" + escapePointer(part)
	}
	schema := s.byLocation[e.SchemaURL]
	hint := ""
	if schema != nil {
		hint = schema.Description
	}
	if schema != nil && schema.WriteOnly {
		// Somebody may have put a secret here by mistake; it must not be repeated.
		return Problems{t.problem(at, "the value is not of the form wanted", hint)}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		var known []string
		if schema != nil {
			known = slices.Sorted(maps.Keys(schema.Properties))
		}
		var out Problems
		for _, name := range k.Properties {
			out = append(out, t.problem(at+"/"+escapePointer(name), "unknown field", meant(name, known, "field")))
		}
		return out
	case *kind.Required:
		var out Problems
		for _, name := range k.Missing {
			hint := ""
			if schema != nil && schema.Properties[name] != nil {
				hint = descriptionOf(schema.Properties[name])
			}
			out = append(out, t.problem(at, strconv.Quote(name)+" is missing", hint))
		}
		return out
	case *kind.Type:
		if k.Got == "number" && slices.Contains(k.Want, "string") {
			hint = "put it in quotes"
		}
	}
	return Problems{t.problem(at, e.ErrorKind.LocalizedString(message.NewPrinter(language.English)), hint)}
}

func descriptionOf(s *jsonschema.Schema) string {
	if s.Description == "" && s.Ref != nil {
		return s.Ref.Description
	}
	return s.Description
}
