package pages

import (
	"encoding/json"
	"html/template"
)

// block is a block of a message or a form, ready to be shown.
// https://docs.slack.dev/reference/block-kit/blocks
type block struct {
	Type     string
	Text     template.HTML
	Fields   []template.HTML
	Elements []template.HTML
	Buttons  []button
	Row      int // of its buttons among the rows of the message
	Input    *input
}

// button is a button of a message.
type button struct {
	Action string // its action id
	Label  string
	Style  string // "primary", "danger" or empty
}

// The wire form of blocks, as far as the stand-in admits it.
type wireText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type wireElement struct {
	Type      string          `json:"type"`
	Text      json.RawMessage `json:"text"` // text of a context element, or a button's text object
	ActionID  string          `json:"action_id"`
	Style     string          `json:"style"`
	Multiline bool            `json:"multiline"`
	MaxLength int             `json:"max_length"`
	Options   []wireOption    `json:"options"`
	// What is filled in when the form opens.
	Value  string      `json:"initial_value"`
	Choice *wireOption `json:"initial_option"`
}

type wireOption struct {
	Text  wireText `json:"text"`
	Value string   `json:"value"`
}

type wireBlock struct {
	Type     string        `json:"type"`
	BlockID  string        `json:"block_id"`
	Text     *wireText     `json:"text"`
	Fields   []wireText    `json:"fields"`
	Elements []wireElement `json:"elements"`
	Label    *wireText     `json:"label"`
	Hint     *wireText     `json:"hint"`
	Element  *wireElement  `json:"element"`
	Optional bool          `json:"optional"`
}

// blocks decodes and renders; nil when there are none, or none that can be read.
func (m markup) blocks(raw json.RawMessage) []block {
	var wire []wireBlock
	if len(raw) == 0 || json.Unmarshal(raw, &wire) != nil {
		return nil
	}
	out, rows := make([]block, 0, len(wire)), 0
	for _, w := range wire {
		b := block{Type: w.Type, Input: w.input(), Row: rows}
		if w.Type == "actions" {
			rows++
		}
		if w.Text != nil {
			b.Text = m.text(*w.Text)
		}
		for _, f := range w.Fields {
			b.Fields = append(b.Fields, m.text(f))
		}
		for _, e := range w.Elements {
			if e.Type == "button" {
				var label wireText
				_ = json.Unmarshal(e.Text, &label) // the stand-in has checked its form
				b.Buttons = append(b.Buttons, button{Action: e.ActionID, Label: label.Text, Style: e.Style})
				continue
			}
			var text string
			if json.Unmarshal(e.Text, &text) == nil {
				b.Elements = append(b.Elements, m.text(wireText{e.Type, text}))
			}
		}
		out = append(out, b)
	}
	return out
}

func (m markup) text(t wireText) template.HTML {
	if t.Type == "mrkdwn" {
		return m.html(t.Text)
	}
	return template.HTML(template.HTMLEscapeString(t.Text))
}

// input is an input of a form.
type input struct {
	Name      string
	Label     string
	Hint      string
	Kind      string // type of its element
	Required  bool
	Multiline bool
	MaxLength int
	Options   []option
	// Value is what was filled in before, Error what is wrong with it.
	Value string
	Error string
}

type option struct {
	Value, Label string
	Chosen       bool
}

func (w wireBlock) input() *input {
	if w.Type != "input" || w.Element == nil || w.Label == nil {
		return nil
	}
	in := &input{
		Name: w.BlockID, Label: w.Label.Text, Kind: w.Element.Type, Required: !w.Optional,
		Multiline: w.Element.Multiline, MaxLength: w.Element.MaxLength, Value: w.Element.Value,
	}
	if w.Element.Choice != nil {
		in.Value = w.Element.Choice.Value
	}
	if w.Hint != nil {
		in.Hint = w.Hint.Text
	}
	for _, o := range w.Element.Options {
		in.Options = append(in.Options, option{Value: o.Value, Label: o.Text.Text, Chosen: o.Value == in.Value})
	}
	return in
}
