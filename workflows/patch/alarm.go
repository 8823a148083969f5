package patch

import (
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/steps"
)

// page calls the people who answer for the rollout where no alert could be raised
// for them, each through the first channel that takes it. It is not given up
// while none does.
func (p *process) page(ctx workflow.Context, key string, ev compliance.AlertEvent) {
	a := p.s.Route.Audience
	called := map[compliance.PersonID]bool{}
	for _, person := range []compliance.PersonID{p.s.Route.Requester, a.Owner, a.Manager, a.Sponsor} {
		if person == "" || called[person] {
			continue
		}
		called[person] = true
		page := compliance.Page{
			Key: p.Owner() + "/" + key + "/" + string(person), Subject: p.Self, Number: p.s.Number, Title: ev.Title,
			Text: ev.Text, Severity: ev.Severity, Link: ev.Link, At: workflow.Now(ctx).UTC(), Ref: p.s.binding().String(),
		}
		p.Background(ctx, "page", func(ctx workflow.Context) { p.reach(ctx, person, page) })
	}
}

// reach tries one channel after the other until one has taken the page, and all of
// them again after a pause.
func (p *process) reach(ctx workflow.Context, person compliance.PersonID, page compliance.Page) {
	_, err := steps.Persist(ctx, func(repeat bool) (compliance.Paged, error) {
		var last error
		for _, channel := range p.s.Route.Channels {
			in := page
			in.Key += "/" + channel
			paged, err := steps.SendPage(ctx, steps.SendPageInput{Channel: channel, Person: person, Page: in, Repeat: repeat})
			if err == nil {
				return paged, nil
			}
			last = err
		}
		return compliance.Paged{}, last
	}, func(f steps.Failed) { p.Troubled(ctx, "paging", f.Text) })
	if err != nil {
		p.Troubled(ctx, "paging", compliance.Cut(steps.Explain(err).Text, 200))
		return
	}
	p.Recovered("paging")
}
