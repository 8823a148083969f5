package observation_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/change"
	rules "github.com/lowcodex/countersign/compliance/observation"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/tests/processtest"
	"github.com/lowcodex/countersign/workflows/observation"
)

var start = time.Date(2027, 1, 4, 10, 0, 0, 0, time.UTC)

const every = 15 * time.Minute

// world runs the real looks and findings; only the platform and the chat are recorders.
type world struct {
	*processtest.World
	platform *platform
	now      time.Time
	asked    time.Time // for the looks from then on
	looks    observation.Looks
	begun    map[string]observation.Input // findings, by workflow id
}

func newWorld(t *testing.T) *world {
	w := &world{platform: &platform{content: "sha256:a1"}, now: start, begun: map[string]observation.Input{}}
	w.World = processtest.New(t, nil)
	w.Rewrite("rules/patch.yaml", "    address: YARD_GATE\n", "    address: YARD_GATE\n    observe: {every: 15m}\n")
	return w
}

func (w *world) engine(subject string, finding any) {
	w.Engine(w.now, subject)
	w.Env.RegisterActivity(&activities.Messages{Surface: w.Surface, People: w.People()})
	w.Env.RegisterActivity(&activities.Evidence{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source, Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Judgement{Log: w.Journal, Blobs: w.Log.Blobs(), Source: w.Source})
	w.Env.RegisterActivity(&activities.Rollouts{Source: w.Source, Blobs: w.Log.Blobs(), Now: w.Env.Now})
	w.Env.RegisterActivity(&activities.Platforms{Kinds: map[string]activities.Platform{"node-red": w.platform}, Blobs: w.Log.Blobs(), Now: w.Env.Now})
	w.Env.RegisterWorkflow(observation.LookAtTargets)
	w.Env.RegisterWorkflowWithOptions(finding, workflow.RegisterOptions{Name: observation.Type})
	w.HideLists()
}

// look looks at the targets after this long, as the schedule does, and says what came of it.
func (w *world) look(after time.Duration) observation.Look {
	w.T.Helper()
	w.now = w.now.Add(after)
	w.engine(observation.ScheduleID, func(ctx workflow.Context, in observation.Input) (observation.Result, error) {
		w.begun[workflow.GetInfo(ctx).WorkflowExecution.ID] = in
		return observation.Result{}, nil
	})
	if w.looks.Schema > 0 {
		w.Env.SetLastCompletionResult(w.looks)
	}
	w.Env.ExecuteWorkflow(observation.LookAtTargets, observation.LookInput{Asked: w.asked})
	require.NoError(w.T, w.Env.GetWorkflowError())
	w.looks = observation.Looks{}
	require.NoError(w.T, w.Env.GetWorkflowResult(&w.looks))
	require.Len(w.T, w.looks.Targets, 1)
	return w.looks.Targets[0]
}

// found is the only finding that was begun.
func (w *world) found() (string, observation.Input) {
	w.T.Helper()
	require.Len(w.T, w.begun, 1)
	for id, in := range w.begun {
		return id, in
	}
	return "", observation.Input{}
}

// observed are the outcomes on record of the target.
func (w *world) observed() []rules.Outcome {
	var out []rules.Outcome
	for _, f := range processtest.Facts[rules.ObservedFacts](w.World, "target/yard-gate", rules.EventObserved) {
		out = append(out, f.Outcome)
	}
	return out
}

// change puts a change on record that is planned for an hour and carried out on a
// system for a while; it is carried out still when the time is zero.
func (w *world) change(system string, from time.Time, lasts time.Duration) {
	w.changeBy("slack", system, from, lasts)
}

// changeBy is change, begun on a surface after these edits that kept its votes.
func (w *world) changeBy(surface, system string, from time.Time, lasts time.Duration, edits ...change.FieldChange) {
	head := activities.Head{Subject: "change/example/" + system, Run: "run"}
	submitted := head.Event(head.Subject+"/submitted", change.EventSubmitted, from)
	submitted.Series = "CHG"
	submitted.Facts = encoded(change.SubmittedFacts{Version: 1, System: system, Environment: "production", Duration: time.Hour})
	started := head.Event(head.Subject+"/started", change.EventStarted, from)
	started.State, started.Facts = string(change.Executing), encoded(change.ActFacts{Action: change.ActionStart, Surface: surface})
	edited := head.Event(head.Subject+"/edited", change.EventEdited, from)
	edited.Facts = encoded(change.EditedFacts{Version: 1, Class: change.Notable, Changes: edits})
	w.append(submitted, edited, started)
	if lasts > 0 {
		finished := head.Event(head.Subject+"/finished", change.EventFinished, from.Add(lasts))
		finished.State, finished.Final = string(change.Closed), true
		w.append(finished)
	}
}

// rollout puts a rollout on record that deployed a content to the target.
func (w *world) rollout(content string, over bool) {
	head := activities.Head{Subject: "patch/yard-flows/1", Run: "run"}
	received := head.Event(head.Subject+"/received", patch.EventReceived, w.now)
	received.Series, received.State, received.Facts = "PAT", string(patch.Rolling), encoded(patch.ReceivedFacts{})
	planned := head.Event(head.Subject+"/planned", patch.EventPlanned, w.now)
	planned.Facts = encoded(patch.PlannedFacts{Plan: patch.Plan{Rings: []patch.Ring{{Targets: []string{"yard-gate"}}}}})
	ring := head.Event(head.Subject+"/ring", patch.EventRingStarted, w.now)
	ring.Facts = encoded(patch.RingFacts{})
	w.append(received, planned, ring)
	if over {
		deployed := head.Event(head.Subject+"/deployed", patch.EventDeployed, w.now)
		deployed.Facts = encoded(patch.TargetFacts{Target: "yard-gate", Digest: content})
		closed := head.Event(head.Subject+"/closed", patch.EventClosed, w.now)
		closed.State, closed.Final = string(patch.Completed), true
		closed.Facts = encoded(patch.MovedFacts{To: patch.Completed})
		w.append(deployed, closed)
	}
}

func (w *world) append(events ...evidence.Event) {
	_, err := w.Log.Append(context.Background(), events)
	require.NoError(w.T, err)
}

func encoded(facts any) json.RawMessage {
	b, err := json.Marshal(facts)
	if err != nil {
		panic(err)
	}
	return b
}

// platform is a target that serves a content or is down.
type platform struct {
	activities.Platform // nothing else is asked of it
	content             string
	down                bool
}

func (p *platform) Live(context.Context, compliance.Target) (compliance.Served, error) {
	if p.down {
		return compliance.Served{}, &compliance.Failure{Class: compliance.Unavailable, Op: "read the target", Detail: "it does not answer"}
	}
	return compliance.Served{PlatformVersion: compliance.PlatformVersion{Content: p.content, Revision: "r"}, Ready: true}, nil
}
