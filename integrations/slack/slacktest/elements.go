package slacktest

import (
	"fmt"
	"net/url"
	"slices"
)

// element checks an interactive element; allowed are the types its place admits.
func (l *lint) element(e map[string]any, at string, allowed ...string) {
	if e == nil {
		l.fail(at, "missing required field: %s", "element")
		return
	}
	kind := str(e["type"])
	if !slices.Contains(allowed, kind) {
		l.fail(at+"/type", "unsupported type: %s", kind)
		return
	}
	l.optionalText(e, at, "action_id", 255)
	switch kind {
	case "button":
		l.button(e, at)
	case "plain_text_input":
		l.plainInput(e, at)
	case "checkboxes":
		l.keys(e, at, "options", "initial_options", "confirm", "focus_on_load")
		l.options(e["options"], at+"/options", 10, "plain_text", "mrkdwn")
	case "radio_buttons":
		l.keys(e, at, "options", "initial_option", "confirm", "focus_on_load")
		l.options(e["options"], at+"/options", 10, "plain_text", "mrkdwn")
	case "static_select":
		l.keys(e, at, "options", "initial_option", "placeholder", "confirm", "focus_on_load")
		if e["placeholder"] != nil {
			l.text(e["placeholder"], at+"/placeholder", 150, "plain_text")
		}
		l.options(e["options"], at+"/options", 100, "plain_text")
	}
}

func (l *lint) button(e map[string]any, at string) {
	l.keys(e, at, "text", "value", "url", "style", "confirm", "accessibility_label")
	l.text(e["text"], at+"/text", 75, "plain_text")
	l.optionalText(e, at, "value", 2000)
	l.optionalText(e, at, "url", 3000)
	if u := str(e["url"]); u != "" {
		if parsed, err := url.Parse(u); err != nil || parsed.Host == "" {
			l.fail(at+"/url", "invalid url")
		}
	}
	if s, ok := e["style"]; ok && s != "primary" && s != "danger" {
		l.fail(at+"/style", "must be one of: primary, danger")
	}
	l.optionalText(e, at, "accessibility_label", 75)
}

func (l *lint) plainInput(e map[string]any, at string) {
	l.keys(e, at, "placeholder", "initial_value", "multiline", "min_length", "max_length", "dispatch_action_config", "focus_on_load")
	if e["placeholder"] != nil {
		l.text(e["placeholder"], at+"/placeholder", 150, "plain_text")
	}
	for name, least := range map[string]float64{"min_length": 0, "max_length": 1} {
		if v, ok := e[name]; ok {
			if n, isNumber := v.(float64); !isNumber || n < least || n > 3000 {
				l.fail(at+"/"+name, "must be between %v and 3000", least)
			}
		}
	}
}

func (l *lint) options(v any, at string, most int, kinds ...string) {
	items, _ := v.([]any)
	if len(items) == 0 || len(items) > most || len(list(v)) != len(items) {
		l.fail(at, "must have 1 to %d options", most)
	}
	seen := map[string]bool{}
	for i, o := range list(v) {
		here := fmt.Sprintf("%s/%d", at, i)
		l.keys(o, here, "text", "value", "description", "url")
		l.text(o["text"], here+"/text", 75, kinds...)
		if o["description"] != nil {
			l.text(o["description"], here+"/description", 75, kinds...)
		}
		value := str(o["value"])
		if value == "" || seen[value] {
			l.fail(here+"/value", "must be given and unique")
		}
		seen[value] = true
		l.optionalText(o, here, "value", 150)
	}
}
