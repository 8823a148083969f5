package jira

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Jira's date formats. The offset has no colon, so its date-times are not RFC 3339.
const (
	jiraTime = "2006-01-02T15:04:05.000-0700"
	jiraDate = "2006-01-02"
)

// decode turns Jira's value of a mapped field into the text of a Ticket; ""
// when the field is unset. An error says that the mapping does not fit.
func (f FieldMap) decode(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	text, err := decodeKind(f.Kind, raw)
	if err != nil {
		return "", fmt.Errorf("field %q (%s) is mapped as %s, but %w: correct its kind in the policy's fields", f.Name, f.ID, f.Kind, err)
	}
	return text, nil
}

func decodeKind(kind string, raw json.RawMessage) (string, error) {
	switch kind {
	case KindChoice:
		var option struct{ Value, Name string }
		if err := json.Unmarshal(raw, &option); err != nil || option.Value+option.Name == "" {
			return "", mismatch("a single choice", raw)
		}
		return firstOf(option.Value, option.Name), nil
	case KindUser:
		var user struct{ AccountID string }
		if err := json.Unmarshal(raw, &user); err != nil || user.AccountID == "" {
			return "", mismatch("a person with an accountId", raw)
		}
		return Provider + ":" + user.AccountID, nil
	case KindNumber:
		var n float64
		if err := json.Unmarshal(raw, &n); err != nil {
			return "", mismatch("a number", raw)
		}
		return strconv.FormatFloat(n, 'f', -1, 64), nil
	case KindCheckbox:
		var boxes []json.RawMessage
		if err := json.Unmarshal(raw, &boxes); err != nil {
			return "", mismatch("a list of ticked boxes", raw)
		}
		if len(boxes) == 0 {
			return "", nil
		}
		return "yes", nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", mismatch("text", raw)
	}
	return decodeText(kind, s)
}

func decodeText(kind, s string) (string, error) {
	switch kind {
	case KindDatetime:
		t, err := parseTime(s)
		if err != nil {
			return "", fmt.Errorf("Jira does not hold a date and time there")
		}
		return t.UTC().Format(time.RFC3339), nil
	case KindDate:
		if _, err := time.Parse(jiraDate, s); err != nil {
			return "", fmt.Errorf("Jira does not hold a date there")
		}
	}
	return s, nil
}

// parseTime reads Jira's date-times, with or without fractions of a second.
func parseTime(s string) (time.Time, error) {
	return time.Parse("2006-01-02T15:04:05.999999999-0700", s)
}

func mismatch(want string, raw json.RawMessage) error {
	kinds := map[byte]string{'"': "text", '{': "an object", '[': "a list", 't': "a truth value", 'f': "a truth value"}
	got, ok := kinds[raw[0]]
	if !ok {
		got = "a number"
	}
	return fmt.Errorf("Jira holds %s there, not %s", got, want)
}

// encode turns the text of a field into the value that Jira takes for it. The
// error tells the person who filled it in how to mend it.
func (f FieldMap) encode(text string) (any, error) {
	switch f.Kind {
	case KindChoice:
		if !strings.HasPrefix(f.ID, "customfield_") {
			return map[string]string{"name": text}, nil // priority, resolution and the like
		}
		return map[string]string{"value": text}, nil
	case KindUser:
		provider, id, ok := strings.Cut(text, ":")
		if !ok || provider != Provider || id == "" {
			return nil, fmt.Errorf("field %q: %q is no Jira account; give it as %s:<account id>", f.Name, text, Provider)
		}
		return map[string]string{"accountId": id}, nil
	case KindDatetime:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, fmt.Errorf("field %q: %q is no date and time; write it like 2026-11-21T10:00:00Z", f.Name, text)
		}
		return t.UTC().Format(jiraTime), nil
	case KindDate:
		if _, err := time.Parse(jiraDate, text); err != nil {
			return nil, fmt.Errorf("field %q: %q is no date; write it like 2026-11-21", f.Name, text)
		}
		return text, nil
	case KindNumber:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n != n || n-n != 0 { // neither NaN nor infinite
			return nil, fmt.Errorf("field %q: %q is no number", f.Name, text)
		}
		return n, nil
	case KindCheckbox:
		switch strings.ToLower(text) {
		case "yes", "true":
			return []map[string]string{{"value": "Yes"}}, nil
		case "no", "false":
			return []map[string]string{}, nil
		}
		return nil, fmt.Errorf("field %q: %q is neither yes nor no", f.Name, text)
	default:
		return text, nil
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
