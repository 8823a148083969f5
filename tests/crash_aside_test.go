package tests

import (
	"context"
	"errors"

	"github.com/lowcodex/countersign/tests/harness"
)

// The plots in which a change leaves its straight way: put on hold, replaced by a
// newer one, carried out without approval, expired.

// olderPart is the change of the superseded plot that is replaced; no plot of its own.
const olderPart plot = "superseded, the older one"

// fields are what a plot's ticket has beside the usual ones.
func (p plot) fields() map[string]string {
	switch p {
	case olderPart, supersededPlot:
		return map[string]string{"risk": "low"} // one approval
	case expiredPlot:
		return map[string]string{"system": "order-portal", "environment": "acceptance"}
	case gatedPlot:
		return map[string]string{"system": "claims-desk", "environment": "acceptance", "risk": "low"}
	}
	return nil
}

// asideTraces are what a change of these plots leaves behind.
func asideTraces() map[plot]changeTraces {
	return map[plot]changeTraces{
		heldPlot: {
			records: []string{
				"received", "submitted", "decided", "decided", "held", "resumed", "decided", "decided", "approved",
				"objected", "resumed", "edited", "started", "finished", "closed", "late",
			},
			voters:   []string{"bruno", "bruno", "chidi", "farah"},
			statuses: []string{"submitted", "in_review", "held", "in_review", "approved", "held", "approved", "executing", "closed"},
			comments: 9, notes: 7, end: "Closed",
		},
		olderPart: {
			records:  []string{"received", "submitted", "decided", "approved", "superseded"},
			voters:   []string{"bruno"},
			statuses: []string{"submitted", "in_review", "approved", "superseded"},
			comments: 3, notes: 2, end: "Replaced",
		},
		supersededPlot: {
			records:  []string{"received", "submitted", "decided", "approved", "supersedes", "withdrawn", "late"},
			voters:   []string{"chidi"},
			statuses: []string{"submitted", "in_review", "approved", "withdrawn"},
			comments: 4, notes: 1, end: "Withdrawn",
		},
		emergencyPlot: {
			records:  []string{"received", "submitted", "emergency", "acknowledged", "finished", "reviewed", "closed", "late"},
			statuses: []string{"submitted", "in_review", "executing", "retro_review", "closed"},
			comments: 5, notes: 3, end: "Closed",
		},
		expiredPlot: {
			records:  []string{"received", "submitted", "reminded", "escalated", "expired", "submitted", "withdrawn", "late"},
			statuses: []string{"submitted", "in_review", "expired", "submitted", "in_review", "withdrawn"},
			comments: 4, notes: 2, end: "Withdrawn",
		},
		gatedPlot: {
			records:  []string{"received", "submitted", "gated", "decided", "approved", "withdrawn", "late"},
			voters:   []string{"bruno"},
			statuses: []string{"submitted", "in_review", "approved", "withdrawn"},
			comments: 3, notes: 2, end: "Withdrawn",
		},
	}
}

func (s *changeStory) held() []step {
	because := map[string]string{"reason": "The package is being replaced"}
	return []step{
		{"abstention", s.acts("bruno", "abstain", nil, harness.Offers("abstain"))},
		{"abstained", s.shows(harness.Says("abstained"))},
		{"changed vote", s.acts("bruno", "approve", nil, harness.Says("abstained"))},
		{"changed", s.shows(harness.Says("Changed vote"))},
		{"hold", s.acts("goran", "hold", because, harness.Offers("hold"))},
		{"held", s.stands("held", harness.Offers("resume"))},
		{"resumption", s.acts("goran", "resume", nil, harness.Offers("resume"))},
		{"in review again", s.stands("in_review", harness.Offers("approve"))},
		{"second approval", s.acts("chidi", "approve", nil, harness.Offers("approve"))},
		{"third approval", s.acts("farah", "approve", nil, harness.Says("level 2 of 2"))},
		{"approved", s.stands("approved", harness.Offers("object"))},
		{"objection", s.acts("bruno", "object", map[string]string{"reason": "The package was recalled"}, harness.Offers("object"))},
		{"objected", s.stands("held", harness.Says("An approver objects"))},
		{"objection taken back", s.acts("bruno", "resume", nil, harness.Says("An approver objects"))},
		{"approved again", s.stands("approved", harness.Offers("start"))},
		{"edit", s.edit(map[string]string{"purpose": "Customers of next year"})},
		{"edited", s.shows(harness.Says("the votes stand"))},
		{"start", s.acts("goran", "start", nil, harness.Says("the votes stand"))},
		{"executing", s.stands("executing", harness.Offers("finish"))},
		{"finish", s.acts("goran", "finish", map[string]string{"result": "succeeded", "note": "Limit is 5000"}, harness.Offers("finish"))},
		{"closed", s.stands("closed", harness.Says("Closed"))},
	}
}

