package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// submission is a filled-in form as it goes over the wire, and its delivery's mark.
type submission struct {
	header http.Header
	body   []byte
	view   string // id of the form: part of the delivery
}

// fill signs the form of an action, filled in as the person would.
func (w *world) fill(person, action, carried string) (submission, error) {
	form, ok := rules.FormFor(action)
	if !ok {
		return submission{}, fmt.Errorf("no form for %s", action)
	}
	blocks, state := []any{}, map[string]any{}
	for _, f := range form.Fields {
		element, given := filled(f)
		blocks = append(blocks, map[string]any{
			"type": "input", "block_id": f.Name, "label": text(f.Label), "optional": !f.Required, "element": element,
		})
		state[f.Name] = map[string]any{string(f.Kind): given}
	}
	view := "V" + strings.ToUpper(strings.ReplaceAll(uuid.NewString(), "-", ""))[:10]
	user := w.people[person]
	signed, err := w.site.Slack.Signed(map[string]any{
		"type": "view_submission", "team": map[string]any{"id": w.site.Slack.TeamID()},
		"user": map[string]any{"id": user, "name": person, "team_id": w.site.Slack.TeamID()},
		"view": map[string]any{
			"id": view, "type": "modal", "callback_id": "countersign_form", "private_metadata": carried,
			"title": text(form.Title), "submit": text(form.Submit), "blocks": blocks, "state": map[string]any{"values": state},
		},
	}, time.Now())
	return submission{header: signed.Header, body: signed.Body, view: view}, err
}

// filled is the element of a field, and what a person who agrees gives in it.
func filled(f compliance.Field) (element, given map[string]any) {
	kind := string(f.Kind)
	switch f.Kind {
	case compliance.Attest:
		yes := map[string]any{"value": "yes", "text": text("I confirm this")}
		return map[string]any{"type": "checkboxes", "action_id": kind, "options": []any{yes}},
			map[string]any{"type": "checkboxes", "selected_options": []any{yes}}
	case compliance.Choice:
		var options []any
		for _, o := range f.Options {
			options = append(options, map[string]any{"value": o.Value, "text": text(o.Label)})
		}
		return map[string]any{"type": "radio_buttons", "action_id": kind, "options": options},
			map[string]any{"type": "radio_buttons", "selected_option": options[0]}
	default:
		return map[string]any{"type": "plain_text_input", "action_id": kind, "multiline": true},
			map[string]any{"type": "plain_text_input", "value": "As planned; looked at the regression suite."}
	}
}

func text(s string) map[string]any { return map[string]any{"type": "plain_text", "text": s} }

// mostRepeats bounds how often a person submits a form that was not recorded.
const mostRepeats = 20

// submit sends a submission, again as long as it is answered that nothing was
// recorded, as a person would. The click lasts from the first byte of the first
// request to the last byte of the answer that says it is durable.
func (w *world) submit(ctx context.Context, s submission) (click, error) {
	c := click{mark: s.view, sent: time.Now()}
	for ; c.repeats <= mostRepeats; c.repeats++ {
		title, err := w.post(ctx, s)
		if err != nil {
			return c, err
		}
		if title != "" {
			c.answered, c.pending = time.Now(), title != "Recorded"
			return c, nil
		}
	}
	return c, fmt.Errorf("not recorded in %d attempts", mostRepeats)
}

// post sends a submission once. It returns the title of the view that replaced
// the form, empty when nothing was recorded; any other answer is an error.
func (w *world) post(ctx context.Context, s submission) (title string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.gateway+"/slack/interactions", bytes.NewReader(s.body))
	if err != nil {
		return "", err
	}
	req.Header = s.header
	resp, err := w.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", err
	}
	var answer struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   struct {
			Title struct {
				Text string `json:"text"`
			} `json:"title"`
		} `json:"view"`
	}
	err = json.Unmarshal(body, &answer)
	for _, text := range answer.Errors {
		if strings.HasPrefix(text, "Nothing was recorded") {
			return "", nil
		}
	}
	if err != nil || resp.StatusCode != http.StatusOK || answer.Action != "update" {
		return "", fmt.Errorf("a form was answered %d %s", resp.StatusCode, body)
	}
	return answer.View.Title.Text, nil
}
