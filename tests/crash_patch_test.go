package tests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/change"
	"github.com/lowcodex/countersign/workflows/patch"
)

// The yard of these stories: two rings of one target each.
const (
	yardSource  = "yard-dev"
	yardScratch = "yard-scratch"
)

func yardRings() []string { return []string{"yard-staging", "yard-canary"} }

// patchStory is one payload through two rings, or back from the second.
type patchStory struct {
	acting
	id     string
	change *changeStory      // by which it is approved
	was    map[string]string // the word that each target served before
	word   string            // the payload's
	blob   string            // where the payload is kept
	stood  patch.Standing
}

func newPatchStory(t *tale) *patchStory {
	s := &patchStory{acting: acting{tale: t}, id: uuid.NewString(), was: map[string]string{}, word: fmt.Sprintf("sound%d", t.c.stories)}
	if t.plot == wayBackPlot {
		s.word = fmt.Sprintf("weak%d", t.c.stories)
	}
	s.subject = func() string { return patch.WorkflowID(s.id) }
	s.mine = func(m slacktest.Message) bool { return strings.Contains(m.Shown(), " · "+s.title) }
	s.change = newChangeStory(t)
	s.change.mine = func(m slacktest.Message) bool { return strings.Contains(m.Shown(), "Roll out "+s.title) }
	s.change.subject = func() string { return change.WorkflowID(s.stood.Ticket.Site, s.stood.Ticket.ID) }
	return s
}

func (s *patchStory) numbers() map[string]int { return map[string]int{"PAT": 1, "CHG": 1} }

func (s *patchStory) steps() []step {
	steps := []step{
		{"payload", s.payload},
		{"ask", func(ctx context.Context) error {
			return s.start(ctx, s.subject(), patch.Type, patch.Input{Asked: patch.Asked{
				System: "yard-flows", Actor: compliance.Account{Provider: "cli", ID: "jonas"},
				Payload: &patch.Stored{Title: s.title, Version: "2.1", Blob: s.blob},
			}})
		}},
		{"approvable", s.change.shows(harness.Offers("approve"))},
		{"its change is known", func(ctx context.Context) error {
			for s.stood.Ticket.ID == "" {
				if err := s.c.ask(ctx, s.subject(), patch.QueryStanding, &s.stood); err != nil {
					return err
				}
			}
			return nil
		}},
		{"approval", s.change.acts("bruno", "approve", nil, harness.Offers("approve"))},
	}
	if s.plot == wayBackPlot {
		reason := map[string]string{"reason": "The flow was mended"}
		steps = append(steps,
			step{"taken back", s.shows(harness.Offers("lift_bar"))},
			step{"lift the bar", s.acts("emeka", "lift_bar", reason, harness.Offers("lift_bar"))},
			step{"lifted", s.shows(harness.Says("the bar was lifted"))},
		)
	} else {
		steps = append(steps, step{"complete", s.shows(harness.Says("Complete: every ring is proven"))})
	}
	return append(steps,
		step{"over", func(ctx context.Context) error { return s.c.over(ctx, s.subject()) }},
		step{"its change is over", func(ctx context.Context) error { return s.c.over(ctx, s.change.subject()) }},
		step{"calm", func(ctx context.Context) error {
			last := map[plot]string{rolloutPlot: rules.EventClosed, wayBackPlot: rules.EventBarLifted}[s.plot]
			return s.c.calm(ctx, s.subject(), last, s.stood.Ticket.Key)
		}},
	)
}

// payload has somebody build what is rolled out, and stores it.
func (s *patchStory) payload(ctx context.Context) error {
	for _, name := range yardRings() {
		if s.was[name] = s.c.fleet.Serves(name); !strings.HasPrefix(s.was[name], "sound") {
			s.was[name] = "sound0" // as the fleet is at first, or left behind by a story that failed
			s.c.fleet.Save(name, harness.Yard(s.was[name]))
		}
	}
	s.c.fleet.Save(yardSource, harness.Yard(s.word))
	id := patch.PayloadID(s.id)
	if err := s.start(ctx, id, patch.PayloadType, patch.PayloadInput{From: yardSource}); err != nil {
		return err
	}
	var stored patch.PayloadResult
	for {
		err := s.c.w.Client.GetWorkflow(ctx, id, "").Get(ctx, &stored)
		if err == nil {
			s.blob = stored.Blob
			return nil
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

// start begins a run as a command does, again until it has begun.
func (s *patchStory) start(ctx context.Context, id, kind string, in any) error {
	for {
		_, err := s.c.w.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: id, TaskQueue: compliance.QueueWorkflows, WorkflowTaskTimeout: 2 * time.Second,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		}, kind, in)
		if err == nil {
			return nil
		}
		if waited := s.c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

func (s *patchStory) check(ctx context.Context, f *findings) {
	_, types := s.c.recordsOf(ctx, f, s.subject())
	want := []string{
		"received", "planned", "planned",
		"ring_started", "snapshot", "deployed", "deployed", "checked", "soaked", "checked", "soaked",
		"snapshot", // the proof of the backup of a critical ring
		"ring_started", "snapshot", "deployed", "deployed", "checked", "soaked", "checked", "soaked",
		"closed", "closed",
	}
	statuses, serves := []string{"submitted", "in_review", "approved", "executing", "closed"}, map[string]string{}
	for _, name := range yardRings() {
		serves[name] = s.word
	}
	writes := map[string]int{"yard-staging": 1, "yard-canary": 1}
	comments, notes := 10, 1
	if s.plot == wayBackPlot {
		want = append(want[:17:17], "reverting", "restored", "restored", "barred", "closed", "bar_lifted")
		statuses[4], serves = "rolled_back", s.was
		comments, notes = 9, 2
		writes = map[string]int{"yard-staging": 2, "yard-canary": 2}
	}
	f.listed("records are", types, want)
	for _, name := range yardRings() {
		if got := s.c.fleet.Serves(name); got != serves[name] {
			f.lost("%s serves %q, not %q", name, got, serves[name])
		}
		if strings.Contains(s.c.fleet.Instance(name).Standin.Flows(), "countersign-canary-") {
			f.lost("a probe has left its canary on %s", name)
		}
		// Writing once more what is there already is harmless.
		made := s.c.taps[relayPlatform+name].Counts()["POST /flows full"]
		if made < writes[name] {
			f.lost("%s was written %d times, not %d", name, made, writes[name])
		}
		f.repeated("a deployment or a step of the way back was written again", made-writes[name])
	}
	f.counted("tickets of its change", len(s.c.issues(s.title)), 1)
	names := make([]string, len(statuses))
	for i, logical := range statuses {
		names[i] = s.c.w.Rules.Tickets().Statuses[logical]
	}
	s.c.checkTicket(f, s.stood.Ticket.Key, comments, names)
	s.change.checkCards(f, 1, "", 0)
	s.checkCards(f, 1, map[plot]string{rolloutPlot: "Complete", wayBackPlot: "the bar was lifted"}[s.plot], notes)
}
