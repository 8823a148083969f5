package slacktest

import (
	"encoding/json"
	"strings"
)

// View is a modal as a user has it open.
type View struct {
	ID       string          `json:"id"`
	User     string          `json:"user"`
	Hash     string          `json:"hash"`
	Raw      json.RawMessage `json:"raw"` // the view as the app sent it, block ids filled in
	Open     bool            `json:"open"`
	External string          `json:"external_id,omitempty"`
}

// Input is one input of a modal.
type Input struct {
	Name      string   `json:"name"` // block id
	ActionID  string   `json:"action_id"`
	Type      string   `json:"type"` // type of the element
	Label     string   `json:"label"`
	Hint      string   `json:"hint,omitempty"`
	Required  bool     `json:"required,omitempty"`
	Multiline bool     `json:"multiline,omitempty"`
	MaxLength int      `json:"max_length,omitempty"`
	Options   []Option `json:"options,omitempty"`
}

// Option is one alternative of an Input.
type Option struct {
	Value string `json:"value"`
	Text  string `json:"text"`
}

func (v View) decoded() map[string]any {
	var m map[string]any
	_ = json.Unmarshal(v.Raw, &m) // it was valid when it was stored
	return m
}

// Title is the modal's title.
func (v View) Title() string { return str(object(v.decoded()["title"])["text"]) }

// SubmitLabel is the label of the confirming button, empty when there is none.
func (v View) SubmitLabel() string { return str(object(v.decoded()["submit"])["text"]) }

// CallbackID is the app's name for the modal.
func (v View) CallbackID() string { return str(v.decoded()["callback_id"]) }

// Metadata is the app's private metadata.
func (v View) Metadata() string { return str(v.decoded()["private_metadata"]) }

// Shown is every text in the modal, one per line.
func (v View) Shown() string {
	blocks, _ := v.decoded()["blocks"].([]any)
	return strings.Join(blockTexts(list(blocks)), "\n")
}

// Inputs lists the inputs, in order.
func (v View) Inputs() []Input {
	var out []Input
	for _, b := range list(v.decoded()["blocks"]) {
		if b["type"] != "input" {
			continue
		}
		e := object(b["element"])
		optional, _ := b["optional"].(bool)
		multiline, _ := e["multiline"].(bool)
		maxLength, _ := e["max_length"].(float64)
		in := Input{
			Name: str(b["block_id"]), ActionID: str(e["action_id"]), Type: str(e["type"]),
			Label: str(object(b["label"])["text"]), Hint: str(object(b["hint"])["text"]),
			Required: !optional, Multiline: multiline, MaxLength: int(maxLength),
		}
		for _, o := range list(e["options"]) {
			in.Options = append(in.Options, Option{Value: str(o["value"]), Text: str(object(o["text"])["text"])})
		}
		out = append(out, in)
	}
	return out
}
