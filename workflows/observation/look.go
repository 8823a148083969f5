package observation

import (
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/workflows/desk"
	"github.com/lowcodex/countersign/workflows/steps"
)

const (
	atOnce = 10  // targets read side by side
	batch  = 100 // targets judged in one step
)

// look is one run.
type look struct {
	log    log.Logger
	asked  time.Time
	last   Looks
	policy steps.ResolvedObserved
	next   []Look             // of every target, in the order of the policy
	seen   []steps.SeenTarget // of those that could be read
}

// LookAtTargets looks at every target whose turn it is, or for which somebody asked. What is seen is held against
// the record; what nothing explains begins a run of its own before this one ends. A
// look that is repeated, or dies between two steps, finds the same runs.
func LookAtTargets(ctx workflow.Context, in LookInput) (Looks, error) {
	l := &look{log: workflow.GetLogger(ctx), asked: in.Asked}
	l.begin(ctx)
	var err error
	l.policy, err = waited(ctx, l, func() (steps.ResolvedObserved, error) { return steps.ResolveObserved(ctx) })
	if err != nil {
		return l.last, err
	}
	if err := l.read(ctx); err != nil {
		return l.last, err
	}
	for from := 0; from < len(l.seen); from += batch {
		if err := l.judge(ctx, l.seen[from:min(from+batch, len(l.seen))]); err != nil {
			return l.last, err
		}
	}
	for i := range l.next {
		if err := l.unread(ctx, &l.next[i]); err != nil {
			return l.last, err
		}
	}
	return Looks{Schema: 1, Targets: l.next}, nil
}

// begin takes over what the look before left.
func (l *look) begin(ctx workflow.Context) {
	if !workflow.HasLastCompletionResult(ctx) {
		return
	}
	if err := workflow.GetLastCompletionResult(ctx, &l.last); err != nil {
		l.log.Error("the result of the last look cannot be read", "error", err) // as none
		l.last = Looks{}
	}
}

// read reads the targets whose turn it is, some side by side. One that does not
// answer is not observed, which is no finding.
func (l *look) read(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	places := workflow.NewSemaphore(ctx, atOnce)
	all := workflow.NewWaitGroup(ctx)
	for i, t := range l.policy.Targets {
		h := Look{Target: t.Target.ID}
		if at := slices.IndexFunc(l.last.Targets, func(h Look) bool { return h.Target == t.Target.ID }); at >= 0 {
			h = l.last.Targets[at]
		}
		l.next = append(l.next, h)
		early := now.Before(h.At.Add(t.Every - t.Every/10)) // the schedule is not to the second
		if early && !h.At.Before(l.asked) {
			continue
		}
		all.Add(1)
		workflow.GoNamed(ctx, "read "+t.Target.ID, func(ctx workflow.Context) {
			defer all.Done()
			if places.Acquire(ctx, 1) != nil {
				return // cancelled
			}
			defer places.Release(1)
			v, err := steps.LookAtTarget(ctx, t.Target)
			l.note(i, now, v, err)
		})
	}
	all.Wait(ctx)
	return ctx.Err()
}

// note takes what came of reading a target.
func (l *look) note(i int, now time.Time, v steps.VerifiedTarget, err error) {
	h, t := &l.next[i], l.policy.Targets[i]
	h.At = now
	switch {
	case err != nil:
		h.Detail = compliance.Cut(steps.Explain(err).Text, 300)
	case !v.Served.Ready || v.Served.Content == "":
		h.Detail = compliance.Cut("it does not serve what it was given: "+v.Served.Detail, 300)
	default:
		h.Detail = ""
		l.seen = append(l.seen, steps.SeenTarget{
			Target: t.Target.ID, System: t.System, Environment: t.Environment, LastLook: h.Seen,
			Seen: rules.Seen{Content: v.Served.Content, Revision: v.Served.Revision, At: v.At},
		})
		return
	}
	if h.Since.IsZero() {
		h.Since = now
	}
}

