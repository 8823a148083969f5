package nodered_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/nodered"
)

func TestCheckupReadsTheFlowsOfEveryInstance(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>starting</html>"))
	}))
	t.Cleanup(page.Close)
	good := serve(t, token).URL
	for name, c := range map[string]struct {
		url    string
		reason checkup.Reason
	}{
		"good": {good, ""}, "another's token": {serve(t, "else").URL, checkup.Refused}, "away": {"http://127.0.0.1:1", checkup.Unreachable},
		"a page": {page.URL, checkup.ElsewhereAPI}, "another path": {good + "/nothing", checkup.ElsewhereAPI},
	} {
		t.Run(name, func(t *testing.T) {
			checks := connect(t, c.url, serve(t, another).URL, 2*time.Second, nil).Checkup(t.Context())
			require.Len(t, checks, 2)
			require.Equal(t, "target ORDERS", checks[0].Item)
			require.Equal(t, c.reason, checks[0].Reason, "%+v", checks[0])
			require.Equal(t, checkup.OK, checks[1].Result, "one that is wrong hides no other: %+v", checks[1])
			if c.reason != "" {
				require.Contains(t, checks[0].Mend, "PLATFORM_ORDERS_")
			}
			require.NotContains(t, checks[0].Detail+checks[0].Mend, token)
			require.Equal(t, nodered.Kind, checks[0].Part)
		})
	}
}

// An instance that hangs does not hide one that is fine.
func TestCheckupOfAnInstanceThatHangs(t *testing.T) {
	done := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-done }))
	t.Cleanup(func() { close(done); hanging.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	checks := connect(t, hanging.URL, serve(t, another).URL, 5*time.Second, nil).Checkup(ctx)
	require.Equal(t, checkup.Unreachable, checks[0].Reason, "%+v", checks[0])
	require.Equal(t, checkup.OK, checks[1].Result, "%+v", checks[1])
}
