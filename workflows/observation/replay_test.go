package observation_test

import (
	"testing"

	"github.com/lowcodex/countersign/tests/replay"
)

// Recorded histories of findings replay with today's code.
func TestReplay(t *testing.T) { replay.All(t) }
