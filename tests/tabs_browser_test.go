package tests

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// Two tabs act as two people: what one does, also after the other was switched, and what
// it follows from there, is done as the person that stands on it.
func TestSandbox_TwoTabsAreTwoPeople(t *testing.T) {
	s := harness.StartSandbox(t, t.TempDir())
	s.Visit(t, "p-jonas").Send("/jira/new", ticketForm(nil))
	b := openBrowser(t, s.URL)
	b.do("the card", chromedp.Navigate(s.URL+changesPage), chromedp.WaitVisible(`button[value=approve]`))
	b.be("p-bruno")
	other := b.another()
	other.do("Chidi in another tab", chromedp.Navigate(s.URL+changesPage), chromedp.WaitVisible(`button[value=approve]`))
	other.be("p-chidi")

	s.Visit(t, "p-jonas").Send(changesPage, url.Values{"do": {"say"}, "text": {"Please look at it."}})
	b.do("news reach the first tab", chromedp.WaitVisible(`//article[contains(., "Please look at it.")]`))
	b.do("Bruno opens the form", chromedp.Click(`button[value=approve]`), chromedp.WaitVisible(`dialog.modal:modal`))
	b.contains(`dialog header`, "as Bruno Keller")
	b.do("puts it away", chromedp.KeyEvent(kb.Escape), chromedp.WaitNotPresent(`dialog.modal`))
	require.Contains(t, b.eval(`document.activeElement.textContent`), "Approve…", "the keyboard goes on from the card")

	other.do("Chidi's tab in front", target.ActivateTarget(chromedp.FromContext(other.ctx).Target.TargetID), chromedp.WaitVisible(`button[value=approve]`),
		chromedp.Evaluate(`window.dispatchEvent(new Event("focus"))`, nil), chromedp.Click(`//nav//a[text()="Pager"]`), chromedp.WaitVisible(`#ringing`))
	other.contains(`h1`, "The pager of Chidi Okafor")
	require.Empty(t, b.complaints(), "the browser complained")
}

// News neither takes what somebody writes nor the place where they are, a button pressed
// twice is pressed once, and a sandbox that is gone is told.
func TestSandbox_NewsDisturbNobody(t *testing.T) {
	s := harness.StartSandbox(t, t.TempDir())
	jonas := s.Visit(t, "p-jonas")
	b := openBrowser(t, s.URL)
	b.do("a new ticket", chromedp.Navigate(s.URL+"/"), chromedp.Click(`//button[contains(., "as Jonas")]`), chromedp.WaitVisible(`#f-plan`))
	b.do("submitted by a double click", chromedp.DoubleClick(`//button[contains(., "Create and submit")]`), chromedp.WaitVisible(`//span[contains(@class, "lozenge") and text()="In Review"]`))
	require.Equal(t, 1, strings.Count(jonas.Page("/jira"), "Raise the invoice limit</a>"), "one ticket")

	b.do("the card", chromedp.Navigate(s.URL+changesPage), chromedp.WaitVisible(`button[value=approve]`))
	b.do("writing", chromedp.SendKeys(`#say`, "half a sen"))
	jonas.Send(changesPage, url.Values{"do": {"say"}, "text": {"Something else"}})
	b.do("news", chromedp.WaitVisible(`//article[contains(., "Something else")]`))
	b.do("and on", chromedp.KeyEvent("tence"))
	var written string
	b.do("what was written", chromedp.Value(`#say`, &written))
	require.Equal(t, "half a sentence", written)

	b.do("on the button", chromedp.Focus(`button[value=withdraw]`))
	act(t, s.Visit(t, "p-bruno"), "approve", confirm())
	b.do("the card says so", chromedp.WaitVisible(`//article//p[contains(., "approved by") and contains(., "Bruno Keller")]`))
	require.Equal(t, "withdraw", b.eval(`document.activeElement.value`), "the button that stays keeps the focus")
	act(t, jonas, "withdraw", url.Values{"in.reason": {"Not now"}})
	b.do("the card is over", chromedp.WaitNotPresent(`button[value=approve]`))
	require.Equal(t, "ARTICLE", b.eval(`document.activeElement.nodeName`), "whoever was on a button that is gone stays on its message")

	b.do("keyboard alone", chromedp.KeyEvent(kb.Tab))
	s.Kill()
	b.do("nobody is there", chromedp.WaitVisible(`//p[@id="away" and contains(., "does not answer")]`))
	require.Empty(t, b.complaints(), "the browser complained")
}

// another is a second tab of the same browser.
func (b *browser) another() *browser {
	b.t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	other := &browser{t: b.t, base: b.base, ctx: ctx}
	chromedp.ListenTarget(ctx, other.listen)
	require.NoError(b.t, chromedp.Run(ctx, chromedp.ActionFunc(func(context.Context) error { return nil })))
	return other
}

// eval is the value of an expression on the page.
func (b *browser) eval(js string) any {
	b.t.Helper()
	var out any
	b.do(js, chromedp.Evaluate(js, &out))
	return out
}