// judge has what was seen held against the record, and begins what follows.
func (l *look) judge(ctx workflow.Context, seen []steps.SeenTarget) error {
	info := workflow.GetInfo(ctx).WorkflowExecution
	out, err := waited(ctx, l, func() ([]steps.JudgedTarget, error) {
		return steps.JudgeSeen(ctx, steps.JudgeSeenInput{Look: info.ID, Run: info.RunID, Rules: l.policy.Rules, Seen: seen})
	})
	if err != nil {
		return err
	}
	for i, j := range out {
		at := slices.IndexFunc(l.next, func(h Look) bool { return h.Target == j.Target })
		h := &l.next[at]
		h.Outcome, h.By = j.Verdict.Outcome, j.Verdict.By
		if h.Outcome == rules.Unchanged || h.Outcome.Explains() {
			h.Seen = seen[i].Seen.At // a rollout under way hides nothing that was done meanwhile
		}
		if j.Found != nil {
			if err := l.open(ctx, j, l.policy.Targets[at]); err != nil {
				return err
			}
		}
	}
	return nil
}

// open begins the run of a finding, which outlives the look. One that has begun is
// never begun again, also when it is over.
func (l *look) open(ctx workflow.Context, j steps.JudgedTarget, t steps.ObservedTarget) error {
	_, err := steps.Begin(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            j.Finding,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		StaticSummary:         "Unexplained content on " + t.Target.ID,
	}, Type, Input{Found: *j.Found, Setup: setupOf(t, l.policy.Rules)})
	return err
}

// unread tells once of a target that could not be read for a day, and that it can be
// read again. It is on record before it is told.
func (l *look) unread(ctx workflow.Context, h *Look) error {
	again := h.Detail == "" && !h.Since.IsZero()
	if !again && (h.Told || !rules.Unread(h.Since, workflow.Now(ctx))) {
		return nil
	}
	t := l.policy.Targets[slices.IndexFunc(l.policy.Targets, func(t steps.ObservedTarget) bool { return t.Target.ID == h.Target })]
	key := fmt.Sprintf("%s/unread/%d", rules.TargetSubject(h.Target), h.Since.Unix())
	c := compliance.Card{
		Subject: rules.TargetSubject(h.Target), Key: key, Title: "Target " + h.Target + " of " + t.Title, Tone: compliance.Bad, Notify: owners(t),
		Status: "It cannot be read, so nobody sees what is changed there. Look at it, and at its address and credential.",
		Facts:  []compliance.Fact{{Label: "Not read since", At: h.Since}, {Label: "Seen", Text: h.Detail}},
	}
	if again {
		told := h.Told
		c.Status, c.Tone = "It is read again.", compliance.Good
		c.Facts = c.Facts[:1]
		h.Since, h.Told = time.Time{}, false
		if told {
			l.show(ctx, t.Channel, c, true) // seen on the next card where it fails
		}
		return nil
	}
	info := workflow.GetInfo(ctx).WorkflowExecution
	ev := steps.Head{Subject: rules.TargetSubject(h.Target), Run: info.RunID, Rules: l.policy.Rules}.Event(key, rules.EventUnread, workflow.Now(ctx))
	ev.WorkflowID, ev.Facts = info.ID, desk.Encoded(rules.UnreadFacts{Target: h.Target, Since: h.Since, Detail: h.Detail})
	if _, err := waited(ctx, l, func() (steps.Recorded, error) { return steps.RecordEvent(ctx, ev) }); err != nil {
		return err
	}
	h.Told = l.show(ctx, t.Channel, c, false)
	return nil
}

// show shows a card; false when the surface was down, and then the next look tries again.
func (l *look) show(ctx workflow.Context, channel string, c compliance.Card, rewrite bool) bool {
	if channel == "" {
		return true // the record and the command line have it
	}
	posted, err := steps.ShowCard(ctx, steps.ShowCardInput{Channel: channel, Card: c, Repeat: true}) // an earlier look may have shown it
	if err == nil && rewrite {
		_, err = steps.ShowCard(ctx, steps.ShowCardInput{Channel: channel, At: &posted, Card: c})
	}
	if err != nil {
		f := steps.Explain(err)
		l.log.Warn("a card about a target is not shown", "card", c.Key, "failure", f.Text)
		return f.Final
	}
	return true
}

func owners(t steps.ObservedTarget) []compliance.PersonID {
	if t.Owner == "" {
		return nil
	}
	return []compliance.PersonID{t.Owner}
}

// waited repeats a step that the look cannot go on without.
func waited[R any](ctx workflow.Context, l *look, step func() (R, error)) (R, error) {
	return steps.Persist(ctx, func(bool) (R, error) { return step() }, func(f steps.Failed) {
		l.log.Warn("targets are not looked at", "failure", f.Text)
		workflow.SetCurrentDetails(ctx, "It waits: "+f.Text)
	})
}
