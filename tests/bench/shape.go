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
