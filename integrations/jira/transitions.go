package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

const opAdvance = "set ticket status"

// transition is one way out of the present status, with the fields of its
// screen. Ids differ from workflow to workflow and are read every time.
type transition struct {
	ID          string
	Name        string
	To          struct{ Name string }
	IsAvailable *bool // absent means available
	Fields      map[string]screenField
}

// screenField is a field of a transition's screen.
type screenField struct {
	Required        bool
	HasDefaultValue bool
	AllowedValues   []struct{ Name string }
	Name            string
	Schema          struct{ Type, Items string }
}

// advance moves the ticket into the step's status, by one transition. Jira has
// no way to set a status without one. begun says that the step was begun before.
func (c *Client) advance(ctx context.Context, s compliance.TicketStep, begun bool) error {
	kind, err := c.kind(opAdvance, s.Kind)
	if err != nil {
		return err
	}
	target, mapped := kind.Statuses[s.Status]
	if !mapped {
		return blocked(opAdvance, "the status %q is not mapped to a Jira status: add it to the policy's ticket statuses", s.Status)
	}
	before, err := c.issue(ctx, opAdvance, s.Ref, []string{"status"})
	if err != nil {
		return err
	}
	if strings.EqualFold(before.status(), target) {
		return nil
	}
	if begun && s.From != "" && !strings.EqualFold(before.status(), kind.physical(s.From)) {
		return nil // done, and moved on by somebody
	}
	var answer struct{ Transitions []transition }
	if err := c.call(ctx, opAdvance, http.MethodGet, "issue/"+before.ID+"/transitions?expand=transitions.fields", nil, &answer); err != nil {
		return err
	}
	ways := waysTo(answer.Transitions, target)
	if len(ways) == 0 {
		return blocked(opAdvance, "%s is in %q and its workflow has no transition from there to %q for the bot: add the transition, or give the bot the permission to use it",
			before.Key, before.status(), target)
	}
	var missing error
	for _, way := range ways {
		fields, err := c.screenValues(ctx, before, way, s, kind)
		if err != nil {
			missing = cmp.Or(missing, err)
			continue
		}
		return c.take(ctx, before, way, fields, target)
	}
	return missing
}

// physical is Jira's name of a logical status, or the name itself when the
// ticket was in a status that the policy does not know.
func (k KindConfig) physical(logical string) string { return firstOf(k.Statuses[logical], logical) }

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

// waysTo lists the available transitions into a status, lowest id first.
func waysTo(all []transition, target string) []transition {
	var ways []transition
	for _, t := range all {
		if strings.EqualFold(t.To.Name, target) && (t.IsAvailable == nil || *t.IsAvailable) {
			ways = append(ways, t)
		}
	}
	slices.SortFunc(ways, func(a, b transition) int {
		return cmp.Or(len(a.ID)-len(b.ID), strings.Compare(a.ID, b.ID))
	})
	return ways
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

// take performs the transition. After a refusal it reads the status again: of
// two at once one is refused although the status is reached, and "not valid
// for the current state" means that somebody else was first.
func (c *Client) take(ctx context.Context, before issueAnswer, way transition, fields map[string]any, target string) error {
	payload := map[string]any{"transition": map[string]string{"id": way.ID}}
	if len(fields) > 0 {
		payload["fields"] = fields
	}
	err := c.call(ctx, opAdvance, http.MethodPost, "issue/"+before.ID+"/transitions", payload, nil)
	var f *compliance.Failure
	if !errors.As(err, &f) || (f.Class != compliance.Invalid && f.Class != compliance.Conflict) {
		return err
	}
	now, readErr := c.issue(ctx, opAdvance, compliance.TicketRef{ID: before.ID}, []string{"status"})
	switch {
	case readErr != nil:
		return err
	case strings.EqualFold(now.status(), target):
		return nil
	case !strings.EqualFold(now.status(), before.status()):
		return &compliance.Failure{Class: compliance.Conflict, Op: opAdvance, Detail: "somebody moved the ticket at the same time: " + f.Detail, Err: f.Err}
	}
	return err
}
