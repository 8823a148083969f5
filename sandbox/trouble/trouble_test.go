package trouble

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
)

func discarding() *slog.Logger { return slog.New(slog.DiscardHandler) }

// A vendor that is down answers nobody until it is up again; beginning or ending it
// twice changes nothing.
func TestOutage(t *testing.T) {
	vendor := faults.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "well") }), nil)
	server := httptest.NewServer(vendor)
	t.Cleanup(server.Close)
	told := 0
	o := &Outage{Vendor: "Chat", Down: vendor.Add, Up: vendor.Clear, Told: func() { told++ }}
	all := Of(Trouble{Name: "chat", Cause: o.Begin, Undo: o.End, Lasts: o.Lasts})
	status := func() int {
		answer, err := http.Get(server.URL)
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode
	}
	require.Empty(t, all.Lasts("chat"))
	for range 2 {
		ok, err := all.Begin(context.Background(), "chat")
		require.True(t, ok)
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, status())
		require.Equal(t, http.StatusServiceUnavailable, status())
		require.Equal(t, "Chat is down: it answers nobody.", all.Lasts("chat"))
	}
	for range 2 {
		_, err := all.End(context.Background(), "chat")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status())
		require.Empty(t, all.Lasts("chat"))
	}
	require.Equal(t, 4, told)
	ok, err := all.Begin(context.Background(), "nothing")
	require.False(t, ok)
	require.NoError(t, err)
	require.Empty(t, (*Troubles)(nil).All())
}
