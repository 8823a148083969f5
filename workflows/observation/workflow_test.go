package observation_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/observation"
)

// What nobody put there is found once, told, and explained by an approver with a change of the
// target's own system; from then on it is what is known.
func TestObservation_AnUnexplainedContentIsFoundAndExplained(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, rules.Baseline, w.look(0).Outcome)
	require.Equal(t, rules.Unchanged, w.look(every).Outcome)
	w.platform.content = "sha256:b2"
	require.Equal(t, rules.Unexplained, w.look(every).Outcome)
	require.Equal(t, rules.Unexplained, w.look(every).Outcome, "nothing is on record yet: begun again, it is found running")
	id, in := w.found()
	require.Equal(t, "sha256:a1", in.Found.Before.Content)
	require.Equal(t, start.Add(every), in.Found.LastLook.UTC(), "when it was last seen as it was")

	w.change("yard-flows", w.now.Add(-24*time.Hour), time.Hour)
	w.change("order-portal", w.now.Add(-24*time.Hour), time.Hour)
	w.engine(id, observation.Finding)
	act := func(who, ref, by string, want rules.Reason) {
		w.Send(rules.ActionExplain, w.Inbound(w.Delivery(), id, ref, processtest.By(who), rules.ActionExplain, map[string]string{"by": by, "reason": "Anna mended the gate"}), func(r compliance.Reply) {
			require.Equal(t, string(want), r.Reason, r.Text)
			if want != rules.OK {
				require.Equal(t, want.Text(), r.Text)
			}
		})
	}
	var decider string
	w.At(time.Minute, func() {
		s := processtest.Ask[observation.Standing](w.World, observation.QueryStanding)
		require.Equal(t, rules.Open, s.State)
		require.Equal(t, "OBS-1", s.Ref)
		require.NotEmpty(t, s.Awaiting)
		decider = string(s.Awaiting[0])[2:]
		require.Equal(t, []string{"explain"}, w.Surface.Buttons())
		require.Equal(t, "OBS-1 · Unexplained content on yard-gate", w.Surface.Last().Title)
		act("nobody", "OBS-1", "CHG-1", rules.UnknownPerson)
		act(decider, "OBS-1", "CHG-9", rules.NotOnRecord)
		act(decider, "OBS-1", "CHG-2", rules.OtherSystem)
		act(decider, "OBS-2", "CHG-1", rules.StaleFinding)
		act(decider, "OBS-1", "", rules.MissingAnswer)
	})
	w.At(time.Hour, func() { act(decider, "OBS-1", "chg-1", rules.OK) })
	w.Env.ExecuteWorkflow(observation.Type, in)
	require.NoError(t, w.Env.GetWorkflowError())
	var end observation.Result
	require.NoError(t, w.Env.GetWorkflowResult(&end))
	require.Equal(t, observation.Result{Number: "OBS-1", State: rules.Explained, By: "CHG-1"}, end)
	require.Equal(t, []string{"found", "refused", "refused", "refused", "refused", "refused", "explained"}, w.Records(id))
	require.Len(t, w.Surface.Posts(), 1)
	require.Empty(t, w.Surface.Last().Actions)

	got := w.look(2 * time.Hour)
	require.Equal(t, rules.ByFinding, got.Outcome)
	require.Equal(t, []string{"OBS-1"}, got.By)
	require.Equal(t, rules.Unchanged, w.look(every).Outcome)
	require.Equal(t, []rules.Outcome{rules.Baseline, rules.ByFinding}, w.observed())
}

// A change that is carried out there explains an edit; one of another system does not.
func TestObservation_AChangeUnderWayExplainsAnEdit(t *testing.T) {
	w := newWorld(t)
	w.look(0)
	w.change("yard-flows", w.now.Add(time.Minute), 0)
	w.platform.content = "sha256:b2"
	require.Equal(t, rules.ByChange, w.look(every).Outcome)
	require.Equal(t, []rules.Outcome{rules.Baseline, rules.ByChange}, w.observed())

	w = newWorld(t)
	w.look(0)
	w.change("order-portal", w.now.Add(time.Minute), 0)
	w.platform.content = "sha256:b2"
	require.Equal(t, rules.Unexplained, w.look(every).Outcome)
}

// A change that is carried out longer than was approved is no licence to edit: what is found
// meanwhile names it, and it may explain it all the same when an approver says so.
func TestObservation_AChangeExplainsNoLongerThanItsPlan(t *testing.T) {
	w := newWorld(t)
	w.look(0)
	w.change("yard-flows", w.now.Add(time.Minute), 0)
	w.platform.content = "sha256:b2"
	require.Equal(t, rules.ByChange, w.look(time.Hour).Outcome)
	require.Equal(t, rules.Unchanged, w.look(time.Hour).Outcome)
	w.platform.content = "sha256:c3"
	require.Equal(t, rules.Unexplained, w.look(every).Outcome)
	id, in := w.found()
	require.Equal(t, []string{"CHG-1"}, in.Found.Meanwhile)
	w.engine(id, observation.Finding)
	w.At(time.Minute, func() {
		require.Contains(t, w.Surface.Last().Facts, compliance.Fact{Label: "Under way", Text: "CHG-1, beyond what its plan explains"})
		by := string(processtest.Ask[observation.Standing](w.World, observation.QueryStanding).Awaiting[0])[2:]
		answers := map[string]string{"by": "CHG-1", "reason": "It took longer"}
		w.Send(rules.ActionExplain, w.Inbound(w.Delivery(), id, "OBS-1", processtest.By(by), rules.ActionExplain, answers), func(r compliance.Reply) {
			require.Empty(t, r.Reason, r.Text)
		})
	})
	w.Env.ExecuteWorkflow(observation.Type, in)
	require.NoError(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"found", "explained"}, w.Records(id))
}

