package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Only what is wrong with the act itself is final; an engine that is down is not.
func TestFinal_TroubleOfOursIsNot(t *testing.T) {
	for _, reason := range []string{ReasonUnknownSubject, ReasonUnknownAction, ReasonMalformed, ReasonTooLarge} {
		require.True(t, Final(reason), reason)
	}
	for _, reason := range []string{ReasonUnreachable, ReasonNotKept, ReasonPending, ReasonSignalled, "a reason of a newer release", ""} {
		require.False(t, Final(reason), reason)
	}
}
