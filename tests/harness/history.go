package harness

import (
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"google.golang.org/protobuf/proto"
)

// History is the whole history of a workflow's latest run.
func (w *World) History(workflowID string) *historypb.History {
	w.T.Helper()
	h := &historypb.History{}
	it := w.Client.GetWorkflowHistory(w.within(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(w.T, err)
		h.Events = append(h.Events, e)
	}
	return h
}

// AwaitEvent waits until a workflow's latest run has an event of this kind behind
// the first n, such as a timer that the engine fires while no worker is there.
func (w *World) AwaitEvent(workflowID string, n int, kind enumspb.EventType) *historypb.HistoryEvent {
	w.T.Helper()
	it := w.Client.GetWorkflowHistory(w.within(), workflowID, "", true, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		require.NoError(w.T, err, "no %s of %s", kind, workflowID)
		if e.GetEventId() > int64(n) && e.GetEventType() == kind {
			return e
		}
	}
	require.FailNow(w.T, "the workflow ended", "without %s: %s", kind, workflowID)
	return nil
}

// Size is the encoded size of a history in bytes.
func Size(h *historypb.History) int { return proto.Size(h) }

// RecordHistory writes a history as a file for replay tests when the
// environment variable COUNTERSIGN_HISTORIES names a directory, which is what
// `make history` does; otherwise it does nothing.
func (w *World) RecordHistory(workflowID, name string) {
	w.T.Helper()
	dir := os.Getenv("COUNTERSIGN_HISTORIES")
	if dir == "" {
		return
	}
	b, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(w.History(workflowID))
	require.NoError(w.T, err)
	require.NoError(w.T, os.MkdirAll(dir, 0o755))
	require.NoError(w.T, os.WriteFile(filepath.Join(dir, name+".json"), append(b, '\n'), 0o644))
}
