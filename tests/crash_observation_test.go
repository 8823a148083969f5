package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
	"github.com/lowcodex/countersign/tests/harness"
	"github.com/lowcodex/countersign/workflows/observation"
)

// observedID is the only one that the crash worlds observe. It is of the system of the
// incident that explains what is found there, and no rollout reaches it.
const observedID = "yard-gate"

// observedClass has the target observed, as a class of its own. The schedule looks once a week;
// the stories ask for every other look.
const observedClass = `classes:
  - name: watched
    chain: low-risk
    evidence: [published, listed, detected]
    sponsor: p-alice
    backup_max_age: 24h
    observe: {every: 168h}
    rings:
      - {name: watched, suites: [flows-smoke], write_probe: edit-and-deploy-a-flow, soak: 1s, duration: 1h, attempts: 2}
`

const observedTarget = `targets: # deployed to in this order within a ring
  - {id: yard-gate, system: order-portal, environment: production, class: watched, ring: watched, platform: node-red, address: YARD_GATE, exposed: no}
`

// observationStory is an edit by hand that is found, told and explained.
type observationStory struct {
	acting
	stood  observation.Standing
	before int // records about the target
}

func newObservationStory(t *tale) *observationStory {
	s := &observationStory{acting: acting{tale: t}}
	s.subject = func() string { return s.stood.Subject }
	s.mine = func(m slacktest.Message) bool {
		return s.stood.Number != "" && strings.Contains(m.Shown(), s.stood.Number+" · ")
	}
	return s
}

func (s *observationStory) numbers() map[string]int { return map[string]int{rules.Series: 1} }

func (s *observationStory) steps() []step {
	explained := map[string]string{"by": s.c.breaks, "reason": "Bruno mended it while orders hung"}
	var late slacktest.View
	return []step{
		{"as it was", s.quiet},
		stepOf("edited by hand", func() { s.c.fleet.Save(observedID, harness.Yard(fmt.Sprintf("edited%d", s.c.stories))) }),
		{"look", s.look},
		{"found", s.found},
		{"told", s.shows(harness.Offers("explain"))},
		{"question", s.ask(observation.QueryStanding, &observation.Standing{})},
		{"open a form for later", func(ctx context.Context) (err error) {
			late, err = s.press(ctx, "chidi", "explain", harness.Offers("explain"))
			return err
		}},
		{"explain", s.acts("bruno", "explain", explained, harness.Offers("explain"))},
		{"explained", s.shows(harness.Says("Explained by " + s.c.breaks))},
		{"over", func(ctx context.Context) error { return s.c.over(ctx, s.subject()) }},
		{"late click", func(ctx context.Context) error { return s.send(ctx, "chidi", late, explained, "is over") }},
		{"look again", s.look},
		{"calm", func(ctx context.Context) error { return s.c.calm(ctx, s.subject(), rules.EventLate) }},
	}
}

// quiet has the target looked at, so that what is there before is explained.
func (s *observationStory) quiet(ctx context.Context) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	records, err := s.c.reader.Records(ctx, rules.TargetSubject(observedID))
	s.before = len(records)
	return err
}

func (s *observationStory) look(ctx context.Context) error { return s.c.lookNow(ctx) }

// lookNow is somebody who has the targets looked at, as the command does, and does so again
// until a look that began afterwards is over.
func (c *crashWorld) lookNow(ctx context.Context) error {
	for {
		run, err := connect.RunNow(ctx, c.w.Client.ScheduleClient(), observation.ScheduleID, observation.LookInput{Asked: time.Now().UTC()})
		if err == nil {
			err = c.w.Client.GetWorkflow(ctx, run.WorkflowID, run.FirstExecutionRunID).Get(ctx, nil)
		}
		if err == nil {
			return nil
		}
		if waited := c.afterError(ctx); waited != nil {
			return errors.Join(waited, err)
		}
	}
}

// found waits until the finding is on record, and asks it how it stands.
func (s *observationStory) found(ctx context.Context) error {
	subject := ""
	err := s.c.eventually(ctx, func() (bool, error) {
		all, err := s.c.reader.Standings(ctx, rules.Series)
		for _, st := range all {
			if !st.Final {
				subject = st.Subject
			}
		}
		return subject != "", err
	})
	if err != nil {
		return err
	}
	return s.c.eventually(ctx, func() (bool, error) {
		err := s.c.ask(ctx, subject, observation.QueryStanding, &s.stood)
		return err == nil && s.stood.Number != "", err
	})
}

// check: one finding, explained once, told on one card with one call of the owner, and
// afterwards the content counts as known by its number.
func (s *observationStory) check(ctx context.Context, f *findings) {
	_, types := s.c.recordsOf(ctx, f, s.subject())
	f.listed("records are", types, []string{"found", "explained", "late"})
	entries, types := s.c.recordsOf(ctx, f, rules.TargetSubject(observedID))
	f.listed("records of the target are", types[min(s.before, len(types)):], []string{"observed"})
	if len(entries) > s.before {
		of := factsIn[rules.ObservedFacts](f, entries[s.before])
		if of.Outcome != rules.ByFinding || !slices.Equal(of.By, []string{s.stood.Number}) {
			f.lost("what the target serves is %s by %v, not explained by %s", of.Outcome, of.By, s.stood.Number)
		}
	}
	s.checkCards(f, 1, "Explained by "+s.c.breaks, 1)
}
