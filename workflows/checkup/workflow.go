package checkup

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/workflows/steps"
)

// Checkup asks every queue at the same time and reports what each found. A queue
// whose workers do not answer is reported, and hides none of the others. A run
// that is lost leaves nothing behind: who asked asks again.
func Checkup(ctx workflow.Context, in Input) (Report, error) {
	waiting := slices.Clone(in.Queues)
	if err := workflow.SetQueryHandler(ctx, QueryProgress, func() (Progress, error) {
		return Progress{Waiting: slices.Clone(waiting)}, nil
	}); err != nil {
		return Report{}, err
	}
	found := make([]Report, len(in.Queues))
	all := workflow.NewWaitGroup(ctx)
	for i, queue := range in.Queues {
		all.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer all.Done()
			found[i] = look(ctx, queue, in.Parts)
			waiting = slices.DeleteFunc(waiting, func(q string) bool { return q == queue })
		})
	}
	all.Wait(ctx)
	var out Report
	for _, r := range found {
		out.Checks = append(out.Checks, r.Checks...)
	}
	return out, ctx.Err()
}

// look asks one queue.
func look(ctx workflow.Context, queue string, parts []string) Report {
	found, err := steps.RunCheckup(ctx, queue, steps.RunCheckupInput{Parts: parts})
	if err == nil {
		return found
	}
	part := checkup.Part(queue)
	return Report{Checks: []checkup.Check{part.Wrong("worker", checkup.NoWorker, "the queue did not answer: "+steps.Explain(err).Text,
		"start a worker with the role that serves this queue, or look at its log")}}
}
