package tests

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// A newcomer plays a change in the browser: with the form's required answers
// enforced, with pages that update by themselves, and without one complaint of
// the browser. Set COUNTERSIGN_SCREENSHOTS to a directory to keep pictures of
// the pages in both themes.
func TestSandbox_InTheBrowser(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, t.TempDir())
	b := openBrowser(t, s.URL)

	// A change of a system whose vendors' documents are not tracked yet waits.
	b.do("what vendors owe is tracked", chromedp.Navigate(s.URL+"/vendors"), chromedp.WaitVisible(`//article[contains(., "Certificate of the flow editor")]`),
		chromedp.WaitVisible(`//article[contains(., "ISO/IEC 27001 of the hosting")]`))
	b.do("start", chromedp.Navigate(s.URL+"/"), chromedp.WaitVisible(`.steps`))
	b.picture("start")
	b.do("new ticket as Jonas", chromedp.Click(`//button[contains(., "as Jonas")]`), chromedp.WaitVisible(`#f-plan`))
	b.picture("new-ticket")
	b.do("submit it", chromedp.Click(`//button[contains(., "Create and submit")]`),
		chromedp.WaitVisible(`//span[contains(@class, "lozenge") and text() = "In Review"]`))
	b.picture("ticket-in-review")
	var issue string
	b.do("note its address", chromedp.Location(&issue))

	b.do("history", chromedp.Click(`#history summary`), chromedp.WaitVisible(`#edits table`))

	b.do("Jonas tries to approve", chromedp.Navigate(s.URL+changesPage), chromedp.Click(`button[value=approve]`), chromedp.WaitVisible(`dialog.modal:modal`))
	b.do("confirm", chromedp.Click(`input[name="in.tests"]`), chromedp.Click(`input[name="in.risk"]`), chromedp.Click(`input[name="in.rollback"]`))
	b.do("and is refused", chromedp.Click(`dialog button.primary`), chromedp.WaitVisible(`.error`))
	b.contains(`.error`, "You requested this change")
	b.picture("refused")
	b.do("Escape puts the form away", chromedp.KeyEvent("\u001b"), chromedp.WaitNotPresent(`dialog.modal`))

	b.be("p-bruno")
	b.do("Bruno opens the form", chromedp.Click(`button[value=approve]`), chromedp.WaitVisible(`dialog.modal:modal`))
	b.picture("form")
	b.do("an empty form is not sent", chromedp.Click(`dialog button.primary`))
	require.Equal(t, 3, b.count(`dialog input:invalid`), "three statements still to be confirmed")
	b.do("confirms and approves", chromedp.Click(`input[name="in.tests"]`), chromedp.Click(`input[name="in.risk"]`), chromedp.Click(`input[name="in.rollback"]`),
		chromedp.Click(`dialog button.primary`), chromedp.WaitVisible(`//h2[@id="modal-title" and text() = "Recorded"]`))
	b.do("closes", chromedp.Click(`dialog button.close`), chromedp.WaitNotPresent(`dialog.modal`))
	b.do("the card names him", chromedp.WaitVisible(`//article//p[contains(., "approved by") and contains(., "Bruno Keller")]`))

	// Somebody else acts elsewhere; the open page shows it without a reload.
	b.do("mark the page", chromedp.Evaluate(`window.marked = true`, nil))
	act(t, s.Visit(t, "p-chidi"), "approve", confirm())
	b.do("the card moves on", chromedp.WaitVisible(`//article//strong[contains(., "level 2 of 2")]`))
	var marked bool
	b.do("the page is still the same", chromedp.Evaluate(`window.marked === true`, &marked))
	require.True(t, marked)

	act(t, s.Visit(t, "p-farah"), "approve", confirm())
	b.do("the implementer is called", chromedp.WaitVisible(`//details[contains(., "may be started now")]`), chromedp.WaitVisible(`button[value=start]`))
	b.be("p-goran")
	b.do("Goran starts", chromedp.Click(`button[value=start]`), chromedp.WaitVisible(`dialog.modal:modal`), chromedp.Click(`input[name="in.ready"]`),
		chromedp.Click(`dialog button.primary`), chromedp.WaitVisible(`//h2[@id="modal-title" and text() = "Recorded"]`), chromedp.Click(`dialog button.close`))
	b.do("and reports", chromedp.Click(`button[value=finish]`), chromedp.WaitVisible(`dialog.modal:modal`), chromedp.Click(`input[value=succeeded]`),
		chromedp.SendKeys(`textarea[name="in.note"]`, "One invoice of 4,999 arrived."),
		chromedp.Click(`dialog button.primary`), chromedp.WaitVisible(`//h2[@id="modal-title" and text() = "Recorded"]`), chromedp.Click(`dialog button.close`))
	b.do("the card is over", chromedp.WaitNotPresent(`button[value=finish]`), chromedp.WaitNotPresent(`dialog.modal`),
		chromedp.WaitVisible(`//article//strong[normalize-space() = "Closed"]`))
	b.picture("card-closed")
	b.do("the ticket is done", chromedp.Navigate(issue), chromedp.WaitVisible(`//span[contains(@class, "lozenge") and text() = "Done"]`))
	b.picture("ticket-done")
	b.do("the evidence verifies", chromedp.Navigate(s.URL+"/evidence/CHG-1"), chromedp.WaitVisible(`//div[contains(@class, "proof") and contains(@class, "good")]`))
	b.do("to the end", chromedp.WaitVisible(`//li[contains(@class, "moved") and contains(., "closed")]`))
	b.picture("evidence")
	b.do("the list", chromedp.Navigate(s.URL+"/jira"), chromedp.WaitVisible(`#board table`))
	b.picture("tickets")
	for _, width := range []int64{420, 340} { // a telephone
		for name, page := range map[string]string{"start": "/", "messages": changesPage, "tickets": "/jira", "evidence": "/evidence/CHG-1"} {
			b.fitsIn(width, fmt.Sprintf("narrow-%s-%d", name, width), page)
		}
	}
	require.Empty(t, b.complaints(), "the browser complained")
}

