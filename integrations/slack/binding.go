package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// binding is what a button carries, and with a form also where the card is.
// The names are short because a button's value is limited to 2,000 characters.
type binding struct {
	Subject string `json:"s"`
	Ref     string `json:"r,omitempty"`
	Action  string `json:"a"`
	Channel string `json:"c,omitempty"`
	TS      string `json:"t,omitempty"`
	StepUp  bool   `json:"u,omitempty"` // compliance.Action.StepUp
}

// encode returns the binding as JSON of at most limit characters. It is never
// shortened: a binding that is not handed back whole would bind to nothing (C11).
func (b binding) encode(limit int) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(b); err != nil {
		return "", err
	}
	out := strings.TrimSpace(buf.String())
	var back binding
	if err := json.Unmarshal([]byte(out), &back); err != nil || back != b {
		return "", fmt.Errorf("the reference of action %q is not valid UTF-8", b.Action)
	}
	if n := utf8.RuneCountInString(out); n > limit {
		return "", fmt.Errorf("the reference of action %q needs %d characters, Slack allows %d: shorten the subject or the reference", b.Action, n, limit)
	}
	return out, nil
}

func decodeBinding(s string) (binding, error) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.DisallowUnknownFields()
	var b binding
	if err := dec.Decode(&b); err != nil {
		return binding{}, fmt.Errorf("not a reference of this app: %w", err)
	}
	if dec.More() || b.Subject == "" || b.Action == "" {
		return binding{}, fmt.Errorf("a reference needs a subject and an action")
	}
	return b, nil
}
