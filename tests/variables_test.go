package tests

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

const configurePage = "../docs/operate/configure.md"

// Every variable that a program reads is explained to those who set it.
func TestDocs_EveryVariableIsExplained(t *testing.T) {
	known := harness.KnownVariables(t)
	require.Greater(t, len(known), 10)
	for variable := range known {
		require.True(t, strings.Contains(text(t, configurePage), "`"+variable+"`"), "%s does not explain %s", configurePage, variable)
	}
}

// Nobody is told to set a variable that no program reads.
func TestDocs_EveryVariableNamedExists(t *testing.T) {
	known := harness.KnownVariables(t)
	known["COUNTERSIGN_AS"], known["COUNTERSIGN_SANDBOX_NODERED"] = true, true // of the command line, and of the sandbox
	ours := regexp.MustCompile("`((?:COUNTERSIGN|OIDC|SLACK|JIRA|PAGERDUTY|SMTP|ALERTS)_[A-Z_]*[A-Z])`")
	for _, page := range []string{"../README.md", configurePage} {
		named := ours.FindAllStringSubmatch(text(t, page), -1)
		require.Greater(t, len(named), 5, page)
		for _, m := range named {
			require.True(t, known[strings.TrimSuffix(m[1], "_FILE")], "%s names %s, which no program reads", page, m[1])
		}
	}
}