// browser is one window.
type browser struct {
	t    *testing.T
	base string
	ctx  context.Context

	mu   sync.Mutex
	said []string
}

// openBrowser starts a headless Chromium, or skips the test where there is none.
func openBrowser(t *testing.T, base string) *browser {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skip("no browser: install the package chromium to run this test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	// It complains of events newer than itself, which are nothing to us.
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(cancel) // ends the browser
	b := &browser{t: t, base: base, ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	require.NoError(t, chromedp.Run(ctx, cdplog.Enable(), emulation.SetDeviceMetricsOverride(1200, 900, 1, false)))
	return b
}

// listen collects exceptions and whatever the browser reports as an error,
// such as a breach of the pages' content security policy.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Error())
	case *cdplog.EventEntryAdded:
		// A refused form answers 422 on purpose.
		if e.Entry.Level == cdplog.LevelError && e.Entry.Source != cdplog.SourceNetwork {
			b.said = append(b.said, fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
		}
	}
}

func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.said...)
}

// do carries out one step of the story within its time.
func (b *browser) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, harness.StoryWithin)
	defer cancel()
	if err := b.perform(ctx, actions); err != nil {
		var shown string
		look, cancel := context.WithTimeout(b.ctx, 5*time.Second) // a page without a body has none to show
		defer cancel()
		_ = chromedp.Run(look, chromedp.Text("body", &shown)) // only for the message
		require.NoError(b.t, err, "%s; the page:\n%s", what, shown)
	}
}

// perform carries out each action. An element that the page replaced between its
// being found and its being used was not touched: it is looked for again.
func (b *browser) perform(ctx context.Context, actions []chromedp.Action) error {
	for _, a := range actions {
		err := chromedp.Run(ctx, a)
		for err != nil && strings.Contains(err.Error(), "Could not find node with given id") && ctx.Err() == nil {
			err = chromedp.Run(ctx, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// be changes the acting person on the open page.
func (b *browser) be(person string) {
	b.t.Helper()
	b.do("act as "+person, chromedp.SetValue(`#person`, person), chromedp.Click(`.actas button`),
		chromedp.WaitReady(fmt.Sprintf(`#person option[selected][value=%s]`, person), chromedp.ByQuery))
}

func (b *browser) contains(selector, text string) {
	b.t.Helper()
	var shown string
	b.do("read "+selector, chromedp.Text(selector, &shown))
	require.Contains(b.t, shown, text)
}

func (b *browser) count(selector string) int {
	b.t.Helper()
	var n int
	b.do("count", chromedp.Evaluate(fmt.Sprintf("document.querySelectorAll(%q).length", selector), &n))
	return n
}

// fitsIn makes the window narrow and requires that nothing of the page lies beside it.
func (b *browser) fitsIn(width int64, name, page string) {
	b.t.Helper()
	var beside []string
	b.do(name, emulation.SetDeviceMetricsOverride(width, 900, 1, false), chromedp.Navigate(b.base+page), chromedp.WaitVisible(`.actas button`),
		chromedp.Evaluate(`document.documentElement.scrollWidth <= window.innerWidth ? [] :
			[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > window.innerWidth && !e.closest('.scroll'))
				.map(e => e.tagName + '.' + e.className)`, &beside))
	b.picture(name)
	require.Empty(b.t, beside, "%s is wider than %d", page, width)
}

// picture keeps the page as it looks in both themes, if pictures are wanted.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("COUNTERSIGN_SCREENSHOTS")
	if dir == "" {
		return
	}
	require.NoError(b.t, os.MkdirAll(dir, 0o755))
	for _, theme := range []string{"light", "dark"} {
		var image []byte
		b.do("picture", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}),
			chromedp.CaptureScreenshot(&image))
		require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+"-"+theme+".png"), image, 0o644))
	}
}
