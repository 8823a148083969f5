package harness

import (
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
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

// Size is the encoded size of a history in bytes.
func Size(h *historypb.History) int { return proto.Size(h) }
