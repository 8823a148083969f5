package harness

import (
	"strings"
	"sync"

	commonpb "go.temporal.io/api/common/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// tasks knows what a call to the engine is about: "Change" for an answer about a
// workflow task of that type, "Change/ShowCard" for one about its activity, and
// the process, such as "change", for a call about a run. So a step keeps its name
// however many others passed before it.
type tasks struct {
	mu    sync.Mutex
	names map[string]string // by token
}

// learn remembers the tasks that the engine gave out. They are kept: an answer
// may be sent again, and the process does not live long.
func (t *tasks) learn(reply any) {
	switch r := reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		t.put(r.GetTaskToken(), r.GetWorkflowType().GetName())
	case *workflowservice.PollActivityTaskQueueResponse:
		t.put(r.GetTaskToken(), r.GetWorkflowType().GetName()+"/"+r.GetActivityType().GetName())
	case *workflowservice.RespondWorkflowTaskCompletedResponse:
		if next := r.GetWorkflowTask(); next != nil {
			t.learn(next)
		}
		for _, a := range r.GetActivityTasks() {
			t.learn(a)
		}
	}
}

func (t *tasks) put(token []byte, name string) {
	if len(token) == 0 {
		return // a poll that ended without a task
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.names == nil {
		t.names = map[string]string{}
	}
	t.names[string(token)] = name
}

// about is what a call is about, empty when it does not say.
func (t *tasks) about(req any) string {
	id := ""
	switch r := req.(type) {
	case interface{ GetTaskToken() []byte }:
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.names[string(r.GetTaskToken())]
	case interface {
		GetWorkflowExecution() *commonpb.WorkflowExecution
	}:
		id = r.GetWorkflowExecution().GetWorkflowId()
	case interface {
		GetExecution() *commonpb.WorkflowExecution
	}:
		id = r.GetExecution().GetWorkflowId()
	case interface{ GetUpdateRef() *updatepb.UpdateRef }:
		id = r.GetUpdateRef().GetWorkflowExecution().GetWorkflowId()
	case interface{ GetWorkflowId() string }:
		id = r.GetWorkflowId()
	}
	process, _, _ := strings.Cut(id, "/")
	return process
}
