package jira

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// screenField is a field of a transition's screen.
type screenField struct {
	Required        bool
	HasDefaultValue bool
	AllowedValues   []struct{ Name string }
	Name            string
	Schema          struct{ Type, Items string }
}

// configured gives the values that the policy has for a transition's screen, by
// Jira's field id. Where a ticket that is no change ends, that is the resolution
// as well, if the screen asks for one: left out, Jira would keep it unresolved.
func (c *Client) configured(s compliance.TicketStep, kind KindConfig, way transition) map[string]string {
	if s.Kind == compliance.TicketChange {
		return c.cfg.TransitionFields[s.Status]
	}
	names := map[string][]string{compliance.ResolvedDone: kind.Done, compliance.ResolvedWontDo: kind.WontDo}[s.Kind.Ends(s.Status)]
	screen, asked := way.Fields["resolution"]
	if len(names) == 0 || !asked {
		return nil
	}
	for _, name := range names {
		if len(screen.AllowedValues) == 0 || slices.ContainsFunc(screen.AllowedValues, func(v struct{ Name string }) bool { return strings.EqualFold(v.Name, name) }) {
			return map[string]string{"resolution": name}
		}
	}
	return map[string]string{"resolution": names[0]} // Jira's refusal names it
}

// screenValues finds a value for every field that the transition's screen
// requires: the configured one, else the issue's own. The resolution of a ticket
// that is no change is set wherever the screen has one.
func (c *Client) screenValues(ctx context.Context, issue issueAnswer, way transition, s compliance.TicketStep, kind KindConfig) (map[string]any, error) {
	values, given := map[string]any{}, c.configured(s, kind, way)
	var own []string
	for _, id := range slices.Sorted(maps.Keys(way.Fields)) {
		field := way.Fields[id]
		text, configured := given[id]
		if !field.Required && (!configured || s.Kind == compliance.TicketChange) {
			continue
		}
		switch {
		case configured:
			value, err := field.encode(id, text)
			if err != nil {
				return nil, blocked(opAdvance, "transition %q: %s", way.Name, err)
			}
			values[id] = value
		case !field.HasDefaultValue:
			own = append(own, id)
		}
	}
	if len(own) == 0 {
		return values, nil
	}
	now, err := c.issue(ctx, opAdvance, compliance.TicketRef{ID: issue.ID}, own)
	if err != nil {
		return nil, err
	}
	for _, id := range own {
		value, ok := writable(now.Fields[id])
		if !ok {
			return nil, blocked(opAdvance, "%s: the transition %q requires the field %q (%s), which has no value: fill it in, or configure a value for this status",
				issue.Key, way.Name, way.Fields[id].Name, id)
		}
		values[id] = value
	}
	return values, nil
}

// encode writes a configured text as the field's type wants it.
func (f screenField) encode(id, text string) (any, error) {
	kind := FieldMap{Name: f.Name, ID: id, Kind: KindText}
	switch f.Schema.Type {
	case "option":
		return map[string]string{"value": text}, nil
	case "resolution", "priority", "version", "component", "issuetype":
		return map[string]string{"name": text}, nil
	case "array":
		item := screenField{Name: f.Name}
		item.Schema.Type = f.Schema.Items
		value, err := item.encode(id, text)
		return []any{value}, err
	case "user":
		kind.Kind = KindUser
	case "date":
		kind.Kind = KindDate
	case "datetime":
		kind.Kind = KindDatetime
	case "number":
		kind.Kind = KindNumber
	}
	return kind.encode(text)
}

// writable turns a value as Jira shows it into one that Jira takes: of an
// object only what identifies it. False when there is no value.
func writable(raw json.RawMessage) (any, bool) {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil, false
	}
	switch v := value.(type) {
	case nil:
		return nil, false
	case map[string]any:
		for _, key := range []string{"accountId", "id", "value", "name"} {
			if part, ok := v[key]; ok {
				return map[string]any{key: part}, true
			}
		}
		return nil, false
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			part, err := json.Marshal(item)
			if err != nil {
				return nil, false
			}
			if w, ok := writable(part); ok {
				list = append(list, w)
			}
		}
		return list, len(list) > 0
	case string:
		return v, v != ""
	default:
		return v, true
	}
}
