package exception_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/exception"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/exception"
)

// The clock of these tests starts here, a Monday; it is 11:00 in Berlin, where
// p-bruno lives, who owns the exceptions. p-goran asks, p-hana verifies, and
// p-alice, p-dana, p-farah (the change board) decide with p-hana (security).
var start = time.Date(2027, 1, 4, 10, 0, 0, 0, time.UTC)

const (
	day     = 24 * time.Hour
	asking  = "delivery-of-the-request"
	numbers = "EXC-1"
)

var subject = exception.RequestedID(asking)

// terms of these tests: one approver for gate/*, two for the rest.
const terms = `apiVersion: countersign/v1
kind: exceptions
channel: security
terms:
  - controls: [gate/*]
    approvers: [change-board, security]
  - controls: ["*"]
    approvers: [change-board]
    quorum: 2
`

// world runs the real process; only the two vendors are recorders.
type world struct {
	*processtest.World
	tickets *processtest.Tickets
}

func newWorld(t *testing.T) *world {
	w := &world{tickets: &processtest.Tickets{}}
	w.World = processtest.New(t, func(of *processtest.World) {
		require.NoError(t, os.WriteFile(filepath.Join(of.Policy, "rules/exceptions.yaml"), []byte(terms), 0o600))
	})
	w.engine(start)
	return w
}

// engine makes a fresh engine whose clock starts at the given instant; the
// vendors, the rules and the evidence stay.
func (w *world) engine(at time.Time) {
	w.Engine(at, subject)
	w.Env.RegisterActivity(&activities.Tickets{Tracker: w.tickets, Blobs: w.Log.Blobs(), People: w.People(), Provider: "jira", Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Messages{Surface: w.Surface, People: w.People()})
	w.Env.RegisterActivity(&activities.Evidence{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Judgement{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source})
	w.Env.RegisterWorkflow(exception.Exception)
	w.HideLists()
}

// request is what goran asks for, with these answers in place of the usual ones.
func (w *world) request(answers map[string]string) exception.Input {
	all := map[string]string{
		"control": "gate/tests", "system": "order-portal", "environment": "production", "reason": "the suite is being rebuilt",
		"compensating": "a second review by hand", "owner": "p-bruno", "verifier": "p-hana", "since": "2026-11-02", "until": "2027-03-01",
	}
	for k, v := range answers {
		all[k] = v
	}
	in := w.Inbound(asking, exception.NewSubject, "", processtest.By("goran"), rules.ActionRequest, all)
	return exception.Input{Requested: &in}
}

// play runs an exception until it ends; nothing is left open.
func (w *world) play(in exception.Input) {
	w.Env.ExecuteWorkflow(exception.Exception, in)
	require.True(w.T, w.Env.IsWorkflowCompleted())
}

// result is how it ended.
func (w *world) result() exception.Result {
	require.NoError(w.T, w.Env.GetWorkflowError())
	var r exception.Result
	require.NoError(w.T, w.Env.GetWorkflowResult(&r))
	return r
}

// on does something on a day, at noon UTC.
func (w *world) on(date string, f func()) {
	at, err := time.Parse(time.DateOnly, date)
	require.NoError(w.T, err)
	w.At(at.Add(12*time.Hour).Sub(start), f)
}

// act sends what a person does who has the present card before them.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.send(w.Delivery(), w.standing().Ref, who, action, answers, then)
}

func (w *world) send(delivery, ref, who, action string, answers map[string]string, then func(compliance.Reply)) {
	update, ok := exception.UpdateFor(action)
	require.True(w.T, ok)
	w.Send(update, w.Inbound(delivery, subject, ref, processtest.By(who), action, answers), then)
}

// must is an act that has to count.
func (w *world) must(who, action string, answers map[string]string) {
	w.act(who, action, answers, func(r compliance.Reply) {
		require.Equal(w.T, compliance.Recorded, r.Outcome, "%s by %s: %s", action, who, r.Text)
	})
}

// refused is an act that the rules must refuse for this reason.
func (w *world) refused(who, action string, answers map[string]string, want rules.Reason) {
	w.act(who, action, answers, func(r compliance.Reply) {
		require.Equal(w.T, compliance.Declined, r.Outcome, "%s by %s", action, who)
		require.Equal(w.T, string(want), r.Reason, "%s by %s", action, who)
		require.Contains(w.T, r.Text, want.Text())
	})
}

func why() map[string]string { return map[string]string{"reason": "as the board agreed"} }

func seen() map[string]string {
	return map[string]string{"note": "the reviews of this month, in the wiki"}
}

func remedied() map[string]string {
	return map[string]string{"outcome": rules.OutcomeRemedied, "reason": "the suite is whole again"}
}

func (w *world) standing() exception.Standing {
	return processtest.Ask[exception.Standing](w.World, exception.QueryStanding)
}

// waivers are the numbers of what excuses gate/tests of the order portal now.
func (w *world) waivers(at time.Time) []string {
	var out []string
	list, err := (&activities.Judgement{Log: w.Log}).ExceptionsInForce(context.Background(), activities.ExceptionsInput{
		System: "order-portal", Environment: "production", Controls: []string{"gate/tests"}, At: at,
	})
	require.NoError(w.T, err)
	for _, l := range list {
		out = append(out, l.Number)
	}
	return out
}

func (w *world) records() []string { return w.Records(subject) }

// facts are those of every record of a type.
func facts[F any](w *world, kind string) []F {
	return processtest.Facts[F](w.World, subject, "exception."+kind)
}

// continued is what the run handed to the next.
func (w *world) continued() exception.Input {
	var next *workflow.ContinueAsNewError
	require.True(w.T, errors.As(w.Env.GetWorkflowError(), &next), "the run ended with %v", w.Env.GetWorkflowError())
	var in exception.Input
	require.NoError(w.T, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	require.NotNil(w.T, in.Carried)
	return in
}
