package slacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of Block Kit.
// https://docs.slack.dev/reference/block-kit/blocks, /block-elements,
// /composition-objects and https://docs.slack.dev/reference/views/modal-views
const (
	maxMessageBlocks = 50
	maxViewBlocks    = 100
	// Slack refuses a message whose blocks are too long together, without
	// publishing the figure. These are the largest that are known to have
	// passed: https://github.com/slackapi/bolt-js/issues/2867
	maxBlocksText = 9_597
	maxBlocksJSON = 15_561
)

// lint collects faults in Slack's wording.
type lint struct{ faults []string }

func (l *lint) fail(at, format string, v ...any) {
	l.faults = append(l.faults, "[ERROR] "+fmt.Sprintf(format, v...)+" [json-pointer:"+at+"]")
}

// blocks checks a list of blocks of a message or, with modal, of a view.
func (l *lint) blocks(v any, at string, most int, modal bool) {
	items, ok := v.([]any)
	if !ok {
		l.fail(at, "must be an array")
		return
	}
	if len(items) > most {
		l.fail(at, "no more than %d items allowed", most)
	}
	ids := map[string]bool{}
	for i, item := range items {
		here := fmt.Sprintf("%s/%d", at, i)
		b := object(item)
		if b == nil {
			l.fail(here, "must be an object")
			continue
		}
		if id := str(b["block_id"]); id != "" {
			if ids[id] {
				l.fail(here+"/block_id", "`block_id` already exists: %s", id)
			}
			ids[id] = true
		}
		l.block(b, here, modal)
	}
}

func (l *lint) block(b map[string]any, at string, modal bool) {
	l.optionalText(b, at, "block_id", 255)
	switch str(b["type"]) {
	case "header":
		l.keys(b, at, "text")
		l.text(b["text"], at+"/text", 150, "plain_text")
	case "section":
		l.section(b, at)
	case "divider":
		l.keys(b, at)
	case "context":
		l.keys(b, at, "elements")
		for i, e := range l.elements(b, at, 10) {
			l.text(e, fmt.Sprintf("%s/elements/%d", at, i), 3000, "plain_text", "mrkdwn")
		}
	case "actions":
		l.keys(b, at, "elements")
		ids := map[string]bool{}
		for i, e := range l.elements(b, at, 25) {
			here := fmt.Sprintf("%s/elements/%d", at, i)
			l.element(e, here, "button", "static_select", "checkboxes", "radio_buttons")
			if id := str(e["action_id"]); id != "" && ids[id] {
				l.fail(here+"/action_id", "`action_id` already exists: %s", id)
			}
			ids[str(e["action_id"])] = true
		}
	case "input":
		l.keys(b, at, "label", "hint", "element", "optional", "dispatch_action")
		l.text(b["label"], at+"/label", 2000, "plain_text")
		if b["hint"] != nil {
			l.text(b["hint"], at+"/hint", 2000, "plain_text")
		}
		l.element(object(b["element"]), at+"/element", "plain_text_input", "static_select", "checkboxes", "radio_buttons")
	default:
		l.fail(at+"/type", "unsupported type: %s", str(b["type"]))
	}
}

func (l *lint) section(b map[string]any, at string) {
	l.keys(b, at, "text", "fields", "accessory", "expand")
	if b["text"] == nil && b["fields"] == nil {
		l.fail(at, "missing required field: text or fields")
	}
	if b["text"] != nil {
		l.text(b["text"], at+"/text", 3000, "plain_text", "mrkdwn")
	}
	if fields, ok := b["fields"].([]any); ok {
		if len(fields) == 0 || len(fields) > 10 {
			l.fail(at+"/fields", "must have 1 to 10 items")
		}
		for i, f := range fields {
			l.text(f, fmt.Sprintf("%s/fields/%d", at, i), 2000, "plain_text", "mrkdwn")
		}
	}
	if b["accessory"] != nil {
		l.element(object(b["accessory"]), at+"/accessory", "button", "static_select", "checkboxes", "radio_buttons")
	}
}

func (l *lint) elements(b map[string]any, at string, most int) []map[string]any {
	items, _ := b["elements"].([]any)
	found := list(b["elements"])
	switch {
	case len(items) == 0:
		l.fail(at+"/elements", "no less than 1 items allowed")
	case len(items) > most:
		l.fail(at+"/elements", "no more than %d items allowed", most)
	case len(found) != len(items):
		l.fail(at+"/elements", "must be objects")
	}
	return found
}

// text checks a text object.
func (l *lint) text(v any, at string, most int, kinds ...string) {
	t := object(v)
	if t == nil {
		l.fail(at, "missing required field: %s", at[strings.LastIndex(at, "/")+1:])
		return
	}
	kind := str(t["type"])
	if !slices.Contains(kinds, kind) {
		l.fail(at+"/type", "must be one of: %s", strings.Join(kinds, ", "))
	}
	extra := "emoji"
	if kind == "mrkdwn" {
		extra = "verbatim"
	}
	for k := range t {
		if k != "type" && k != "text" && k != extra {
			l.fail(at, "invalid additional property: %s", k)
		}
	}
	s := str(t["text"])
	if strings.TrimSpace(s) == "" {
		l.fail(at+"/text", "must be more than 0 characters")
	}
	if utf8.RuneCountInString(s) > most {
		l.fail(at+"/text", "must be less than %d characters", most+1)
	}
}

// keys refuses properties that the block does not have.
func (l *lint) keys(o map[string]any, at string, known ...string) {
	for k := range o {
		if k != "type" && k != "block_id" && k != "action_id" && !slices.Contains(known, k) {
			l.fail(at, "invalid additional property: %s", k)
		}
	}
}

func (l *lint) optionalText(o map[string]any, at, name string, most int) {
	v, ok := o[name]
	if !ok {
		return
	}
	s, isText := v.(string)
	if !isText {
		l.fail(at+"/"+name, "must be a string")
	}
	if utf8.RuneCountInString(s) > most {
		l.fail(at+"/"+name, "must be less than %d characters", most+1)
	}
}

// view checks a modal.
func (l *lint) view(v map[string]any) {
	if str(v["type"]) != "modal" {
		l.fail("/view/type", "must be one of: modal")
	}
	for k := range v {
		if !slices.Contains([]string{
			"type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
			"notify_on_close", "external_id", "submit_disabled",
		}, k) {
			l.fail("/view", "invalid additional property: %s", k)
		}
	}
	l.text(v["title"], "/view/title", 24, "plain_text")
	for _, name := range []string{"submit", "close"} {
		if v[name] != nil {
			l.text(v[name], "/view/"+name, 24, "plain_text")
		}
	}
	l.optionalText(v, "/view", "private_metadata", 3000)
	l.optionalText(v, "/view", "callback_id", 255)
	l.optionalText(v, "/view", "external_id", 255)
	l.blocks(v["blocks"], "/view/blocks", maxViewBlocks, true)
	for _, b := range list(v["blocks"]) {
		if b["type"] == "input" && v["submit"] == nil {
			l.fail("/view", "missing required field: submit")
			break
		}
	}
}

// textSize is the length of all texts together.
func textSize(blocks any) int {
	n := 0
	for _, t := range blockTexts(list(blocks)) {
		n += utf8.RuneCountInString(t)
	}
	return n
}

// jsonSize is the length of the blocks as JSON, in characters.
func jsonSize(blocks any) int {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(blocks); err != nil {
		return maxBlocksJSON + 1
	}
	return utf8.RuneCount(buf.Bytes())
}
