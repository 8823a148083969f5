package change

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
)

// stage upserts every search attribute at once; called on stage changes only,
// because each upsert costs the engine as much as an activity's start.
func (c *process) stage(ctx workflow.Context) {
	v := c.s.Version
	awaiting, due := c.awaiting()
	names := make([]string, len(awaiting))
	for i, p := range awaiting {
		names[i] = string(p)
	}
	stage := string(c.s.State)
	if c.s.State == rules.Open {
		stage = string(v.State)
	}
	updates := []temporal.SearchAttributeUpdate{
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("change"),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(stage),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(c.s.Number),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSystem).ValueSet(v.Snapshot.System),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeEnvironment).ValueSet(v.Snapshot.Environment),
		temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet(names),
	}
	dueKey := temporal.NewSearchAttributeKeyTime(compliance.AttributeDue)
	if due.IsZero() {
		updates = append(updates, dueKey.ValueUnset())
	} else {
		updates = append(updates, dueKey.ValueSet(due))
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		// Lists are a convenience; the evidence index is the truth.
		c.Logger.Error("search attributes not set", "error", err)
	}
	workflow.SetCurrentDetails(ctx, details(c.s))
	c.Show()
}

// details is what the engine's own page shows a visitor.
func details(s State) string {
	text := fmt.Sprintf("**%s** %s\n\n%s", s.Number, s.Version.Snapshot.Title, status(s))
	for _, t := range s.Trouble {
		text += fmt.Sprintf("\n\nTrouble with the %s since %s: %s", t.Surface, t.Since.UTC().Format("2006-01-02 15:04 UTC"), t.Text)
	}
	return text
}
