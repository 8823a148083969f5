package jira

import (
	"errors"
	"testing"
	"testing/synctest"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

// Whoever goes on after a failed attempt looks first, even if they never tried
// before: the one ahead may have created the ticket all the same.
func TestOpeningAfterAFailureLooksFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := opener(t)
		fail := make(chan struct{})
		lost := errors.New("the answer was lost")
		go func() {
			_, err := c.once(t.Context(), "cs-1", false, func(bool) (compliance.TicketRef, error) {
				<-fail
				return compliance.TicketRef{}, lost
			})
			require.ErrorIs(t, err, lost)
		}()
		synctest.Wait()
		looked, asked := 0, 0
		for range 3 {
			go func() {
				ref, err := c.once(t.Context(), "cs-1", false, func(repeat bool) (compliance.TicketRef, error) {
					if asked++; repeat {
						looked++
					}
					return compliance.TicketRef{Key: "OPS-1"}, nil
				})
				require.NoError(t, err)
				require.Equal(t, "OPS-1", ref.Key)
			}()
		}
		other, err := c.once(t.Context(), "cs-2", false, func(repeat bool) (compliance.TicketRef, error) {
			require.False(t, repeat)
			return compliance.TicketRef{Key: "OPS-2"}, nil
		})
		require.NoError(t, err)
		require.Equal(t, "OPS-2", other.Key, "another ticket does not wait")
		synctest.Wait()
		require.Zero(t, asked)
		close(fail)
		synctest.Wait()
		require.Positive(t, asked)
		require.Equal(t, asked, looked)
		require.Empty(t, c.openings)
	})
}

// An attempt that panics lets the next one go.
func TestOpeningThatPanics(t *testing.T) {
	c := opener(t)
	require.Panics(t, func() {
		_, _ = c.once(t.Context(), "cs-1", false, func(bool) (compliance.TicketRef, error) { panic("x") })
	})
	_, err := c.once(t.Context(), "cs-1", true, func(bool) (compliance.TicketRef, error) { return compliance.TicketRef{}, nil })
	require.NoError(t, err)
}

// opener is a client that can do nothing but open.
func opener(t *testing.T) *Client {
	opened, err := lru.New[string, compliance.TicketRef](mostOpened)
	require.NoError(t, err)
	return &Client{openings: map[string]*opening{}, opened: opened}
}
