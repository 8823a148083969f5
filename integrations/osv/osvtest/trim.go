//go:build ignore

// Trim makes osv_service_v1.json from the official description of the API
// (github.com/google/osv.dev, docs/osv_service_v1.swagger.json, commit 7e6c1898 of
// 2026-08-21, Apache License 2.0): the two operations that are used, with the
// schemas they reach, without prose:
//
//	go run trim.go osv_service_v1.swagger.json > osv_service_v1.json
package main

import (
	"encoding/json"
	"log"
	"os"
	"strings"
)

func main() {
	raw, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var doc struct {
		Swagger     string         `json:"swagger"`
		Info        map[string]any `json:"info"`
		Host        string         `json:"host"`
		Paths       map[string]any `json:"paths"`
		Definitions map[string]any `json:"definitions"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		log.Fatal(err)
	}
	paths, reached := map[string]any{}, map[string]any{}
	for _, at := range []string{"/v1/querybatch", "/v1/vulns/{id}"} {
		paths[at] = strip(doc.Paths[at])
		reach(paths[at], doc.Definitions, reached)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	err = enc.Encode(map[string]any{
		"swagger": doc.Swagger, "host": doc.Host, "paths": paths, "definitions": reached,
		"info": map[string]any{
			"title": "Excerpt of the OSV API", "version": doc.Info["version"],
			"license": map[string]any{"name": "Apache License 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
			"source":  "github.com/google/osv.dev, docs/osv_service_v1.swagger.json, commit 7e6c1898 (2026-08-21); changed: prose and other operations left out",
		},
	})
	if err != nil {
		log.Fatal(err)
	}
}

// reach adds every definition that v leads to.
func reach(v any, from, reached map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			ref, ok := value.(string)
			name, ours := strings.CutPrefix(ref, "#/definitions/")
			if key == "$ref" && ok && ours && reached[name] == nil {
				reached[name] = strip(from[name])
				reach(reached[name], from, reached)
			}
			reach(value, from, reached)
		}
	case []any:
		for _, item := range v {
			reach(item, from, reached)
		}
	}
}

// strip drops prose, which no check reads.
func strip(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			_, isText := value.(string)
			if (key == "description" || key == "summary" || key == "title") && isText || key == "tags" || strings.HasPrefix(key, "x-") {
				continue
			}
			out[key] = strip(value)
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
