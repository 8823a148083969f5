package processtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"github.com/lowcodex/countersign/compliance"
)

// Delivery is an id that no delivery had before.
func (w *World) Delivery() string {
	w.delivery++
	return fmt.Sprintf("delivery-%d", w.delivery)
}

// By is somebody's account at the command line.
func By(who string) compliance.Account { return compliance.Account{Provider: "cli", ID: who} }

// Inbound is what a person does with these answers, now.
func (w *World) Inbound(delivery, subject, ref string, actor compliance.Account, action string, answers map[string]string) compliance.Inbound {
	in := compliance.Inbound{
		Delivery: delivery, Surface: "cli", Actor: actor, Subject: subject, Action: action, Ref: ref, Received: w.Env.Now(),
	}
	for _, k := range slices.Sorted(maps.Keys(answers)) {
		in.Answers = append(in.Answers, compliance.Answer{Name: k, Value: answers[k], Shown: "shown " + k})
	}
	return in
}

// Send hands an act to the process and the reply to then, which may be nil. A
// validator that rejects it fails the test, since a refusal is an answer, and so does
// an act that is not answered.
func (w *World) Send(update string, in compliance.Inbound, then func(compliance.Reply)) {
	w.T.Helper()
	w.Env.UpdateWorkflow(update, in.Delivery, &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) {
			require.NoError(w.T, err, "the validator rejected %s by %s", in.Action, in.Actor.ID)
		},
		OnComplete: func(result any, err error) {
			require.NoError(w.T, err)
			if then != nil {
				then(result.(compliance.Reply))
			}
		},
	}, in)
}
