package gateway

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTurnsBoundOneSubjectOnly(t *testing.T) {
	turns := newTurns()
	var releases []func()
	for range turnsPerSubject {
		release, err := turns.take(t.Context(), "a")
		require.NoError(t, err)
		releases = append(releases, release)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := turns.take(ended, "a")
	require.ErrorIs(t, err, context.Canceled)
	release, err := turns.take(t.Context(), "b")
	require.NoError(t, err, "another subject has places of its own")
	release()

	waited := make(chan func(), 1)
	go func() {
		release, err := turns.take(t.Context(), "a")
		if err != nil {
			t.Error(err)
		}
		waited <- release
	}()
	releases[0]()
	(<-waited)()
	for _, release := range releases[1:] {
		release()
	}
	require.Empty(t, turns.bySubject, "nothing is kept of subjects that nobody waits for")
}

func TestTurnsUnderLoad(t *testing.T) {
	turns := newTurns()
	var at, most atomic.Int32
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			release, err := turns.take(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			defer release()
			now := at.Add(1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			at.Add(-1)
		})
	}
	wg.Wait()
	require.LessOrEqual(t, most.Load(), int32(turnsPerSubject))
	require.Empty(t, turns.bySubject)
}
