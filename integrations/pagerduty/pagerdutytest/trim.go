//go:build ignore

// Trim makes events_v2.json from PagerDuty's official OpenAPI description of the
// Events API v2 (github.com/PagerDuty/api-schema, commit 91a06fb3 of 2026-08-14;
// the repository states no licence, so only the shape of the one operation that
// is used is kept, without prose and examples):
//
//	go run trim.go openapiv3.json > events_v2.json
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
		OpenAPI    string                    `json:"openapi"`
		Info       map[string]any            `json:"info"`
		Paths      map[string]map[string]any `json:"paths"`
		Components map[string]map[string]any `json:"components"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		log.Fatal(err)
	}
	components := map[string]any{
		"schemas":   strip(pick(doc.Components["schemas"], "Images", "Links", "Payload")),
		"responses": strip(pick(doc.Components["responses"], "Success", "Error")),
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	err = enc.Encode(map[string]any{
		"openapi": doc.OpenAPI, "components": components,
		"paths": map[string]any{"/enqueue": strip(doc.Paths["/enqueue"])},
		"info": map[string]any{
			"title": "Excerpt of the PagerDuty V2 Events API", "version": doc.Info["version"],
			"source": "github.com/PagerDuty/api-schema, commit 91a06fb3 (2026-08-14), no licence stated",
		},
	})
	if err != nil {
		log.Fatal(err)
	}
}

func pick(from map[string]any, names ...string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		out[name] = from[name]
	}
	return out
}

// strip drops prose and examples, which no check reads.
func strip(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			_, isText := value.(string)
			if (key == "description" || key == "summary") && isText || key == "examples" || key == "tags" || strings.HasPrefix(key, "x-") {
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