// What its plan says is what it says when it starts: an edit that kept the votes counts.
func TestObservation_AnEditedPlanExplainsAsLongAsItSays(t *testing.T) {
	for to, want := range map[string]rules.Outcome{"10m0s": rules.Unexplained, "2h0m0s": rules.ByChange} {
		w := newWorld(t)
		w.look(0)
		w.changeBy("slack", "yard-flows", w.now.Add(time.Minute), 0,
			change.FieldChange{Name: "duration", From: "1h0m0s", To: to}, change.FieldChange{Name: "purpose", To: "5m"})
		require.Equal(t, rules.Unchanged, w.look(45*time.Minute).Outcome)
		w.platform.content = "sha256:b2"
		require.Equal(t, want, w.look(time.Hour).Outcome, to)
	}
}

// A change that a rollout carries out says nothing by the time it takes: the rollout is on
// record with exactly what it put there.
func TestObservation_AChangeOfARolloutExplainsNoEdit(t *testing.T) {
	w := newWorld(t)
	w.look(0)
	w.changeBy("process", "yard-flows", w.now.Add(time.Minute), 0)
	w.platform.content = "sha256:b2"
	require.Equal(t, rules.Unexplained, w.look(every).Outcome)
	_, in := w.found()
	require.Equal(t, []string{"CHG-1"}, in.Found.Meanwhile)
}

// A rollout under way is not judged; afterwards exactly what it put there is explained.
func TestObservation_ARolloutExplainsWhatItPutThere(t *testing.T) {
	w := newWorld(t)
	w.look(0)
	w.rollout("", false)
	w.platform.content = "sha256:half"
	require.Equal(t, rules.UnderWay, w.look(every).Outcome)
	require.Empty(t, w.begun)

	for content, want := range map[string]rules.Outcome{"sha256:b2": rules.ByRollout, "sha256:c3": rules.Unexplained} {
		w = newWorld(t)
		w.look(0)
		w.rollout("sha256:b2", true)
		w.platform.content = content
		require.Equal(t, want, w.look(every).Outcome, content)
	}
}

// A platform that is down is no finding; it is told once after a day, and taken back.
func TestObservation_APlatformThatIsDownIsToldOnceAfterADay(t *testing.T) {
	w := newWorld(t)
	w.look(0)
	w.platform.down = true
	require.False(t, w.look(every).Told)
	require.False(t, w.look(20*time.Hour).Told)
	require.Empty(t, w.Surface.Posts())
	w.Surface.Fail(func() error {
		return &compliance.Failure{Class: compliance.Unavailable, Op: "post", Err: errors.New("down")}
	})
	require.False(t, w.look(5*time.Hour).Told, "the chat is down: told the next time")
	w.Surface.Fail(nil)
	require.True(t, w.look(time.Hour).Told)
	require.True(t, w.look(time.Hour).Told)
	require.Len(t, w.Surface.Posts(), 1)
	require.Equal(t, []string{"observed", "unread"}, w.Records("target/yard-gate"))
	w.platform.down = false
	h := w.look(time.Hour)
	require.False(t, h.Told || !h.Since.IsZero())
	require.Equal(t, rules.Unchanged, h.Outcome)
	require.Equal(t, "It is read again.", w.Surface.Last().Status)
	require.Empty(t, w.begun)
}

// A target is looked at when its turn has come or somebody asked for it, and not when the
// policy says nothing.
func TestObservation_OnlyWhatThePolicyNames(t *testing.T) {
	w := newWorld(t)
	at := w.look(0).At
	require.Equal(t, at, w.look(time.Minute).At)
	w.asked = w.now.Add(time.Second)
	at = w.look(time.Minute).At
	require.Equal(t, w.now, at.UTC(), "somebody asked")
	require.Equal(t, at, w.look(time.Minute).At, "for one look")
	require.NotEqual(t, at, w.look(every).At)
}

// An operator's end of a finding is on record, and it is not begun again.
func TestObservation_AnOperatorEndsAFinding(t *testing.T) {
	w := newWorld(t)
	w.look(0)
	w.platform.content = "sha256:b2"
	w.look(every)
	id, in := w.found()
	w.engine(id, observation.Finding)
	w.At(time.Hour, func() { w.Env.CancelWorkflow() })
	w.Env.ExecuteWorkflow(observation.Type, in)
	require.Error(t, w.Env.GetWorkflowError())
	require.Equal(t, []string{"found", "stopped"}, w.Records(id))
	w.begun = map[string]observation.Input{}
	require.Equal(t, rules.Standing, w.look(2*every).Outcome)
	require.Empty(t, w.begun)
}
