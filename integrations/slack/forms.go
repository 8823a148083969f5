package slack

import (
	"fmt"
	"unicode/utf8"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// callbackID marks the modals of this app.
const callbackID = "countersign_form"

// valueAttested is the value of a ticked attestation, as compliance.Attest defines it.
const valueAttested = "yes"

// introBlock is the id of the text above the inputs; field names never start with a full stop.
const introBlock = ".intro"

// modal turns a form into a modal. The block id of an input is the field's
// name, so that a refusal can be put beside it. An error means that the form
// can never be shown: options too many or values too long to be handed back.
func modal(form compliance.Form, b binding) (slackgo.ModalViewRequest, error) {
	meta, err := b.encode(maxMetadata)
	if err != nil {
		return slackgo.ModalViewRequest{}, err
	}
	blocks, err := formBlocks(form)
	if err != nil {
		return slackgo.ModalViewRequest{}, err
	}
	submit := cutPlain(oneLine(form.Submit), maxViewTitle)
	if submit == "" {
		submit = "Submit"
	}
	return slackgo.ModalViewRequest{
		Type: slackgo.VTModal, CallbackID: callbackID, PrivateMetadata: meta,
		Title: plain(viewTitle(form.Title)), Submit: plain(submit), Close: plain("Cancel"),
		Blocks: slackgo.Blocks{BlockSet: blocks},
	}, nil
}

func viewTitle(s string) string {
	if s = cutPlain(oneLine(s), maxViewTitle); s != "" {
		return s
	}
	return "Countersign"
}

func formBlocks(form compliance.Form) ([]slackgo.Block, error) {
	var blocks []slackgo.Block
	if form.Danger {
		blocks = append(blocks, slackgo.NewContextBlock("", mrkdwn(":warning: *This cannot be taken back.*")))
	}
	if intro := cutPlain(form.Intro, maxText); intro != "" {
		blocks = append(blocks, slackgo.NewSectionBlock(plain(intro), nil, nil, slackgo.SectionBlockOptionBlockID(introBlock)))
	}
	seen := map[string]bool{}
	for _, f := range form.Fields {
		if f.Name == "" || f.Name[0] == '.' || utf8.RuneCountInString(f.Name) > maxID || seen[f.Name] {
			return nil, fmt.Errorf("form %q: field name %q is empty, repeated, too long or starts with a full stop", form.Action, f.Name)
		}
		seen[f.Name] = true
		element, err := input(f)
		if err != nil {
			return nil, fmt.Errorf("form %q, field %q: %w", form.Action, f.Name, err)
		}
		text := cutPlain(f.Label, maxLabel)
		if text == "" {
			text = f.Name
		}
		var hint *slackgo.TextBlockObject
		if h := cutPlain(f.Hint, maxLabel); h != "" {
			hint = plain(h)
		}
		b := slackgo.NewInputBlock(f.Name, plain(text), hint, element)
		b.Optional = !f.Required
		blocks = append(blocks, b)
	}
	if len(blocks) > maxViewBlocks {
		return nil, fmt.Errorf("form %q has %d blocks, Slack allows %d", form.Action, len(blocks), maxViewBlocks)
	}
	return blocks, nil
}

// input is the element of a field. Its action id is the kind, the block id
// already names the field.
func input(f compliance.Field) (slackgo.BlockElement, error) {
	switch f.Kind {
	case compliance.Attest:
		// The statement is the label: an option's text is limited to 75 characters.
		yes := slackgo.NewOptionBlockObject(valueAttested, plain("I confirm this"), nil)
		return slackgo.NewCheckboxGroupsBlockElement(string(f.Kind), yes), nil
	case compliance.Choice:
		return choice(f)
	case compliance.Prose:
		e := slackgo.NewPlainTextInputBlockElement(nil, string(f.Kind)).WithMultiline(!f.Line)
		e.MaxLength = maxInput
		if f.MaxRunes > 0 {
			e.MaxLength = min(f.MaxRunes, maxInput)
		}
		if f.Value != "" {
			e.InitialValue = cutPlain(f.Value, e.MaxLength)
		}
		return e, nil
	}
	return nil, fmt.Errorf("unknown kind %q", f.Kind)
}

func choice(f compliance.Field) (slackgo.BlockElement, error) {
	if len(f.Options) == 0 || len(f.Options) > maxOptions {
		return nil, fmt.Errorf("a choice needs 1 to %d options, not %d", maxOptions, len(f.Options))
	}
	options := make([]*slackgo.OptionBlockObject, 0, len(f.Options))
	seen := map[string]bool{}
	for _, o := range f.Options {
		if o.Value == "" || utf8.RuneCountInString(o.Value) > maxOptionValue || clean(o.Value) != o.Value || seen[o.Value] {
			return nil, fmt.Errorf("option value %q is empty, repeated, not plain text or over %d characters", cutPlain(o.Value, 40), maxOptionValue)
		}
		seen[o.Value] = true
		text := cutPlain(oneLine(o.Label), maxOptionText)
		if text == "" {
			text = cutPlain(o.Value, maxOptionText)
		}
		options = append(options, slackgo.NewOptionBlockObject(o.Value, plain(text), nil))
	}
	if len(options) <= maxRadio {
		return slackgo.NewRadioButtonsBlockElement(string(f.Kind), options...), nil
	}
	return slackgo.NewOptionsSelectBlockElement(slackgo.OptTypeStatic, plain("Choose one"), string(f.Kind), options...), nil
}
