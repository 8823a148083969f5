package tests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// Somebody new clones the repository, types the first command of the README and has a
// change approved in the browser as the tutorial says. `make newcomer` measures it; what
// is printed stands in docs/benchmark.md.
func TestNewcomer_AFirstApprovedChange(t *testing.T) {
	if os.Getenv("COUNTERSIGN_NEWCOMER") == "" {
		t.Skip("builds the product in a clone of its own: run `make newcomer`")
	}
	root, err := harness.ModuleRoot()
	require.NoError(t, err)
	began := time.Now()
	took := func(part string) {
		t.Logf("%-58s %6.1f s", part, time.Since(began).Seconds())
		began = time.Now()
	}
	clone := filepath.Join(t.TempDir(), "countersign")
	out, err := exec.Command("git", "clone", "--quiet", root, clone).CombinedOutput()
	if err != nil {
		t.Skipf("no repository to clone: %s", out)
	}
	took("git clone")

	first := firstCommand(t, filepath.Join(clone, "README.md"))
	cmd := exec.Command(first[0], append(first[1:], harness.FreePorts()...)...) // others may use the usual ports
	cmd.Dir = clone
	s := harness.StartBuilding(t, cmd, 15*time.Minute) // the first build of the engine takes minutes
	took(strings.Join(first, " ") + ", until Ready")

	p := &player{browser: openBrowser(t, s.URL)}
	p.do("open it", chromedp.Navigate(s.URL+"/"))
	took("the browser")
	p.approveFirstChange(func(string) {})
	took(fmt.Sprintf("%d presses and %d statements until the change is approved", len(p.pressed), p.ticked))

	// A person also reads, looks for the button, and moves the mouse.
	const perMinute, perAct = 200, 4 * time.Second
	words := len(strings.Fields(untilApproved(t)))
	person := time.Duration(words)*time.Minute/perMinute + time.Duration(len(p.pressed)+p.ticked)*perAct
	t.Logf("%-58s %6.1f min", fmt.Sprintf("a person, by estimate: %d words and %d acts", words, len(p.pressed)+p.ticked), person.Minutes())
	require.Less(t, person, 10*time.Minute)
}

// firstCommand is the first line of the first shell block.
func firstCommand(t *testing.T, page string) []string {
	t.Helper()
	blocks := shellBlocks(text(t, page))
	require.NotEmpty(t, blocks, "%s has no command", page)
	return strings.Fields(blocks[0][0])
}

// untilApproved is what the tutorial says from its top until the change is approved.
func untilApproved(t *testing.T) string {
	t.Helper()
	const last = "The change is approved."
	read, _, found := strings.Cut(text(t, tutorialPage), last)
	require.True(t, found, "%s lost %q", tutorialPage, last)
	return read
}