// predecessor has the older change approved, and gives its number to the newer one.
func (s *changeStory) predecessor() []step {
	o := s.older
	return []step{
		{"submit the older one", o.submit},
		{"card of the older one", o.stands("in_review", harness.Offers("approve"))},
		{"approval of the older one", o.acts("bruno", "approve", nil, harness.Offers("approve"))},
		{"the older one approved", o.stands("approved", harness.Offers("start"))},
		{"number of the older one", func(ctx context.Context) error {
			records, err := s.c.reader.Records(ctx, o.subject())
			if err != nil || len(records) == 0 {
				return errors.Join(err, errors.New("the older change has no record"))
			}
			s.fields["supersedes"] = records[0].Record.Number
			return nil
		}},
	}
}

func (s *changeStory) superseding() []step {
	return []step{
		{"approval", s.acts("chidi", "approve", nil, harness.Offers("approve"))},
		{"it took its place", s.stands("approved", harness.Says("was replaced by this change"))},
		{"the older one is replaced", s.older.stands("superseded", harness.Says("Replaced"))},
		{"the older one is over", func(ctx context.Context) error { return s.c.over(ctx, s.older.subject()) }},
		{"withdrawal", s.acts("jonas", "withdraw", map[string]string{"reason": "Next quarter"}, harness.Offers("withdraw"))},
		{"withdrawn", s.stands("withdrawn", harness.Says("Withdrawn"))},
	}
}

func (s *changeStory) emergency() []step {
	broken := map[string]string{"incident": s.c.breaks, "reason": "Orders hang"}
	looked := map[string]string{"verdict": "would_approve", "note": "Read the incident"}
	return []step{
		{"break glass", s.acts("goran", "break-glass", broken, harness.Offers("break-glass"))},
		{"page", s.paged("bruno")},
		{"go-ahead", s.acts("bruno", "acknowledge", map[string]string{"answer": "go_ahead"}, harness.Offers("acknowledge"))},
		{"executing", s.stands("executing", harness.Offers("finish"))},
		{"finish", s.acts("goran", "finish", map[string]string{"result": "succeeded", "note": "Orders flow again"}, harness.Offers("finish"))},
		{"to be reviewed", s.stands("retro_review", harness.Offers("review"))},
		{"review", s.acts("farah", "review", looked, harness.Offers("review"))},
		{"closed", s.stands("closed", harness.Says("Closed"))},
	}
}

func (s *changeStory) expiring() []step {
	return []step{
		{"expired", s.stands("expired", harness.Says("xpired"))},
		{"mend", s.edit(map[string]string{"system": "sandbox", "environment": "sandbox"})},
		{"submit again", func(context.Context) error {
			return s.c.w.Site.Jira.Transition(s.c.w.Jira("jonas"), s.issue.Key, s.c.w.Rules.Tickets().SubmitStatus)
		}},
		{"second version", s.stands("in_review", harness.Says("version 2"))},
		{"withdrawal", s.acts("jonas", "withdraw", map[string]string{"reason": "Next quarter"}, harness.Says("version 2"))},
		{"withdrawn", s.stands("withdrawn", harness.Says("Withdrawn"))},
	}
}

func (s *changeStory) gated() []step {
	reviewed := map[string]string{"review_link": "https://code.example/7", "review_author": "p-goran", "reviewer": "p-hana"}
	return []step{
		{"evidence", s.acts("goran", "gate", reviewed, harness.Offers("gate"))},
		{"gate passed", s.shows(harness.Says("passed"))},
		{"approval", s.acts("bruno", "approve", nil, harness.Says("passed"))},
		{"approved", s.stands("approved", harness.Offers("start"))},
		{"withdrawal", s.acts("jonas", "withdraw", map[string]string{"reason": "Next quarter"}, harness.Offers("withdraw"))},
		{"withdrawn", s.stands("withdrawn", harness.Says("Withdrawn"))},
	}
}

// edit is the requester who edits the ticket.
func (s *changeStory) edit(fields map[string]string) func(context.Context) error {
	return func(context.Context) error {
		return s.c.w.Site.Jira.EditIssue(s.c.w.Jira("jonas"), s.issue.Key, fields)
	}
}

// paged waits until somebody was paged about the story, on whatever channel.
func (s *changeStory) paged(who string) func(context.Context) error {
	return (&incidentStory{acting: s.acting}).paged(who)
}

// breaking has an incident on record that is not resolved: the one for which
// changes of this world go past their approvals.
func (c *crashWorld) breaking(ctx context.Context) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	s := newIncidentStory(&tale{c: c, title: "Orders hang", plot: incidentPlot})
	for _, step := range s.steps() {
		if err := step.do(ctx); err != nil {
			return err
		}
		if step.name == "stood down" {
			break
		}
	}
	c.numbered["INC"]++
	c.breaks = s.stood.Number
	return nil
}

// checkPages compares the pages of who was asked whether it may go ahead: there once,
// at most once more for a kill, and stood down on every channel.
func (s *changeStory) checkPages(f *findings) {
	pages := (&incidentStory{acting: s.acting}).pagesTo("bruno")
	if s.killed && len(pages) == 2 {
		f.repeated("a page arrived twice, by another channel or again by mail", 1)
	} else {
		f.counted("pages of who is on call", len(pages), 1)
	}
	for _, p := range pages {
		if !p.stoodDown {
			f.lost("the page at %s still asks although it was answered", p.channel)
		}
	}
}
