package commands

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// TestEveryCommandIsDocumented keeps docs/operate/commands.md complete: every
// command, every global flag with its environment, every exit code.
func TestEveryCommandIsDocumented(t *testing.T) {
	content, err := os.ReadFile("../../docs/operate/commands.md")
	require.NoError(t, err)
	page := string(content)
	p, _, _ := fixed(t, "table", nil)
	root := p.root()

	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, child := range cmd.Commands() {
			if !child.IsAvailableCommand() {
				continue
			}
			if child.HasAvailableSubCommands() {
				walk(child)
				continue
			}
			require.NotEmpty(t, child.Short, child.CommandPath())
			require.Contains(t, page, "`"+child.CommandPath()+"`", "the page lacks this command")
			child.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
				switch f.Name {
				case "help", "comment", "delivery", "as": // described in the page's text or common to all
				default:
					require.Contains(t, page, "--"+f.Name, "%s: the page lacks this flag", child.CommandPath())
				}
			})
		}
	}
	walk(root)
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		require.Contains(t, page, "`--"+f.Name, "the page lacks this flag")
	})
	for _, name := range []string{envAddress, envNamespace, envPolicy, envEvidence, envActor} {
		require.Contains(t, page, name)
	}
	for code := ExitOK; code <= ExitDiffers; code++ {
		require.Contains(t, page, fmt.Sprintf("\n| %d |", code))
	}
}

func TestThePageNamesNoCommandThatDoesNotExist(t *testing.T) {
	content, err := os.ReadFile("../../docs/operate/commands.md")
	require.NoError(t, err)
	p, _, _ := fixed(t, "table", nil)
	root := p.root()
	for _, heading := range strings.Split(string(content), "\n") {
		if !strings.HasPrefix(heading, "### ") {
			continue
		}
		for i, part := range strings.Split(heading, "`") {
			if i%2 == 0 {
				continue
			}
			words := strings.Fields(part)
			found, rest, err := root.Find(words[1:])
			require.NoError(t, err, part)
			require.Empty(t, rest, part)
			require.Equal(t, part, found.CommandPath())
		}
	}
}
