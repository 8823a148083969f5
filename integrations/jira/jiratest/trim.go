//go:build ignore

// Trim makes description.json from Atlassian's official OpenAPI description of
// Jira Cloud's REST API (https://developer.atlassian.com/cloud/jira/platform/swagger-v3.v3.json,
// Apache License 2.0; build of 2025-12-25):
//
//	go run trim.go swagger-v3.v3.json > description.json
//
// It keeps the operations that the integration and the stories use, with the
// schemas they reach, and drops prose and examples. The paths are renamed from
// /rest/api/3 to /rest/api/2: no public description of version 2 exists; it
// differs in that rich text is a string, which the stand-in checks in code.
package main

import (
	"encoding/json"
	"log"
	"os"
	"strings"
)

var keep = map[string]string{
	"/rest/api/3/myself":                                                     "get",
	"/rest/api/3/issue":                                                      "post",
	"/rest/api/3/attachment/content/{id}":                                    "get",
	"/rest/api/3/issueLink":                                                  "post",
	"/rest/api/3/issue/{issueIdOrKey}":                                       "get put delete",
	"/rest/api/3/issue/{issueIdOrKey}/comment":                               "get post",
	"/rest/api/3/issue/{issueIdOrKey}/transitions":                           "get post",
	"/rest/api/3/mypermissions":                                              "get",
	"/rest/api/3/project/{projectIdOrKey}/statuses":                          "get",
	"/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}": "get",
	"/rest/api/3/search":                                                     "get",
	"/rest/api/3/search/jql":                                                 "get",
}

func main() {
	raw, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var doc struct {
		OpenAPI    string                               `json:"openapi"`
		Info       map[string]any                       `json:"info"`
		Paths      map[string]map[string]map[string]any `json:"paths"`
		Components struct{ Schemas map[string]any }     `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		log.Fatal(err)
	}
	paths, schemas := map[string]any{}, map[string]any{}
	for path, methods := range keep {
		out := map[string]any{}
		for _, method := range strings.Fields(methods) {
			op := doc.Paths[path][method]
			body := map[string]any{"operationId": op["operationId"], "parameters": strip(op["parameters"])}
			if request, ok := op["requestBody"]; ok {
				body["requestBody"] = strip(request)
			}
			responses := map[string]any{}
			for status, response := range op["responses"].(map[string]any) {
				if strings.HasPrefix(status, "2") {
					responses[status] = strip(response)
				} else {
					responses[status] = map[string]any{}
				}
			}
			body["responses"] = responses
			reach(body, doc.Components.Schemas, schemas)
			out[method] = body
		}
		paths[strings.Replace(path, "/rest/api/3", "/rest/api/2", 1)] = out
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	err = enc.Encode(map[string]any{
		"openapi": doc.OpenAPI, "paths": paths, "components": map[string]any{"schemas": schemas},
		"info": map[string]any{
			"title":   "Excerpt of the Jira Cloud platform REST API, paths renamed to version 2",
			"version": doc.Info["version"], "license": doc.Info["license"],
		},
	})
	if err != nil {
		log.Fatal(err)
	}
}

// strip drops prose, examples and annotations that no check reads.
func strip(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			_, isText := value.(string)
			_, isFlag := value.(bool)
			switch {
			case key == "description" && isText, key == "title" && isText, key == "example", key == "examples", key == "xml",
				key == "readOnly" && isFlag, key == "writeOnly" && isFlag, strings.HasPrefix(key, "x-"):
			default:
				out[key] = strip(value)
			}
		}
		// OpenAPI 3.0 says "nullable" where JSON Schema has the type null.
		if out["nullable"] == true {
			delete(out, "nullable")
			out["type"] = []any{out["type"], "null"}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = strip(item)
		}
		return out
	}
	return v
}

// reach copies every schema that v refers to, directly or not.
func reach(v any, from, to map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/components/schemas/")
			if _, done := to[name]; !done {
				to[name] = strip(from[name])
				reach(to[name], from, to)
			}
		}
		for _, item := range v {
			reach(item, from, to)
		}
	case []any:
		for _, item := range v {
			reach(item, from, to)
		}
	}
}
