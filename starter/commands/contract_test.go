package commands

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/tests/harness"
	process "github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/record"
)

// The smallest processes that keep the contract with the command line. They
// apply no rules: "mallory" is declined, "old" is refused by the validator.
type minimal struct {
	standing process.Standing
	counted  []compliance.Inbound
	outcomes map[string]compliance.Reply
}

const (
	signalEdit   = "edit"    // a new title
	queryCounted = "counted" // every act that counted, once
)

const contentHash = "3f2a9c01b2d4e5f60718293a4b5c6d7e8f9001122334455667788990aabbccdd"

func (m *minimal) act(_ workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	if first, seen := m.outcomes[in.Delivery]; seen {
		return first, nil
	}
	reply := compliance.Reply{Outcome: compliance.Recorded, Text: "Recorded."}
	if in.Actor.ID == "mallory" {
		reply = compliance.Reply{Outcome: compliance.Declined, Reason: string(rules.NotEligible), Text: "You do not decide this level."}
	} else {
		m.counted = append(m.counted, in)
		if in.Action == rules.ActionWithdraw {
			m.standing.State, m.standing.Reason = rules.WithdrawnChange, rules.WithdrawnByPerson
		}
	}
	m.outcomes[in.Delivery] = reply
	return reply, nil
}

func minimalChange(ctx workflow.Context, in process.Input) error {
	m := &minimal{outcomes: map[string]compliance.Reply{}, standing: process.Standing{
		Number: "CHG-" + in.Ticket.ID, Subject: workflow.GetInfo(ctx).WorkflowExecution.ID, Ticket: in.Ticket, Title: "First title",
		State: rules.Open, Version: 1, Review: rules.InReview, Level: 1, Levels: 2,
		Ref: rules.NewBinding("CHG-"+in.Ticket.ID, 1, 1, "n1", contentHash).String(), Awaiting: []compliance.PersonID{"p-bruno"},
	}}
	validate := func(_ workflow.Context, in compliance.Inbound) error {
		if in.Actor.ID == "old" {
			return errors.New("the request is of another version")
		}
		return nil
	}
	for _, name := range []string{process.UpdateDecide, process.UpdateStart, process.UpdateFinish, process.UpdateWithdraw} {
		if err := workflow.SetUpdateHandlerWithOptions(ctx, name, m.act, workflow.UpdateHandlerOptions{Validator: validate}); err != nil {
			return err
		}
	}
	err := errors.Join(
		workflow.SetQueryHandler(ctx, process.QueryStanding, func() (process.Standing, error) { return m.standing, nil }),
		workflow.SetQueryHandler(ctx, queryCounted, func() ([]compliance.Inbound, error) { return m.counted, nil }),
		workflow.UpsertTypedSearchAttributes(ctx,
			temporal.NewSearchAttributeKeyKeyword(compliance.AttributeProcess).ValueSet("change"),
			temporal.NewSearchAttributeKeyKeyword(compliance.AttributeNumber).ValueSet(m.standing.Number),
			temporal.NewSearchAttributeKeyKeyword(compliance.AttributeStage).ValueSet(string(rules.InReview)),
			temporal.NewSearchAttributeKeyKeywordList(compliance.AttributeAwaiting).ValueSet([]string{"p-bruno"})),
	)
	if err != nil {
		return err
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var acted compliance.Inbound
			workflow.GetSignalChannel(ctx, process.SignalActed).Receive(ctx, &acted)
			_, _ = m.act(ctx, acted) // never fails
		}
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			workflow.GetSignalChannel(ctx, signalEdit).Receive(ctx, &m.standing.Title)
		}
	})
	return workflow.Await(ctx, func() bool { return m.standing.State.Terminal() && workflow.AllHandlersFinished(ctx) })
}

// minimalSubmit "opens" the ticket whose number is the field "ticket_id".
func minimalSubmit(ctx workflow.Context, in process.SubmissionInput) (process.SubmissionResult, error) {
	id := strings.TrimPrefix(in.Ticket, "OPS-")
	if id == "404" {
		return process.SubmissionResult{}, temporal.NewNonRetryableApplicationError("there is no ticket OPS-404", string(compliance.Gone), nil)
	}
	if in.Ticket == "" {
		id = in.Fields["vendor_version"]
	}
	ref := compliance.TicketRef{Site: in.Site, ID: id, Key: "OPS-" + id}
	subject := process.WorkflowID(in.Site, id)
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: subject, ParentClosePolicy: 2})
	err := workflow.ExecuteChildWorkflow(child, process.Type, process.Input{Ticket: ref}).GetChildWorkflowExecution().Get(ctx, nil)
	return process.SubmissionResult{Ticket: ref, Link: "https://tracker.example/" + ref.Key, WorkflowID: subject}, err
}

// minimalReading knows two tickets of the example's order portal; nobody knows who created OPS-13.
func minimalReading(_ workflow.Context, in process.ReadingInput) (process.Reading, error) {
	creator := "acc-dana"
	switch in.Ticket {
	case "OPS-12":
	case "OPS-13":
		creator = "acc-nobody"
	default:
		return process.Reading{}, temporal.NewNonRetryableApplicationError("there is no ticket "+in.Ticket, string(compliance.Gone), nil)
	}
	return process.Reading{
		Ticket: compliance.TicketRef{Site: in.Site, ID: "12", Key: in.Ticket},
		Snapshot: rules.Snapshot{
			Title: "Raise the limit", System: "order-portal", Environment: "production", Risk: "medium",
			Requester: compliance.Account{Provider: "jira", ID: "acc-goran"}, Implementer: compliance.Account{Provider: "jira", ID: "acc-emeka"},
			Creator: compliance.Account{Provider: "jira", ID: creator},
		},
	}, nil
}

func minimalRecord(_ workflow.Context, in record.Input) (record.Result, error) {
	return record.Result{Reply: compliance.Reply{
		Outcome: compliance.Declined, Reason: string(rules.AlreadyClosed), Text: "It is over; your " + in.Late.Action + " is on record as late.",
	}}, nil
}

// runWorker serves the processes until stop is called or the test ends.
func runWorker(t *testing.T, c client.Client) (stop func()) {
	t.Helper()
	w := worker.New(c, compliance.QueueWorkflows, worker.Options{DeadlockDetectionTimeout: harness.DeadlockDetection})
	w.RegisterWorkflowWithOptions(minimalChange, workflow.RegisterOptions{Name: process.Type})
	w.RegisterWorkflowWithOptions(minimalSubmit, workflow.RegisterOptions{Name: process.SubmissionType})
	w.RegisterWorkflowWithOptions(minimalReading, workflow.RegisterOptions{Name: process.ReadingType})
	w.RegisterWorkflowWithOptions(minimalRecord, workflow.RegisterOptions{Name: record.Type})
	require.NoError(t, w.Start())
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			w.Stop()
		}
	}
	t.Cleanup(stop)
	return stop
}

func quiet() sdklog.Logger { return sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

func deliveries(acts []compliance.Inbound) []string {
	var all []string
	for _, in := range acts {
		all = append(all, in.Delivery)
	}
	slices.Sort(all)
	return all
}
