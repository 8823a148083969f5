package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/certification"
)

// certificationStory is one document from the command that has it tracked to the
// operator who ends the tracking.
type certificationStory struct {
	acting
	artefact string
	today    rules.Date
}

func newCertificationStory(t *tale) *certificationStory {
	s := &certificationStory{acting: acting{tale: t}, artefact: fmt.Sprintf("soc2-%d", t.c.stories), today: rules.DateOf(time.Now().UTC())}
	s.subject = func() string { return certification.WorkflowID("acme", s.artefact) }
	s.mine = func(m slacktest.Message) bool { return strings.Contains(m.Shown(), s.title) }
	return s
}

func (s *certificationStory) numbers() map[string]int { return map[string]int{"CER": 1} }

// steps need no calendar to pass: what is needed in 20 days is past the reminders
// of 90, 60 and 30, of which the nearest goes out at once, and so is a document
// that covers 20 days more.
func (s *certificationStory) steps() []step {
	day := func(n int) string { return s.today.Add(n).String() }
	document := func(from, to int) map[string]string {
		return map[string]string{"from": day(from), "to": day(to), "document": "vault://acme/" + day(to), "kind": "renewal"}
	}
	accepted := func(text string) step { return step{text, s.shows(harness.Says(text))} }
	return []step{
		{"add", s.add},
		{"reminded", s.shows(harness.Offers("acknowledge"))},
		{"acknowledge", s.acts("bruno", "acknowledge", nil, harness.Offers("acknowledge"))},
		{"acknowledged", s.shows(func(m slacktest.Message) bool { return !harness.Offers("acknowledge")(m) })},
		{"request", s.acts("bruno", "request", map[string]string{"comment": "By mail"}, harness.Offers("request"))},
		{"receive", s.acts("bruno", "receive", document(-300, 20), harness.Says("Asked of the vendor"))},
		{"review", s.acts("alice", "review", nil, harness.Offers("review"))},
		{"accept", s.acts("alice", "accept", nil, harness.Offers("accept"))},
		accepted("Expiring"),
		{"question", s.ask(certification.QueryStanding, &certification.Standing{})},
		{"request the renewal", s.acts("bruno", "request", nil, harness.Says("Expiring"))},
		{"receive the renewal", s.acts("bruno", "receive", document(10, 375), harness.Says("Renewal: asked for"))},
		{"review the renewal", s.acts("alice", "review", nil, harness.Offers("review"))},
		{"accept the renewal", s.acts("alice", "accept", nil, harness.Offers("accept"))},
		accepted("Valid"),
		{"tasks done", func(ctx context.Context) error {
			done := s.c.w.Rules.Tickets().Kinds[compliance.TicketRenewal].Statuses["done"]
			return s.c.eventually(ctx, func() (bool, error) {
				tasks := s.c.issues(s.title)
				for _, i := range tasks {
					if i.Status != done {
						return false, nil
					}
				}
				return len(tasks) == 2, fmt.Errorf("the renewals' tickets are %+v", tasks)
			})
		}},
		{"end the tracking", s.cancel},
		{"calm", func(ctx context.Context) error {
			var keys []string
			for _, i := range s.c.issues(s.title) {
				keys = append(keys, i.Key)
			}
			return s.c.calm(ctx, s.subject(), "certification.stopped", keys...)
		}},
	}
}

// add is the command that has the document tracked, again until it is.
func (s *certificationStory) add(ctx context.Context) error {
	for {
		_, err := s.c.w.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: s.subject(), TaskQueue: compliance.QueueWorkflows, WorkflowTaskTimeout: 2 * time.Second,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		}, certification.Type, certification.Input{Vendor: "acme", Artefact: s.artefact, Asked: &rules.Asked{
			Class: "soc2", Title: s.title, NeededBy: s.today.Add(20), By: compliance.Account{Provider: "cli", ID: "bruno"},
		}})
		if err == nil {
			return nil
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

// cancel is an operator of the engine, who ends what nothing else ends.
func (s *certificationStory) cancel(ctx context.Context) error {
	for {
		err := s.c.w.Client.CancelWorkflow(ctx, s.subject(), "")
		var gone *serviceerror.NotFound
		if err == nil || errors.As(err, &gone) {
			break
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
	return s.c.eventually(ctx, func() (bool, error) {
		run, err := s.c.w.Client.DescribeWorkflowExecution(ctx, s.subject(), "")
		return err == nil && run.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, err
	})
}

func (s *certificationStory) check(ctx context.Context, f *findings) {
	entries, types := s.c.recordsOf(ctx, f, s.subject())
	f.listed("records are", types, []string{
		"tracked", "reminded", "acknowledged", "requested", "received", "reviewing", "accepted", "expiring", "reminded",
		"requested", "received", "reviewing", "accepted", "stopped",
	})
	var reminded []string
	for i, e := range entries {
		if types[i] == "reminded" {
			_, key, _ := strings.Cut(e.Record.Key, "/")
			reminded = append(reminded, key)
		}
	}
	f.listed("reminders are", reminded, []string{"v1/needed/30", "v1/rung/30"})
	statuses := s.c.w.Rules.Tickets().Kinds[compliance.TicketRenewal].Statuses
	tasks := s.c.issues(s.title)
	f.counted("tickets of renewals", len(tasks), 2)
	for n, i := range tasks {
		s.c.checkTicket(f, i.Key, []int{5, 5}[min(n, 1)], []string{statuses["received"], statuses["under_review"], statuses["done"]})
	}
	s.checkCards(f, 1, "Valid", 2)
}
