package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/connect"
)

// leastRetention is how long closed runs must stay for the processes that look back.
const leastRetention = 30 * 24 * time.Hour

// lookAtEngine looks at what the engine itself says, and gives the queues that
// somebody works on. With whole it looks at the namespace as well.
func (p *program) lookAtEngine(ctx context.Context, e engine, queues []servedQueue, whole bool, report *checkup.Report) (served []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	namespace, err := connect.Namespace(connect.Options{Namespace: p.options.namespace, Env: p.env})
	if err != nil {
		return nil, err
	}
	if whole {
		checks, err := p.lookAtNamespace(ctx, e, namespace)
		report.Checks = append(report.Checks, checks...)
		if err != nil {
			return nil, err
		}
	}
	for _, q := range queues {
		polled, err := polled(ctx, e, namespace, q.queue)
		if err != nil {
			return nil, err
		}
		part := checkup.Part("workers")
		if !polled {
			report.Checks = append(report.Checks, part.Wrong("queue "+q.queue, checkup.NoWorker, "nobody takes work from it",
				"start a worker with the role "+q.role+" (go run ./worker -role "+q.role+"); its first lines say what its configuration lacks"))
			continue
		}
		served = append(served, q.queue)
		if whole {
			report.Checks = append(report.Checks, part.OK("queue "+q.queue, "role %s has asked for work within five minutes", q.role))
		}
	}
	return served, nil
}

// lookAtNamespace looks at the retention and the search attributes.
func (p *program) lookAtNamespace(ctx context.Context, e engine, namespace string) ([]checkup.Check, error) {
	const part = checkup.Part("engine")
	described, err := e.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if err != nil {
		return nil, err
	}
	checks := []checkup.Check{part.OK("server", "it answers"), part.OK("namespace", "%s", namespace)}
	if kept := described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); kept < leastRetention {
		checks[1] = part.Wrong("namespace", checkup.Different, fmt.Sprintf("%s keeps closed runs for %s", namespace, kept),
			"set its retention to at least 30 days: temporal operator namespace update --retention 720h -n "+namespace)
	}
	listed, err := e.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		// Temporal Cloud may refuse the question; the workers could not start without them.
		return append(checks, part.Wrong("search attributes", checkup.Unseen, "the server does not list them here", "the workers add what is missing when they start")), nil
	}
	var missing, other []string
	wanted := connect.SearchAttributes()
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		switch kind, ok := listed.GetCustomAttributes()[name]; {
		case !ok:
			missing = append(missing, name)
		case kind != wanted[name]:
			other = append(other, name+" is "+kind.String())
		}
	}
	switch {
	case len(other) > 0:
		checks = append(checks, part.Wrong("search attributes", checkup.Different, strings.Join(other, ", "), "use a namespace of its own for Countersign"))
	case len(missing) > 0:
		checks = append(checks, part.Wrong("search attributes", checkup.Missing, strings.Join(missing, ", "), "start a worker with the role workflows, which adds them"))
	default:
		checks = append(checks, part.OK("search attributes", "all %d", len(wanted)))
	}
	return checks, nil
}

// polled reports whether a worker has asked for work of a queue lately: the engine
// lists it for five minutes. One that died meanwhile shows by its silence.
func polled(ctx context.Context, e engine, namespace, queue string) (bool, error) {
	kind := enumspb.TASK_QUEUE_TYPE_ACTIVITY
	if queue == compliance.QueueWorkflows {
		kind = enumspb.TASK_QUEUE_TYPE_WORKFLOW
	}
	described, err := e.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: namespace, TaskQueue: &taskqueue.TaskQueue{Name: queue}, TaskQueueType: kind,
	})
	return err == nil && len(described.GetPollers()) > 0, err
}
