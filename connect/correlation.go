package connect

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

const (
	// headerKey names it on the wire. It is written into every start, signal,
	// update and activity event, so every byte of it is paid often.
	headerKey = "cid"
	// maxCorrelation is long enough for a UUID or a vendor's delivery id.
	maxCorrelation = 64
)

type correlationKey struct{}

// WithCorrelation returns a context whose calls to Temporal carry the id: the
// workflow or handler they reach has it, and the activities it starts have it,
// and so have their log lines. Use the delivery id of the request that caused
// it. An id that is empty, longer than 64 bytes or not printable ASCII without
// spaces is not carried, because it comes from outside.
//
// The id is stored unencrypted: nothing about a person may be in it.
func WithCorrelation(ctx context.Context, id string) context.Context {
	if !carriable(id) {
		return ctx
	}
	return context.WithValue(ctx, correlationKey{}, id)
}

// CorrelationFrom returns the id a context carries, empty if there is none.
func CorrelationFrom(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}

// CorrelationFromWorkflow returns the id of whoever started the workflow, or,
// within a handler, of whoever sent the message.
func CorrelationFromWorkflow(ctx workflow.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}

func carriable(id string) bool {
	if id == "" || len(id) > maxCorrelation {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

// Correlation is the propagator that carries the id; Dial installs it. A test
// environment needs it in its own options.
func Correlation() workflow.ContextPropagator { return correlation{} }

type correlation struct{}

func (correlation) Inject(ctx context.Context, w workflow.HeaderWriter) error {
	write(w, CorrelationFrom(ctx))
	return nil
}

func (correlation) InjectFromWorkflow(ctx workflow.Context, w workflow.HeaderWriter) error {
	write(w, CorrelationFromWorkflow(ctx))
	return nil
}

func (correlation) Extract(ctx context.Context, r workflow.HeaderReader) (context.Context, error) {
	return WithCorrelation(ctx, read(r)), nil
}

func (correlation) ExtractToWorkflow(ctx workflow.Context, r workflow.HeaderReader) (workflow.Context, error) {
	if id := read(r); id != "" {
		return workflow.WithValue(ctx, correlationKey{}, id), nil
	}
	return ctx, nil
}

// write stores the id bare: the shortest payload the UI still shows as a header.
func write(w workflow.HeaderWriter, id string) {
	if id == "" {
		return
	}
	w.Set(headerKey, &commonpb.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.MetadataEncodingBinary)},
		Data:     []byte(id),
	})
}

// read takes what others wrote and so ignores what is not an id; an error here
// would fail a workflow for the sake of a log line.
func read(r workflow.HeaderReader) string {
	p, ok := r.Get(headerKey)
	if !ok || !carriable(string(p.GetData())) {
		return ""
	}
	return string(p.GetData())
}
