package feed_test

import (
	"testing"

	"github.com/lowcodex/countersign/tests/replay"
)

// Recorded histories of readings of feeds replay with today's code.
func TestReplay(t *testing.T) { replay.All(t) }
