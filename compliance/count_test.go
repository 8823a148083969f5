package compliance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 people", 1: "1 person", 2: "2 people", 21: "21 people"} {
		require.Equal(t, want, compliance.Count(n, "person", "people"))
	}
}
