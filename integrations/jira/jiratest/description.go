package jiratest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// description is the excerpt of the official description; trim.go says where
// it comes from, its licence, and how to make it again.
//
//go:embed description.json
var description []byte

// operation is one method of one path of the official description.
type operation struct {
	ID     string
	method string
	path   *regexp.Regexp
	query  map[string]parameter
	body   *jsonschema.Schema // nil: takes no body
	// answers holds the schema of each described successful answer.
	answers map[int]*jsonschema.Schema
}

type parameter struct {
	Name   string
	In     string
	Schema struct {
		Type  string
		Enum  []string
		Items struct{ Type string }
	}
}

type media struct {
	Content map[string]struct {
		Schema map[string]any
	}
}

// described compiles the excerpt once per process; the result is never changed.
var described = sync.OnceValues(loadDescription)

// loadDescription compiles the excerpt. An error is a fault of this package.
func loadDescription() ([]operation, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(description))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("jira.json", doc); err != nil {
		return nil, err
	}
	var parsed struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []parameter
			RequestBody *media
			Responses   map[string]media
		}
	}
	if err := json.Unmarshal(description, &parsed); err != nil {
		return nil, err
	}
	var ops []operation
	for path, methods := range parsed.Paths {
		for method, m := range methods {
			op := operation{
				ID: m.OperationID, method: strings.ToUpper(method),
				path:  regexp.MustCompile("^" + regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "([^/]+)") + "$"),
				query: map[string]parameter{}, answers: map[int]*jsonschema.Schema{},
			}
			for _, p := range m.Parameters {
				if p.In == "query" {
					op.query[p.Name] = p
				}
			}
			at := "jira.json#/paths/" + strings.ReplaceAll(strings.ReplaceAll(path, "~", "~0"), "/", "~1") + "/" + method
			at = strings.NewReplacer("{", "%7B", "}", "%7D").Replace(at)
			if m.RequestBody != nil {
				if op.body, err = compiler.Compile(at + "/requestBody/content/application~1json/schema"); err != nil {
					return nil, err
				}
			}
			for status, answer := range m.Responses {
				if _, ok := answer.Content["application/json"]; !ok {
					continue
				}
				code, err := strconv.Atoi(status)
				if err != nil {
					return nil, err
				}
				if op.answers[code], err = compiler.Compile(at + "/responses/" + status + "/content/application~1json/schema"); err != nil {
					return nil, err
				}
			}
			ops = append(ops, op)
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	return ops, nil
}

// find returns the operation of a request and the values of its path parameters,
// joined by slashes.
// The status is 404 or 405 when there is none.
func find(ops []operation, method, path string) (operation, string, int) {
	status := http.StatusNotFound
	for _, op := range ops {
		m := op.path.FindStringSubmatch(path)
		if m == nil {
			continue
		}
		if op.method != method {
			status = http.StatusMethodNotAllowed
			continue
		}
		return op, strings.Join(m[1:], "/"), 0
	}
	return operation{}, "", status
}

// check compares a request's query and body with the description. The real
// service ignores an unknown parameter; here it is refused, because it shows a
// caller that believes in something that does not exist.
func (op operation) check(r *http.Request, body []byte) error {
	for name, values := range r.URL.Query() {
		p, known := op.query[name]
		if !known {
			return fmt.Errorf("query parameter %q is not described for %s", name, op.ID)
		}
		for _, value := range values {
			if err := p.check(value); err != nil {
				return err
			}
		}
	}
	if op.body == nil {
		if len(body) > 0 {
			return fmt.Errorf("%s takes no body", op.ID)
		}
		return nil
	}
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return fmt.Errorf("Content-Type %q is not application/json", kind)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("Unexpected character in JSON: %w", err)
	}
	if err := op.body.Validate(value); err != nil {
		return fmt.Errorf("Invalid request payload. Refer to the REST API documentation and try again: %w", err)
	}
	return nil
}

func (p parameter) check(value string) error {
	kind, values := p.Schema.Type, []string{value}
	if kind == "array" {
		kind, values = p.Schema.Items.Type, strings.Split(value, ",")
	}
	for _, v := range values {
		var err error
		switch kind {
		case "integer":
			_, err = strconv.ParseInt(v, 10, 64)
		case "boolean":
			_, err = strconv.ParseBool(v)
		}
		if err != nil || (len(p.Schema.Enum) > 0 && !slices.Contains(p.Schema.Enum, v)) {
			return fmt.Errorf("query parameter %q has the wrong value", p.Name)
		}
	}
	return nil
}
