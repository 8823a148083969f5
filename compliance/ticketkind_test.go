package compliance_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

func TestKindsOfTicket(t *testing.T) {
	ends := map[compliance.TicketKind]map[string]string{
		compliance.TicketRenewal:   {"done": compliance.ResolvedDone, "cancelled": compliance.ResolvedWontDo},
		compliance.TicketIncident:  {"closed": compliance.ResolvedDone},
		compliance.TicketAction:    {"done": compliance.ResolvedDone},
		compliance.TicketException: {"done": compliance.ResolvedDone, "cancelled": compliance.ResolvedWontDo},
	}
	require.Len(t, compliance.TicketKinds(), len(ends))
	for _, kind := range compliance.TicketKinds() {
		require.True(t, kind.Known())
		for _, status := range kind.Statuses() {
			require.Equal(t, ends[kind][status], kind.Ends(status), "%s %s", kind, status)
		}
		for status := range ends[kind] {
			require.Contains(t, kind.Statuses(), status)
		}
	}
	require.True(t, compliance.TicketChange.Known())
	require.Empty(t, compliance.TicketChange.Statuses())
	require.False(t, compliance.TicketKind("renwal").Known())
	require.Empty(t, compliance.TicketChange.Ends("done"), "a change's end is not the ticket's to say")
}

// The names of the wire are frozen: what was written before there were kinds
// is read and written as it was.
func TestTicketsOfChangesAreWrittenAsBefore(t *testing.T) {
	for _, text := range []string{
		`{"key":"submission/1/open","site":"example","requester":{"provider":"jira","id":"a"},"fields":{"title":"T"}}`,
		`{"key":"submission/1/open","site":"example","fields":null}`,
	} {
		var n compliance.NewTicket
		require.NoError(t, json.Unmarshal([]byte(text), &n))
		again, err := json.Marshal(n)
		require.NoError(t, err)
		require.Equal(t, text, string(again))
	}
	const step = `{"key":"CHG-7/v1/approved","ref":{"site":"example","id":"1","key":"OPS-1"},"status":"approved","from":"in_review"}`
	var s compliance.TicketStep
	require.NoError(t, json.Unmarshal([]byte(step), &s))
	again, err := json.Marshal(s)
	require.NoError(t, err)
	require.Equal(t, step, string(again))
	const event = `{"delivery":"d","site":"example","ticket_id":"1","key":"OPS-1","actor":{"provider":"jira","id":"a"},"entered":true,"received":"2026-11-21T10:00:00Z"}`
	var e compliance.TicketEvent
	require.NoError(t, json.Unmarshal([]byte(event), &e))
	again, err = json.Marshal(e)
	require.NoError(t, err)
	require.Equal(t, event, string(again))
}
