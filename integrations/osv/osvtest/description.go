package osvtest

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is an excerpt of the official description of the API; trim.go says
// where it comes from, under which licence, and made it.
//
//go:embed osv_service_v1.json
var description []byte

// described holds what a question and the answers must look like.
type described struct {
	question, answer, vulnerability, refusal *jsonschema.Schema
}

// schemas compiles the excerpt once per process; the result is never changed.
var schemas = sync.OnceValues(func() (described, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(description))
	if err != nil {
		return described{}, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("osv.json", doc); err != nil {
		return described{}, err
	}
	var d described
	for name, into := range map[string]**jsonschema.Schema{
		"v1BatchQuery": &d.question, "v1BatchVulnerabilityList": &d.answer, "osvVulnerability": &d.vulnerability, "rpcStatus": &d.refusal,
	} {
		if *into, err = compiler.Compile("osv.json#/definitions/" + name); err != nil {
			return described{}, fmt.Errorf("osvtest: description: %w", err)
		}
	}
	return d, nil
})
