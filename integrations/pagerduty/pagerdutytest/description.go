package pagerdutytest

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is an excerpt of the official description of the Events API v2;
// trim.go says where it comes from and made it.
//
//go:embed events_v2.json
var description []byte

// described holds what an event and its answers must look like.
type described struct {
	event, taken, refused *jsonschema.Schema
}

// schemas compiles the excerpt once per process; the result is never changed.
var schemas = sync.OnceValues(func() (described, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(description))
	if err != nil {
		return described{}, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("events.json", doc); err != nil {
		return described{}, err
	}
	var d described
	for at, into := range map[string]**jsonschema.Schema{
		"paths/~1enqueue/post/requestBody/content/application~1json/schema": &d.event,
		"components/responses/Success/content/application~1json/schema":     &d.taken,
		"components/responses/Error/content/application~1json/schema":       &d.refused,
	} {
		if *into, err = compiler.Compile("events.json#/" + at); err != nil {
			return described{}, fmt.Errorf("pagerdutytest: description: %w", err)
		}
	}
	return d, nil
})
