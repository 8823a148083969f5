package rules_test

import (
	"testing"

	"github.com/lowcodex/countersign/tests/replay"
)

// Recorded histories of the keeper of the rules and of proposals replay with today's code.
func TestReplay(t *testing.T) { replay.All(t) }
