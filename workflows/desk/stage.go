package desk

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
)

// Stage is what lists and the engine's own pages show of a subject. None of it
// is personal data: search attributes are never encrypted.
type Stage struct {
	Process string // "change", "incident", …
	Stage   string // the typed state
	System  string
	// Systems are all of them for a subject that concerns several.
	Systems     []string
	Environment string
	Severity    string // empty for a process that has none
	Awaiting    []compliance.PersonID
	Due         time.Time // when the wait ends by itself; zero: it does not
	// Title and Status are for the engine's page of the run, which is encrypted
	// like everything else.
	Title, Status string
}

// Stage upserts every search attribute at once; called on stage changes only,
// because each upsert costs the engine as much as an activity's start.
func (d *Desk) Stage(ctx workflow.Context, s Stage) {
	names := make([]string, len(s.Awaiting))
	for i, p := range s.Awaiting {
		names[i] = string(p)
	}
	updates := []temporal.SearchAttributeUpdate{
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet(s.Process),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(s.Stage),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(d.Number),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSystem).ValueSet(s.System),
		temporal.NewSearchAttributeKeyKeyword(compliance.AttributeEnvironment).ValueSet(s.Environment),
		temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet(names),
	}
	if len(s.Systems) > 0 {
		updates = append(updates, temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeSystems).ValueSet(s.Systems))
	}
	if s.Severity != "" {
		updates = append(updates, temporal.NewSearchAttributeKeyKeyword(compliance.AttributeSeverity).ValueSet(s.Severity))
	}
	due := temporal.NewSearchAttributeKeyTime(compliance.AttributeDue)
	if s.Due.IsZero() {
		updates = append(updates, due.ValueUnset())
	} else {
		updates = append(updates, due.ValueSet(s.Due))
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		// Lists are a convenience; the evidence index is the truth.
		d.Logger.Error("search attributes not set", "error", err)
	}
	workflow.SetCurrentDetails(ctx, d.details(s))
	d.behind = true
}

// details is what the engine's own page shows a visitor.
func (d *Desk) details(s Stage) string {
	text := fmt.Sprintf("**%s** %s\n\n%s", d.Number, s.Title, s.Status)
	for _, t := range d.Trouble {
		text += fmt.Sprintf("\n\nTrouble with the %s since %s: %s", t.Surface, t.Since.UTC().Format("2006-01-02 15:04 UTC"), t.Text)
	}
	return text
}
