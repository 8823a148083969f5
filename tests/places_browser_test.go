package tests

import (
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// A newcomer has something go wrong, and whoever is on call answers the pager: the
// page rings by itself, without a reload and without one complaint of the browser.
func TestSandbox_AnIncidentInTheBrowser(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, quickPlace(t))
	b := openBrowser(t, s.URL)
	b.do("start", chromedp.Navigate(s.URL+"/"), chromedp.WaitVisible(`.steps`))
	b.be("p-goran")
	b.do("Goran's pager is silent", chromedp.Navigate(s.URL+"/pager"), chromedp.WaitVisible(`//p[contains(., "No call")]`))
	s.Visit(t, "p-jonas").Send("/alerts", url.Values{"do": {"fire"}, "name": {"Orders hang"}, "system": {"order-portal"}, "severity": {"critical"}, "summary": {"No order has gone through since noon."}})
	b.do("it rings", chromedp.WaitVisible(`//article[contains(@class, "call") and contains(., "Orders hang")]//button[@value="acknowledge"]`))
	b.fits("pager")
	b.do("he acknowledges", chromedp.Click(`//button[@value="acknowledge"]`), chromedp.WaitVisible(`//span[contains(@class, "lozenge") and text()="acknowledged"]`))
	b.do("monitoring", chromedp.Navigate(s.URL+"/alerts"), chromedp.WaitVisible(`//tr[contains(., "INC-1") and contains(., "acknowledged")]//a[text()="Channel"]`))
	b.fits("alerts")
	b.do("into the incident's channel", chromedp.Click(`//a[text()="Channel"]`), chromedp.WaitVisible(`button[value=resolve]`))
	b.fits("room")
	b.do("an update", chromedp.Click(`button[value=update]`), chromedp.WaitVisible(`dialog.modal:modal`))
	b.fits("update")
	b.do("is cancelled", chromedp.Click(`dialog button.close`), chromedp.WaitNotPresent(`dialog.modal`))
	b.do("a command", chromedp.SendKeys(`#say`, "/incident The yard stands still"), chromedp.Click(`button[value=say]`), chromedp.WaitVisible(`//h2[@id="modal-title" and contains(., "Declare")]`))
	b.fits("declare")
	b.do("is cancelled too", chromedp.Click(`dialog button.close`), chromedp.WaitNotPresent(`dialog.modal`))
	b.do("the ticket", chromedp.Navigate(s.URL+"/alerts"), chromedp.Click(`//td[@class="links"]/a[starts-with(text(), "OPS-")]`), chromedp.WaitVisible(`//dt[text()="Severity"]`))
	b.fits("incident-ticket")
	require.Empty(t, b.complaints(), "the browser complained")
}

// The page of platforms shows a rollout under way, and what was broken.
func TestSandbox_ARolloutInTheBrowser(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, quickPlace(t))
	b := openBrowser(t, s.URL)
	b.do("platforms", chromedp.Navigate(s.URL+"/platforms"), chromedp.WaitVisible(`#p-yard-gate`))
	b.do("break the canary", chromedp.SetValue(`#t-yard-canary`, "refuses"), chromedp.Click(`//article[@id="p-yard-canary"]//button[text()="Set"]`),
		chromedp.WaitVisible(`//article[@id="p-yard-canary"]//dd[contains(., "refuses")]`))
	rollOut(t, s, "2.0")
	b.do("it is held at the canary", chromedp.WaitVisible(`//tr[contains(., "PAT-1") and contains(., "held")]`))
	b.fits("platforms")
	b.do("its card", chromedp.Click(`//tr[contains(., "PAT-1")]//a[text()="Card"]`), chromedp.WaitVisible(`button[value=resume]`))
	b.fits("rollout-card")
	b.do("resume", chromedp.Click(`button[value=resume]`), chromedp.WaitVisible(`dialog.modal:modal`))
	b.fits("resume")
	require.Empty(t, b.complaints(), "the browser complained")
}

// The page of vendors shows the ladder of each document.
func TestSandbox_AVendorInTheBrowser(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, t.TempDir())
	b := openBrowser(t, s.URL)
	b.do("start", chromedp.Navigate(s.URL+"/"), chromedp.WaitVisible(`.steps`))
	b.fits("start")
	b.be("p-bruno")
	b.do("vendors", chromedp.Navigate(s.URL+"/vendors"), chromedp.WaitVisible(`//article[contains(., "SOC 2 Type II of the Mendix cloud")]`))
	b.do("a document needed in a week", chromedp.SetValue(`#vendor`, "mendix"), chromedp.SetValue(`#class`, "pen-test"), chromedp.SetValue(`#due`, "7"),
		chromedp.Click(`//button[contains(., "Have it tracked")]`), chromedp.WaitVisible(`//article[contains(., "7 days before")]`))
	b.do("its ladder", chromedp.Click(`//article[contains(., "7 days before")]//summary`), chromedp.WaitVisible(`tr.next`))
	b.fits("vendors")
	b.do("its card", chromedp.Click(`//article[contains(., "7 days before")]//a[text()="Card"]`), chromedp.WaitVisible(`button[value=receive]`))
	b.fits("vendor-card")
	b.do("received", chromedp.Click(`//article[contains(., "Penetration test")]//button[@value="receive"]`), chromedp.WaitVisible(`dialog.modal:modal`))
	b.fits("receive")
	require.Empty(t, b.complaints(), "the browser complained")
}

// wider lists what reaches beyond the window, when the page can be scrolled sideways.
const wider = `(() => {
	const page = document.documentElement;
	if (page.scrollWidth <= page.clientWidth) return [];
	return [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > page.clientWidth + 1)
		.map((e) => e.tagName + "." + e.className + " " + Math.round(e.getBoundingClientRect().right) + " of " + page.clientWidth).slice(0, 12);
})()`

// fits checks that the page needs no scrolling sideways on a desk and on a phone,
// and keeps pictures of both in both themes, if pictures are wanted.
func (b *browser) fits(name string) {
	b.t.Helper()
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"phone", 420, 900}, {"desk", 1280, 900}} {
		var wide []string
		b.do(size.name, emulation.SetDeviceMetricsOverride(size.width, size.height, 1, false), chromedp.Evaluate(wider, &wide))
		if len(wide) > 0 {
			require.Empty(b.t, wide, "%s is wider than a %s", name, size.name)
		}
		b.picture(name + "-" + size.name)
	}
}
