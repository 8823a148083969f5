package slack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// answers reads what was filled in, in the order of the form. The text shown
// beside each answer is taken from the view as Slack hands it back, signed with
// the rest: it is what this person saw, whatever the form says now (C18).
func answers(view slackgo.View) []compliance.Answer {
	var out []compliance.Answer
	for _, block := range view.Blocks.BlockSet {
		in, ok := block.(*slackgo.InputBlock)
		if !ok || in.BlockID == "" {
			continue
		}
		value, chosen := given(view.State, in)
		out = append(out, compliance.Answer{Name: in.BlockID, Value: value, Shown: shown(in, chosen)})
	}
	return out
}

// given returns the value of an input and the text of the chosen option.
func given(state *slackgo.ViewState, in *slackgo.InputBlock) (value, chosen string) {
	if state == nil {
		return "", ""
	}
	for _, a := range state.Values[in.BlockID] { // one action per input block
		switch string(a.Type) {
		case string(slackgo.METCheckboxGroups):
			var values, texts []string
			for _, o := range a.SelectedOptions {
				values = append(values, o.Value)
				texts = append(texts, textOf(o.Text))
			}
			return strings.Join(values, ","), strings.Join(texts, ", ")
		case string(slackgo.METRadioButtons), slackgo.OptTypeStatic:
			return a.SelectedOption.Value, textOf(a.SelectedOption.Text)
		default:
			return a.Value, ""
		}
	}
	return "", ""
}

// shown is the label, the hint and the chosen option, one below the other.
func shown(in *slackgo.InputBlock, chosen string) string {
	parts := []string{textOf(in.Label)}
	if h := textOf(in.Hint); h != "" {
		parts = append(parts, h)
	}
	if chosen != "" {
		parts = append(parts, "→ "+chosen)
	}
	return strings.Join(parts, "\n")
}

func textOf(t *slackgo.TextBlockObject) string {
	if t == nil {
		return ""
	}
	return t.Text
}

// submissionID is the delivery id of a submitted modal: the view's id together
// with a digest of the values, because the id alone would return the first
// refusal to a person who has corrected the form (C16). Slack's hash of the
// view is not part of it: it changes without the person doing anything.
func submissionID(view slackgo.View, given []compliance.Answer) (string, error) {
	values := make([][2]string, 0, len(given))
	for _, a := range given {
		values = append(values, [2]string{a.Name, a.Value})
	}
	raw, err := json.Marshal(values)
	if err != nil {
		return "", fmt.Errorf("the submitted values: %w", err)
	}
	sum := sha256.Sum256(raw)
	return "slack/" + view.ID + "/" + hex.EncodeToString(sum[:]), nil
}

// pressID is the delivery id of a pressed button: user, message and instant.
// A trigger id would make a double click two acts.
func pressID(user, messageTS, actionTS string) string {
	return "slack/" + user + "/" + messageTS + "/" + actionTS
}

// firstInput returns the block id beside which an error can be shown: that of
// the named field, else of the first input; empty when the view has none.
// Slack shows only a general failure for any other block.
func firstInput(view slackgo.View, field string) string {
	first := ""
	for _, block := range view.Blocks.BlockSet {
		in, ok := block.(*slackgo.InputBlock)
		if !ok || in.BlockID == "" {
			continue
		}
		if in.BlockID == field {
			return field
		}
		if first == "" {
			first = in.BlockID
		}
	}
	return first
}
