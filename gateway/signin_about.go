package gateway

import (
	"context"
	"fmt"
	"net/http"

	"go.temporal.io/sdk/client"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/workflows/change"
)

// About is what an act is about, for whoever carries it out away from the card.
type About struct {
	Title   string
	Facts   []aboutFact
	Warning string // why the act will probably not count
}

type aboutFact struct{ Label, Text string }

func (p *signInPages) about(r *http.Request, s session) About {
	process, known := p.process(s.Link.Subject)
	if !known || process.Describe == nil {
		return About{Title: s.Link.Ref}
	}
	ctx, cancel := context.WithTimeout(r.Context(), describeWithin)
	defer cancel()
	return process.Describe(ctx, p.g.engine, s.Link.Subject, s.Link.Ref)
}

// describeChange names the change as the binding does, and what the process says
// of it, if it answers in time: the judge compares the binding anyway.
func describeChange(ctx context.Context, engine client.Client, subject, ref string) About {
	b, err := rules.ParseBinding(ref)
	if err != nil {
		return About{Title: "A change"}
	}
	out := About{Title: b.Number, Facts: []aboutFact{
		{"Content", fmt.Sprintf("version %d · %s", b.Version, b.Hash)}, {"Level", fmt.Sprintf("%d", b.Level)},
	}}
	answer, err := engine.QueryWorkflow(ctx, subject, "", change.QueryStanding)
	if err != nil {
		return out
	}
	var now change.Standing
	if err := answer.Get(&now); err != nil || now.Number != b.Number {
		return out
	}
	if now.Title != "" {
		out.Title += " · " + now.Title
	}
	if now.Levels >= b.Level {
		out.Facts[1].Text = fmt.Sprintf("%d of %d", b.Level, now.Levels)
	}
	if now.Ticket.Key != "" {
		out.Facts = append([]aboutFact{{"Ticket", now.Ticket.Key}}, out.Facts...)
	}
	if now.Ref != ref {
		out.Warning = "Since you pressed the button this change was edited, or its level was decided. Open the card again before you decide."
	}
	return out
}
