package slacktest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// methodsJSON is a trimmed copy of Slack's method descriptions; trim.jq says
// where it comes from, under which licence, and made it.
//
//go:embed methods.json
var methodsJSON []byte

// method is the description of one method.
type method struct {
	JSON     bool                `json:"json"`   // takes a JSON body
	Scopes   []string            `json:"scopes"` // any one of them
	Tier     string              `json:"tier"`
	Required []string            `json:"required"`
	Args     map[string]argument `json:"args"`
	Errors   []string            `json:"errors"`
}

type argument struct {
	Kinds   []string `json:"kinds"` // JSON types; none: any
	Minimum *float64 `json:"minimum"`
	Maximum *float64 `json:"maximum"`
}

func methods() (map[string]method, error) {
	var m map[string]method
	if err := json.Unmarshal(methodsJSON, &m); err != nil {
		return nil, fmt.Errorf("slack stand-in: the method descriptions: %w", err)
	}
	return m, nil
}

// commonErrors may come from every method.
// https://docs.slack.dev/reference/methods/auth.test (errors)
func commonErrors() []string {
	return []string{
		"not_authed", "invalid_auth", "missing_scope", "ratelimited", "invalid_arguments", "invalid_arg_name",
		"invalid_form_data", "invalid_json", "json_not_object", "invalid_post_type", "missing_post_type", "unknown_method",
		"method_not_supported_for_channel_type", "user_not_found", "not_allowed_token_type",
	}
}

// args are the arguments of a call: strings of a form, or values of a JSON body.
type args map[string]any

// str returns a text argument.
func (a args) str(name string) string { return str(a[name]) }

// flag returns a boolean argument in any of the spellings Slack takes.
func (a args) flag(name string) bool {
	switch v := a[name].(type) {
	case bool:
		return v
	case string:
		return v == "1" || v == "true"
	case float64:
		return v != 0
	}
	return false
}

// number returns a numeric argument, or otherwise when it is absent.
func (a args) number(name string, otherwise int) int {
	switch v := a[name].(type) {
	case float64:
		return int(v)
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n
		}
	}
	return otherwise
}

// given reports whether the argument was sent at all, null included.
func (a args) given(name string) bool { _, ok := a[name]; return ok }

// check compares the arguments with the description. Slack ignores arguments
// it does not know; here they are errors, because they are always mistakes.
func (m method) check(a args, form bool) []string {
	var faults []string
	for _, name := range m.Required {
		if v, ok := a[name]; name != "token" && (!ok || v == "") {
			faults = append(faults, "[ERROR] missing required field: "+name)
		}
	}
	for name, v := range a {
		arg, ok := m.Args[name]
		if !ok {
			faults = append(faults, "[ERROR] unknown argument: "+name)
			continue
		}
		if !arg.takes(v, form) {
			faults = append(faults, fmt.Sprintf("[ERROR] must be %v [json-pointer:/%s]", arg.Kinds, name))
		}
	}
	slices.Sort(faults)
	return faults
}

func (a argument) takes(v any, form bool) bool {
	if len(a.Kinds) == 0 {
		return true
	}
	text, isText := v.(string)
	for _, kind := range a.Kinds {
		switch kind {
		case "string":
			if isText || (!form && isStructured(v)) { // blocks and metadata come as JSON in a JSON body
				return true
			}
		case "null":
			if v == nil || (form && text == "") {
				return true
			}
		case "boolean":
			_, isBool := v.(bool)
			if isBool || slices.Contains([]string{"0", "1", "true", "false"}, text) {
				return true
			}
		case "number", "integer":
			n, isNumber := v.(float64)
			if isText {
				parsed, err := strconv.ParseFloat(text, 64)
				n, isNumber = parsed, err == nil
			}
			if isNumber && (a.Minimum == nil || n >= *a.Minimum) && (a.Maximum == nil || n <= *a.Maximum) {
				return true
			}
		case "object", "array":
			if isStructured(v) || form {
				return true
			}
		}
	}
	return false
}

func isStructured(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}
