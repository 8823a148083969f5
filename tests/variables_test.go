package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// Every variable that a program reads is explained to those who set it.
func TestDocs_EveryVariableIsExplained(t *testing.T) {
	known := harness.KnownVariables(t)
	require.Greater(t, len(known), 10)
	for variable := range known {
		for _, page := range []string{"../README.md", "../docs/operate/configure.md"} {
			require.True(t, strings.Contains(text(t, page), "`"+variable+"`"), "%s does not explain %s", page, variable)
		}
	}
}
