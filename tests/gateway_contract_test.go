package tests

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/workflows/change"
)

// The smallest process that keeps the contract with the gateway: it answers
// each delivery once, whichever way it came. Its answers to the field "mode":
// "reject" is refused by the validator, "slow" waits for the signal "release".
type minimal struct {
	Released bool
	Counted  []string                    // deliveries in the order they counted
	Outcomes map[string]compliance.Reply // by delivery; carried on
	Tickets  int
}

const (
	signalRelease = "release" // lets slow handlers go on
	signalRenew   = "renew"   // continues as new at once, without draining: the fault C15 must survive
	signalClose   = "close"
	queryCounted  = "counted"
	queryTickets  = "tickets"
)

func (m *minimal) act(ctx workflow.Context, in compliance.Inbound) (compliance.Reply, error) {
	if first, seen := m.Outcomes[in.Delivery]; seen {
		return first, nil
	}
	if in.Answer("mode") == "slow" {
		if err := workflow.Await(ctx, func() bool { return m.Released }); err != nil {
			return compliance.Reply{}, err
		}
		if first, seen := m.Outcomes[in.Delivery]; seen {
			return first, nil
		}
	}
	reply := compliance.Reply{Outcome: compliance.Recorded, Text: "Recorded as " + in.Action + "."}
	m.Counted = append(m.Counted, in.Delivery)
	m.Outcomes[in.Delivery] = reply
	return reply, nil
}

func minimalChange(ctx workflow.Context, _ change.Input, carried *minimal) error {
	m := carried
	if m == nil {
		m = &minimal{Outcomes: map[string]compliance.Reply{}}
	}
	validate := func(_ workflow.Context, in compliance.Inbound) error {
		if in.Answer("mode") == "reject" {
			return errors.New("the form is of an older version")
		}
		return nil
	}
	if err := workflow.SetUpdateHandlerWithOptions(ctx, change.UpdateDecide, m.act, workflow.UpdateHandlerOptions{Validator: validate}); err != nil {
		return err
	}
	if err := workflow.SetQueryHandler(ctx, queryCounted, func() ([]string, error) { return m.Counted, nil }); err != nil {
		return err
	}
	if err := workflow.SetQueryHandler(ctx, queryTickets, func() (int, error) { return m.Tickets, nil }); err != nil {
		return err
	}
	var done, renew bool
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(workflow.GetSignalChannel(ctx, change.SignalActed), func(c workflow.ReceiveChannel, _ bool) {
		var in compliance.Inbound
		c.Receive(ctx, &in)
		_, _ = m.act(ctx, in) // only a cancelled process fails here
	})
	selector.AddReceive(workflow.GetSignalChannel(ctx, change.SignalTicketChanged), func(c workflow.ReceiveChannel, _ bool) {
		c.Receive(ctx, nil)
		m.Tickets++
	})
	set := func(flag *bool) func(workflow.ReceiveChannel, bool) {
		return func(c workflow.ReceiveChannel, _ bool) {
			c.Receive(ctx, nil)
			*flag = true
		}
	}
	selector.AddReceive(workflow.GetSignalChannel(ctx, signalRelease), set(&m.Released))
	selector.AddReceive(workflow.GetSignalChannel(ctx, signalClose), set(&done))
	selector.AddReceive(workflow.GetSignalChannel(ctx, signalRenew), set(&renew))
	for !done && !renew {
		selector.Select(ctx)
	}
	if renew {
		next := *m // a copy, so that this run's waiting handlers stay undone
		next.Released = true
		return workflow.NewContinueAsNewError(ctx, change.Type, change.Input{}, &next)
	}
	return nil
}
