package jira

import (
	"cmp"
	"context"
	"errors"
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
