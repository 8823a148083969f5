package inspect

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/lowcodex/countersign/compliance"
)

const schemaURL = "https://countersign.invalid/artefact.schema.json"

// nowhere loads nothing: a schema is one file of the policy, and a reference out
// of it must not make a worker read a disk or a network.
type nowhere struct{}

// Load refuses.
func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("it refers to %s; only what stands in the file itself and the schemas of JSON Schema are read", quoted(url))
}

// CompileSchema reads a JSON Schema (2020-12 where it does not say which). It
// returns an error that says what is wrong with it.
func CompileSchema(schema []byte) (*jsonschema.Schema, error) {
	doc, err := decode(schema)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nowhere{})
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	return c.Compile(schemaURL)
}

// Schema validates an artefact against a JSON Schema.
func Schema(schema, artefact []byte) Verdict {
	compiled, err := CompileSchema(schema)
	if err != nil {
		return unread("The policy's schema cannot be used: %v. Ask the owner of the policy to mend it.", err)
	}
	doc, err := decode(artefact)
	if err != nil {
		return unread("The artefact cannot be read: %v. Export it again.", err)
	}
	err = compiled.Validate(doc)
	if err == nil {
		return pass("The artefact has the form that the schema wants.")
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return unread("The artefact cannot be validated: %v.", err)
	}
	var all []string
	leaves(invalid, &all)
	text := strings.Join(all[:min(len(all), maxNamed)], "; ")
	if more := len(all) - maxNamed; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return fail("The artefact has not the form that the schema wants: %s. Mend it and export it again.", text)
}

// mostLeaves bounds how much of what is wrong is looked for.
const mostLeaves = 1000

// leaves lists what is wrong, and where.
func leaves(e *jsonschema.ValidationError, into *[]string) {
	if len(*into) >= mostLeaves {
		return
	}
	if len(e.Causes) == 0 {
		where := "/" + strings.Join(e.InstanceLocation, "/")
		*into = append(*into, compliance.Cut(visible(where), maxName)+" "+compliance.Cut(visible(said(e.ErrorKind)), maxName))
		return
	}
	for _, cause := range e.Causes {
		leaves(cause, into)
	}
}

// said is what the schema wants, without what stands in the file instead: a value
// can be a person's, and a detail goes on record and on the card.
func said(wrong jsonschema.ErrorKind) string {
	number := func(r *big.Rat) string { f, _ := r.Float64(); return strconv.FormatFloat(f, 'g', -1, 64) }
	switch k := wrong.(type) {
	case *kind.Pattern:
		return "does not match the pattern " + k.Want
	case *kind.Format:
		return "is not a valid " + k.Want
	case *kind.ContentEncoding:
		return "is not encoded as " + k.Want
	case *kind.ContentMediaType:
		return "is not of the media type " + k.Want
	case *kind.Minimum:
		return "is less than " + number(k.Want)
	case *kind.Maximum:
		return "is more than " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "is not more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "is not less than " + number(k.Want)
	case *kind.MultipleOf:
		return "is no multiple of " + number(k.Want)
	}
	return wrong.LocalizedString(message.NewPrinter(language.English)) // names, types and counts
}
