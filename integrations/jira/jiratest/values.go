package jiratest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/lowcodex/countersign/integrations/jira"
)

const (
	timeFormat = "2006-01-02T15:04:05.000-0700"
	maxText    = 32767 // UTF-16 units of a rich text
	maxLine    = 255
)

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// systemField returns a field that every type has.
func systemField(id string) (Field, bool) {
	switch id {
	case "summary", "description":
		return Field{FieldMap: jira.FieldMap{Name: id, ID: id, Kind: jira.KindText}}, true
	case "reporter", "assignee":
		return Field{FieldMap: jira.FieldMap{Name: id, ID: id, Kind: jira.KindUser}}, true
	case "duedate":
		return Field{FieldMap: jira.FieldMap{Name: id, ID: id, Kind: jira.KindDate}}, true
	case "resolution":
		return Field{FieldMap: jira.FieldMap{Name: id, ID: id, Kind: jira.KindChoice}}, true
	case "labels":
		return Field{FieldMap: jira.FieldMap{Name: id, ID: id, Kind: kindLabels}}, true
	}
	return Field{}, false
}

const kindLabels = "labels"

// errNoSummary has Jira's words; a summary can neither be left out nor taken away.
var errNoSummary = errors.New("You must specify a summary of the issue.")

// store checks a value as the API takes it and returns it as the API shows it.
// The error is Jira's text for the field.
func (s *Server) store(f Field, raw json.RawMessage) (json.RawMessage, error) {
	if string(raw) == "null" {
		if f.ID == "summary" {
			return nil, errNoSummary
		}
		return raw, nil
	}
	switch f.Kind {
	case jira.KindChoice:
		return s.storeChoice(f, raw)
	case jira.KindUser:
		return s.storeUser(raw)
	case jira.KindNumber:
		var n float64
		if json.Unmarshal(raw, &n) != nil {
			return nil, fmt.Errorf("Operation value must be a number")
		}
		text := strconv.FormatFloat(n, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0" // Jira shows every number as a float
		}
		return json.RawMessage(text), nil
	case jira.KindCheckbox:
		var boxes []json.RawMessage
		if json.Unmarshal(raw, &boxes) != nil {
			return nil, fmt.Errorf("data was not an array")
		}
		out := []json.RawMessage{}
		for _, box := range boxes {
			stored, err := s.storeChoice(Field{Options: []string{"Yes"}}, box)
			if err != nil {
				return nil, err
			}
			out = append(out, stored)
		}
		if len(out) == 0 {
			return json.RawMessage("null"), nil
		}
		return json.Marshal(out)
	case kindLabels:
		return storeLabels(raw)
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, fmt.Errorf("Operation value must be a string") // also what a document of version 3 gets
	}
	return raw, checkText(f, text)
}

func checkText(f Field, text string) error {
	switch {
	case f.Kind == jira.KindDatetime:
		// RFC 3339's offset with a colon, or "Z", is refused by the real service too.
		if _, err := time.Parse(timeFormat, text); err != nil || strings.HasSuffix(text, "Z") {
			return fmt.Errorf("Error parsing date string: %s; must be of format \"yyyy-MM-dd'T'HH:mm:ss.SSSZ\"", text)
		}
	case f.Kind == jira.KindDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return fmt.Errorf("Error parsing date string: %s; must be of format \"yyyy-MM-dd\"", text)
		}
	case f.ID == "summary" && strings.ContainsAny(text, "\r\n"):
		return fmt.Errorf("The summary is invalid because it contains newline characters.")
	case f.ID == "summary" && strings.TrimSpace(text) == "":
		return errNoSummary
	case f.ID == "summary" && utf16Len(text) > maxLine:
		return fmt.Errorf("Summary can't exceed 255 characters.")
	case utf16Len(text) > maxText:
		return fmt.Errorf("The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
	}
	return nil
}

func (s *Server) storeChoice(f Field, raw json.RawMessage) (json.RawMessage, error) {
	var option struct{ ID, Value, Name string }
	system := f.ID != "" && !strings.HasPrefix(f.ID, "customfield_")
	if json.Unmarshal(raw, &option) != nil || (system && option.Name+option.ID == "") || (!system && option.Value+option.ID == "") {
		if system {
			return nil, fmt.Errorf("Could not find valid 'id' or 'name' in the object.")
		}
		return nil, fmt.Errorf("Could not find valid 'id' or 'value' in the Parent Option object.")
	}
	for n, value := range f.Options {
		id := strconv.Itoa(10100 + n)
		if option.ID == id || (option.ID == "" && (option.Value == value || option.Name == value)) {
			if system {
				return json.Marshal(map[string]string{"id": id, "name": value})
			}
			return json.Marshal(map[string]string{"id": id, "value": value})
		}
	}
	if len(f.Options) == 0 && option.Value != "" { // options not configured: any
		return json.Marshal(map[string]string{"id": "10100", "value": option.Value})
	}
	return nil, fmt.Errorf("Option value '%s' is not valid", option.Value+option.Name+option.ID)
}

func (s *Server) storeUser(raw json.RawMessage) (json.RawMessage, error) {
	var given struct{ AccountID, ID string }
	if json.Unmarshal(raw, &given) != nil || given.AccountID+given.ID == "" {
		return nil, fmt.Errorf("data was not an object with an accountId")
	}
	user, ok := s.user(given.AccountID + given.ID)
	if !ok || user.AccountID != given.AccountID+given.ID {
		return nil, fmt.Errorf("Specify a valid value: user '%s' does not exist", given.AccountID+given.ID)
	}
	return json.Marshal(s.showUser(user))
}

func storeLabels(raw json.RawMessage) (json.RawMessage, error) {
	var labels []string
	if json.Unmarshal(raw, &labels) != nil {
		return nil, fmt.Errorf("Operation value must be an array of strings")
	}
	for _, label := range labels {
		if strings.ContainsAny(label, " \t\n") {
			return nil, fmt.Errorf("The label '%s' contains spaces which is invalid.", label)
		}
		if label == "" || utf16Len(label) > maxLine {
			return nil, fmt.Errorf("The label '%s' is empty or exceeds 255 characters.", label)
		}
	}
	return json.Marshal(labels)
}

// text is a stored value as a person reads it, for histories and stories.
func (s *Server) text(raw json.RawMessage) string {
	if len(raw) > 1 && raw[0] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]) // most are, and a board of hundreds asks for each
	}
	var value any
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &value) != nil {
		return ""
	}
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case map[string]any:
		for _, key := range []string{"accountId", "value", "name"} {
			if text, ok := v[key].(string); ok {
				return text
			}
		}
	case []any:
		var parts []string
		for _, item := range v {
			part, err := json.Marshal(item)
			if err == nil {
				parts = append(parts, s.text(part))
			}
		}
		return strings.Join(parts, " ")
	}
	return ""
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
