package feed_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A run that waits for the log for half an hour has somebody paged, once: nothing
// else would say that no feed is read. A run that comes to its end says that it is over (P18).
func TestP18_AReadingThatIsStuckCallsSomebody(t *testing.T) {
	w := newWorld(t)
	w.Journal.Down(true)
	w.after = func() {
		w.Env.RegisterDelayedCallback(func() { require.Empty(t, w.raised) }, 20*time.Minute)
		w.Env.RegisterDelayedCallback(func() {
			require.Len(t, w.raised, 1)
			w.Journal.Down(false)
		}, 5*time.Hour)
	}
	require.NoError(t, w.pass(0))
	require.NoError(t, w.pass(4*time.Hour))
	require.Len(t, w.raised, 1)
	for _, told := range w.raised {
		require.Equal(t, []bool{true, false}, told)
	}
	require.Equal(t, first, w.opened())
}
