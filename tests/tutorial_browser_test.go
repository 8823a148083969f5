package tests

import (
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

const tutorialPage = "../docs/tutorial.md"

// What the tutorial says is what the pages have: it is played in a browser, and what was
// pressed is what stands there in bold, word for word and in order. One person uses the
// keyboard only.
func TestTutorial_PlayedWordForWord(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, t.TempDir())
	p := &player{browser: openBrowser(t, s.URL)}
	p.do("open it", chromedp.Navigate(s.URL+"/"))

	p.approveFirstChange(p.readable)
	p.press("Start")
	p.press("as Goran Petrov: #changes")
	p.press("Start…")
	p.tick("in.ready")
	p.press("Start")
	p.told()
	p.press("Close")
	p.press("Report outcome…")
	p.do("how it ended", chromedp.Click(`input[value=succeeded]`), chromedp.SendKeys(`textarea[name="in.note"]`, "One invoice of 4,999 arrived."))
	p.press("Report")
	p.told()
	p.press("Close")
	p.press("Evidence")
	p.press("CHG-1")
	p.sees("✓ Verified")
	p.readable("evidence")

	p.press("Start")
	p.press("Take Slack down")
	p.sees("Slack is down: it answers nobody.")
	p.readable("start")
	p.press("as Jonas Lindqvist: New ticket")
	p.press("Create and submit")
	p.sees("Comment as Jonas Lindqvist") // it is there, with nobody told
	p.press("Evidence")
	p.press("CHG-2")
	p.press("Bring Slack up again")
	p.press("Messages")
	p.sees("CHG-2")
	p.press("Start")
	p.press("Kill the worker")
	p.sees("The worker was killed")
	p.press("as Bruno Keller: #changes")
	p.press("Approve…")
	p.tick("in.tests", "in.risk", "in.rollback")
	p.press("Approve")
	p.sees("Received")
	p.press("Close")
	p.press("Start the worker again")
	p.sees("1 of 2 approvals")

	require.Empty(t, p.complaints(), "the browser complained")
	require.Equal(t, bold(t), p.pressed, "docs/tutorial.md has in bold what is pressed")
}

// approveFirstChange goes from the first page to a change that three people have approved,
// and shows what is there to whoever wants to look.
func (p *player) approveFirstChange(look func(name string)) {
	p.t.Helper()
	p.press("as Jonas Lindqvist: New ticket")
	p.press("Create and submit")
	p.sees("In Review")
	look("ticket")
	p.press("Start")
	p.press("as Bruno Keller: #changes")
	p.press("Approve…")
	p.tick("in.tests", "in.risk", "in.rollback")
	look("form")
	p.press("Approve")
	p.told()
	p.press("Close")
	p.sees("approved by")
	look("card")

	p.keys = true
	p.press("Start")
	p.press("as Chidi Okafor: #changes")
	p.press("Approve…")
	p.tick("in.tests", "in.risk", "in.rollback")
	p.press("Approve")
	p.told()
	p.press("Close")
	p.keys = false

	p.press("Start")
	p.press("as Farah Siddiqui: #changes")
	p.sees("level 2 of 2")
	p.press("Approve…")
	p.tick("in.tests", "in.risk", "in.rollback")
	p.press("Approve")
	p.told()
	p.press("Close")
	p.sees("may be started now")
}

// bold are the words in bold of the tutorial's steps.
func bold(t *testing.T) []string {
	t.Helper()
	_, steps, _ := strings.Cut(text(t, tutorialPage), "\n## ")
	var out []string
	for _, m := range regexp.MustCompile(`(?s)\*\*(.+?)\*\*`).FindAllStringSubmatch(steps, -1) {
		out = append(out, strings.Join(strings.Fields(m[1]), " "))
	}
	return out
}
