package httpcall

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// maxReasons bounds how many of the other side's reasons are quoted.
const maxReasons = 5

// Reason extracts the other side's own reason from an error answer in JSON,
// empty when it gives none. It knows the keys that the vendors in use have:
// errorMessages and errors (Jira), error as text (Slack) or object
// (PagerDuty), message, detail. A body that is not a JSON object gives none:
// a proxy's page is no reason.
func Reason(body []byte) string {
	var answer map[string]json.RawMessage
	if json.Unmarshal(bytes.TrimSpace(body), &answer) != nil {
		return ""
	}
	var reasons []string
	for _, key := range []string{"errorMessages", "errors", "error", "message", "error_description", "detail"} {
		reasons = appendReasons(reasons, answer[key], 0)
	}
	reasons = slices.Compact(reasons)
	if len(reasons) > maxReasons {
		reasons = append(reasons[:maxReasons], "…")
	}
	return strings.Join(reasons, "; ")
}

func appendReasons(reasons []string, raw json.RawMessage, depth int) []string {
	if len(raw) == 0 || depth > 2 || len(reasons) > maxReasons {
		return reasons
	}
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) == nil && strings.TrimSpace(s) != "" {
			reasons = append(reasons, s)
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for _, item := range list {
				reasons = appendReasons(reasons, item, depth+1)
			}
		}
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil {
			for _, name := range sortedKeys(object) {
				for _, text := range appendReasons(nil, object[name], depth+1) {
					reasons = append(reasons, name+": "+text)
				}
			}
		}
	}
	return reasons
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
