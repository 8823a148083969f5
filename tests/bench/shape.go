package main

import (
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// shape is what a workflow did, without what it was about: which activities it
// ran on which queues and in which order, its updates, timers and upserts. It
// is read off a recorded history, so the bare workflow is the change's equal by
// construction and stays so when the change is altered.
type shape struct {
	Signals    int              `json:"signals"` // before the first step
	Activities []shapedActivity `json:"activities"`
	Updates    []string         `json:"updates"` // names, in the order they were accepted
	Steps      []step           `json:"steps"`
}

type shapedActivity struct {
	Name  string `json:"name"`
	Queue string `json:"queue"`
}

// step is what a workflow did at once when something had happened.
type step struct {
	After     cause           `json:"after"`
	Starts    []int           `json:"starts,omitempty"` // activities
	Timers    []time.Duration `json:"timers,omitempty"` // started; none is waited for
	Upserts   int             `json:"upserts,omitempty"`
	Completes []int           `json:"completes,omitempty"` // updates
}

// cause is what a step waits for: the start of the run, an activity or an update.
type cause struct {
	Kind string `json:"kind"`
	N    int    `json:"n"`
}

const (
	atStart       = "start"
	afterActivity = "activity"
	onUpdate      = "update"
)

// derivation is a shape in the making.
type derivation struct {
	shape
	scheduled map[int64]int // event → activity
	accepted  map[int64]int // event → update
	news      []int         // activities completed since the last workflow task began
	now       cause         // of the commands being read
	started   bool
}

// derive reads the shape off a history. Several activities may have completed
// before a task; what followed is then put down to the one scheduled first. The
// error names an event that a change is not expected to have.
func derive(h *historypb.History) (shape, error) {
	d := derivation{scheduled: map[int64]int{}, accepted: map[int64]int{}}
	for _, e := range h.GetEvents() {
		if err := d.read(e); err != nil {
			return shape{}, fmt.Errorf("event %d (%s): %w", e.GetEventId(), e.GetEventType(), err)
		}
	}
	return d.shape, nil
}

func (d *derivation) read(e *historypb.HistoryEvent) error {
	switch e.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		if len(d.Updates) > 0 {
			return fmt.Errorf("a signal in the middle of the run")
		}
		d.Signals++
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED:
		d.wake()
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		d.news = append(d.news, d.scheduled[e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId()])
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		a := e.GetActivityTaskScheduledEventAttributes()
		n := len(d.Activities)
		d.scheduled[e.GetEventId()] = n
		d.Activities = append(d.Activities, shapedActivity{a.GetActivityType().GetName(), a.GetTaskQueue().GetName()})
		s := d.step()
		s.Starts = append(s.Starts, n)
	case enumspb.EVENT_TYPE_TIMER_STARTED:
		s := d.step()
		s.Timers = append(s.Timers, e.GetTimerStartedEventAttributes().GetStartToFireTimeout().AsDuration())
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		d.step().Upserts++
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		n := len(d.Updates)
		d.accepted[e.GetEventId()] = n
		d.Updates = append(d.Updates, e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput().GetName())
		d.now = cause{onUpdate, n}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
		s := d.step()
		s.Completes = append(s.Completes, d.accepted[e.GetWorkflowExecutionUpdateCompletedEventAttributes().GetAcceptedEventId()])
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
		enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_TIMER_CANCELED:
	default:
		return fmt.Errorf("not part of an undisturbed change")
	}
	return nil
}

// wake sets what the commands of the task that begins now are put down to.
func (d *derivation) wake() {
	switch {
	case !d.started:
		d.now, d.started = cause{Kind: atStart}, true
	case len(d.news) > 0:
		d.now = cause{afterActivity, slices.Min(d.news)}
	}
	d.news = nil
}

// step is the one being read.
func (d *derivation) step() *step {
	if n := len(d.Steps); n == 0 || d.Steps[n-1].After != d.now {
		d.Steps = append(d.Steps, step{After: d.now})
	}
	return &d.Steps[len(d.Steps)-1]
}

// source is one line of the table of where a history's events come from.
type source struct {
	Name   string `json:"name"`
	Times  int    `json:"times"`
	Events int    `json:"events"`
	Bytes  int    `json:"bytes"`
}

// sources says for each event of a history what it is there for. Workflow tasks
// are the engine's way of asking the workflow what to do next; they belong to no
// cause alone and have a line of their own.
func sources(h *historypb.History) []source {
	var out []source
	at := map[string]int{}
	add := func(name string, e *historypb.HistoryEvent, first bool) {
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, source{Name: name})
		}
		out[i].Events++
		out[i].Bytes += size(e)
		if first {
			out[i].Times++
		}
	}
	names := map[int64]string{}
	for _, e := range h.GetEvents() {
		switch t := e.GetEventType(); t {
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			names[e.GetEventId()] = "activity " + e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
			add(names[e.GetEventId()], e, true)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			add(names[e.GetActivityTaskStartedEventAttributes().GetScheduledEventId()], e, false)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
			add(names[e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId()], e, false)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
			add(names[e.GetActivityTaskTimedOutEventAttributes().GetScheduledEventId()], e, false)
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
			add(names[e.GetActivityTaskFailedEventAttributes().GetScheduledEventId()], e, false)
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
			names[e.GetEventId()] = "update " + e.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest().GetInput().GetName()
			add(names[e.GetEventId()], e, true)
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
			add(names[e.GetWorkflowExecutionUpdateCompletedEventAttributes().GetAcceptedEventId()], e, false)
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			add("signal "+e.GetWorkflowExecutionSignaledEventAttributes().GetSignalName(), e, true)
		case enumspb.EVENT_TYPE_TIMER_STARTED:
			add("timer", e, true)
		case enumspb.EVENT_TYPE_TIMER_FIRED, enumspb.EVENT_TYPE_TIMER_CANCELED:
			add("timer", e, false)
		case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			add("search attributes", e, true)
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
			add("workflow task", e, true)
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
			enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED, enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			add("workflow task", e, false)
		default:
			add("start and end of the run", e, t == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
		}
	}
	return out
}

// sameShape checks that the bare workflow did what the change did: as many
// activities of each name, updates, timers and upserts. Workflow tasks may
// differ by a few, because the engine hands out what happened close together at once.
func sameShape(product, bare *historypb.History) error {
	want := map[string]int{}
	for _, s := range sources(product) {
		want[s.Name] = s.Times
	}
	for _, s := range sources(bare) {
		if s.Name != "workflow task" && s.Name != "signal "+bareSignal && want[s.Name] != s.Times {
			return fmt.Errorf("the bare workflow has %d × %s, the change %d: the shape was read wrongly", s.Times, s.Name, want[s.Name])
		}
		delete(want, s.Name)
	}
	for name, times := range want {
		if name != "workflow task" && len(name) > 0 && name[0] != 's' { // signals, start, search attributes: checked above
			return fmt.Errorf("the bare workflow lacks %d × %s: the shape was read wrongly", times, name)
		}
	}
	return nil
}
