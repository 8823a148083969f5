package tests

import (
	"context"
	"fmt"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
)

// crashStory is one change played by people who do what people do when
// something fails: they try again, with the form they still have open.
type crashStory struct {
	c     *crashWorld
	title string
	plot  plot
	issue jiratest.Issue
	// absent keeps the worker away while one approver decides.
	absent bool
}

// subject is the workflow id of the story's change.
func (s *crashStory) subject() string {
	return change.WorkflowID(s.c.w.Rules.Tickets().Site, s.issue.ID)
}

// plot is what happens in a story.
type plot int

const (
	// straight: two levels, three approvers, execution.
	straight plot = iota
	// winding: denied, mended and submitted again, voided by an edit after an
	// approval, and withdrawn in its third version.
	winding
)

func plots() []plot { return []plot{straight, winding} }

func (p plot) String() string { return [...]string{"straight", "winding"}[p] }

// step is a part of a story and what it waits for.
type step struct {
	name string
	do   func(ctx context.Context) error
}

// play tells the whole story; both end with a click that comes after the end.
func (s *crashStory) play(ctx context.Context) error {
	var late slacktest.View
	steps := []step{
		{"submit", s.submit},
		{"card", s.shows("in_review", harness.Offers("approve"))},
		{"open a form for later", func(ctx context.Context) (err error) {
			late, err = s.press(ctx, "jonas", "approve", harness.Offers("approve"))
			return err
		}},
	}
	if s.plot == straight {
		steps = append(steps, s.straight()...)
	} else {
		steps = append(steps, s.winding()...)
	}
	steps = append(steps,
		step{"over", s.over},
		step{"late click", func(ctx context.Context) error { return s.send(ctx, "jonas", late, nil, "is over") }},
		step{"calm", s.calm},
	)
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func (s *crashStory) straight() []step {
	comment := map[string]string{"comment": "Checked with finance"}
	outcome := map[string]string{"result": "succeeded", "note": "Limit is 5000"}
	return []step{
		{"first approval", s.acts("bruno", "approve", nil, harness.Offers("approve"))},
		{"second approval", func(ctx context.Context) error { return s.alone(ctx, "chidi") }},
		{"question", s.ask},
		{"third approval", s.acts("farah", "approve", comment, harness.Says("level 2 of 2"))},
		{"approved", s.shows("approved", harness.Offers("start"))},
		{"start", s.acts("goran", "start", nil, harness.Offers("start"))},
		{"executing", s.shows("executing", harness.Offers("finish"))},
		{"finish", s.acts("goran", "finish", outcome, harness.Offers("finish"))},
		{"closed", s.shows("closed", harness.Says("Closed"))},
	}
}

func (s *crashStory) winding() []step {
	jira := s.c.w.Site.Jira
	jonas := s.c.w.Jira("jonas")
	return []step{
		{"denial", s.acts("bruno", "deny", map[string]string{"reason": "No test on real data"}, harness.Offers("deny"))},
		{"denied", s.shows("rejected", harness.Says("Denied"))},
		{"mend", func(context.Context) error {
			if err := jira.EditIssue(jonas, s.issue.Key, map[string]string{"test_plan": "A copy of real data"}); err != nil {
				return err
			}
			return jira.Transition(jonas, s.issue.Key, s.c.w.Rules.Tickets().SubmitStatus)
		}},
		{"second version", s.shows("in_review", harness.Says("version 2"))},
		{"approval", s.acts("bruno", "approve", nil, harness.Says("version 2"))},
		{"edit", func(context.Context) error {
			return jira.EditIssue(jonas, s.issue.Key, map[string]string{"risk": "low"})
		}},
		{"third version", s.shows("in_review", harness.Says("version 3"))},
		{"withdrawal", s.acts("jonas", "withdraw", map[string]string{"reason": "Next quarter"}, harness.Says("version 3"))},
		{"withdrawn", s.shows("withdrawn", harness.Says("Withdrawn"))},
	}
}
