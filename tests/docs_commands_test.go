package tests

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// Every command that a newcomer is told to type works here, or names what runs it
// elsewhere: a program is asked for its help with these flags, a target of make is one
// that CI runs.
func TestDocs_CommandsWork(t *testing.T) {
	seen := 0
	for _, page := range []string{"../README.md", tutorialPage} {
		for _, block := range shellBlocks(text(t, page)) {
			for _, line := range block {
				require.NoError(t, works(t, line), "%s: %s", page, line)
				seen++
			}
		}
	}
	require.GreaterOrEqual(t, seen, 3)
	require.Error(t, works(t, "make nothing"))
	require.Error(t, works(t, "go run ./cmd/sandbox --nothing"))
	require.Error(t, works(t, "frobnicate"))
}

func works(t *testing.T, line string) error {
	t.Helper()
	words := strings.Fields(line)
	switch {
	case words[0] == "git" && words[1] == "clone", words[0] == "cd":
		return nil // `make newcomer` clones
	case words[0] == "make":
		return coveredByCI(t, words[1])
	case strings.HasPrefix(line, "go run ./cmd/sandbox"):
		return answersHelp(t, "./cmd/sandbox", words[3:])
	case strings.HasPrefix(line, "go run ./starter"):
		return answersHelp(t, "./starter", words[3:])
	}
	return &unknownCommand{line}
}

// unknownCommand is one that this test has no way to try.
type unknownCommand struct{ line string }

func (e *unknownCommand) Error() string { return "nothing tries this command: " + e.line }

// coveredByCI says whether .ci/run makes this target, or one that does the same.
func coveredByCI(t *testing.T, target string) error {
	t.Helper()
	same := map[string]string{"sandbox": "newcomer"} // typed by a newcomer as `go run`
	if other, ok := same[target]; ok {
		target = other
	}
	if !regexp.MustCompile(`make --no-print-directory ` + target + `\b`).MatchString(text(t, "../.ci/run")) {
		return &unknownCommand{"make " + target}
	}
	cmd := exec.Command("make", "-n", target)
	cmd.Dir = ".."
	return cmd.Run()
}

func answersHelp(t *testing.T, program string, flags []string) error {
	t.Helper()
	cmd := exec.Command(harness.Build(t, program), append(flags, "--help")...)
	_, _, err := output(cmd, time.Minute)
	return err
}

// shellBlocks are the commands of a page's blocks of shell, without remarks and prompts.
func shellBlocks(page string) [][]string {
	var blocks [][]string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(page, -1) {
		var commands []string
		for line := range strings.Lines(m[1]) {
			command, _, _ := strings.Cut(line, "#")
			if command = strings.TrimSpace(command); command != "" {
				commands = append(commands, command)
			}
		}
		blocks = append(blocks, commands)
	}
	return blocks
}
