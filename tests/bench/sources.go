package main

import (
	"fmt"
	"maps"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

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
	times := func(h *historypb.History) map[string]int {
		out := map[string]int{}
		for _, s := range sources(h) {
			if s.Name != "workflow task" && !strings.HasPrefix(s.Name, "signal ") { // the signal has another name
				out[s.Name] = s.Times
			}
		}
		return out
	}
	if want, got := times(product), times(bare); !maps.Equal(want, got) {
		return fmt.Errorf("the shape was read wrongly: the change has %v, the bare workflow %v", want, got)
	}
	return nil
}
