package certification_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/certification"
)

// The clock of these tests starts here, a Tuesday.
var start = time.Date(2027, 1, 5, 10, 0, 0, 0, time.UTC)

const subject = "certification/acme/soc2"

// The artefact of these tests: p-bruno in Berlin owns it, p-alice is his
// manager, p-dana the sponsor, the change board decides on grace.
const acme = `apiVersion: countersign/v1
kind: artefacts
channel: vendors
fallback: p-farah
grace_approvers: [change-board]
classes:
  - name: soc2
    title: SOC 2 Type II report
vendors:
  - id: acme
    name: Acme
    owner: p-bruno
    sponsor: p-dana
    systems: [order-portal]
    contacts:
      - {name: Desk, email: desk@acme.example}
    artefacts:
      - id: soc2
        class: soc2
        title: SOC 2 report
        needed_by: "2027-06-30"
`

// world runs the real process; only the two vendors are recorders.
type world struct {
	*processtest.World
	tickets *processtest.Tickets
	asked   *rules.Asked
}

func newWorld(t *testing.T, artefacts string) *world {
	w := &world{tickets: &processtest.Tickets{Assignee: compliance.Account{Provider: "jira", ID: "acc-bruno"}}}
	w.World = processtest.New(t, func(of *processtest.World) {
		require.NoError(t, os.WriteFile(filepath.Join(of.Policy, "rules/artefacts.yaml"), []byte(artefacts), 0o600))
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
	w.Env.RegisterWorkflow(certification.Certification)
	w.HideLists()
}

// until plays the tracker up to this much time after its start. A tracker does
// not end by itself: it is cancelled then.
func (w *world) until(d time.Duration) {
	w.At(d, w.Env.CancelWorkflow)
	w.play(certification.Input{Vendor: "acme", Artefact: "soc2", Asked: w.asked})
}

// play runs a tracker, and the runs that it continues as, until it is cancelled.
func (w *world) play(in certification.Input) {
	w.Env.ExecuteWorkflow(certification.Certification, in)
	require.True(w.T, w.Env.IsWorkflowCompleted())
}

// on does something on a day, at noon UTC.
func (w *world) on(day string, f func()) {
	at, err := time.Parse(time.DateOnly, day)
	require.NoError(w.T, err)
	w.At(at.Add(12*time.Hour).Sub(start), f)
}

// act sends what a person does who has the present card before them.
func (w *world) act(who, action string, answers map[string]string, then func(compliance.Reply)) {
	w.send(w.Delivery(), w.standing().Ref, who, action, answers, then)
}

func (w *world) send(delivery, ref, who, action string, answers map[string]string, then func(compliance.Reply)) {
	update, ok := certification.UpdateFor(action)
	require.True(w.T, ok)
	w.Send(update, w.Inbound(delivery, subject, ref, processtest.By(who), action, answers), then)
}

// must is an act that has to count.
func (w *world) must(who, action string, answers map[string]string) {
	w.act(who, action, answers, func(r compliance.Reply) {
		require.Equal(w.T, compliance.Recorded, r.Outcome, "%s by %s: %s", action, who, r.Text)
	})
}

func received(from, to string) map[string]string {
	return map[string]string{"from": from, "to": to, "document": "vault: report of " + to, "kind": rules.KindRenewal}
}

// supply brings a document into force on a day: received by the owner, accepted by his manager.
func (w *world) supply(day, from, to string) {
	w.on(day, func() { w.must("bruno", rules.ActionReceive, received(from, to)) })
	at, _ := time.Parse(time.DateOnly, day)
	base := at.Add(12 * time.Hour).Sub(start)
	w.At(base+time.Minute, func() { w.must("alice", rules.ActionReview, nil) })
	w.At(base+2*time.Minute, func() { w.must("alice", rules.ActionAccept, map[string]string{"read": "yes"}) })
}

func (w *world) standing() certification.Standing {
	return processtest.Ask[certification.Standing](w.World, certification.QueryStanding)
}

func (w *world) conditions() []rules.Condition {
	a := processtest.Ask[certification.Answer](w.World, certification.QueryConditions, certification.Asking{At: w.Env.Now()})
	require.Empty(w.T, a.Unsettled)
	return a.Conditions
}

// records are the types of the evidence left, in order.
func (w *world) records() []string { return w.Records(subject) }

// count is how many records of a type there are.
func (w *world) count(kind string) int {
	n := 0
	for _, k := range w.records() {
		if k == kind {
			n++
		}
	}
	return n
}

// facts are those of every record of a type.
func facts[F any](w *world, kind string) []F {
	return processtest.Facts[F](w.World, subject, "certification."+kind)
}

// offsets are the rungs sent.
func (w *world) offsets() []int {
	var out []int
	for _, f := range facts[rules.ReminderFacts](w, "reminded") {
		out = append(out, f.Reminder.Offset)
	}
	return out
}

// says reports what a card shows, as text.
func says(c compliance.Card) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%s", c.Title, c.Status)
	for _, f := range append(slices.Clone(c.Facts), c.Log...) {
		fmt.Fprintf(&b, "|%s %s %v", f.Label, f.Text, f.People)
	}
	return b.String()
}
