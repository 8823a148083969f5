package tests

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

const picturesFolder = "../docs/pictures"

// The pictures of the documents are taken of a sandbox in which the story that they tell
// is played, so that they can be taken again whenever a page changes: `make pictures`.
func TestPictures_OfTheSandbox(t *testing.T) {
	if os.Getenv(drawAgain) == "" {
		t.Skip("takes the pictures of the documents again: run `make pictures`")
	}
	s := harness.StartSandbox(t, quickPlace(t))
	p := &player{browser: openBrowser(t, s.URL)}
	p.do("what vendors owe is tracked", chromedp.Navigate(s.URL+"/vendors"), chromedp.WaitVisible(`//article[contains(., "ISO/IEC 27001 of the hosting")]`))
	p.do("open it", chromedp.Navigate(s.URL+"/"))
	p.still("start", 864)

	p.press("as Jonas Lindqvist: New ticket")
	p.press("Create and submit")
	p.sees("In Review")
	jonas, goran := s.Visit(t, "p-jonas"), s.Visit(t, "p-goran")
	own := press(t, jonas, "approve") // his own change: refused, and on record
	jonas.Send(changesPage, with(confirm(), "do", "submit", "view", own))
	act(t, s.Visit(t, "p-bruno"), "approve", confirm())
	p.be("p-chidi")
	p.do("the card", chromedp.Navigate(s.URL+changesPage))
	p.sees("1 of 2 approvals")
	p.still("card", 1160)
	p.press("Approve…")
	p.tick("in.tests", "in.risk")
	p.still("form", 780)
	p.tick("in.rollback")
	p.press("Approve")
	p.told()
	p.press("Close")
	p.sees("level 2 of 2")
	act(t, s.Visit(t, "p-farah"), "approve", confirm())
	p.sees("may be started now")
	p.be("p-goran")
	p.do("the ticket", chromedp.Navigate(s.URL+"/jira/OPS-1"), chromedp.WaitVisible(`//span[contains(@class, "lozenge") and text() = "Approved"]`))
	p.still("ticket", 960)
	act(t, goran, "start", url.Values{"in.ready": {"yes"}})
	act(t, goran, "finish", url.Values{"in.result": {"succeeded"}, "in.note": {"One invoice of 4,999 arrived."}})
	p.do("the evidence", chromedp.Navigate(s.URL+"/evidence/CHG-1"), chromedp.WaitVisible(`//li[contains(@class, "moved") and contains(., "closed")]`))
	p.still("evidence", 900)
	p.still("proof", 900, chromedp.Evaluate(`window.scrollTo(0, document.body.scrollHeight)`, nil))

	jonas.Send("/alerts", url.Values{"do": {"fire"}, "name": {"Orders hang"}, "system": {"order-portal"}, "severity": {"critical"}, "summary": {"No order has gone through since noon."}})
	p.do("Goran's pager", chromedp.Navigate(s.URL+"/pager"), chromedp.WaitVisible(`//article[contains(@class, "call") and contains(., "Orders hang")]//button[@value="acknowledge"]`))
	p.do("acknowledged", chromedp.Click(`//button[@value="acknowledge"]`), chromedp.WaitVisible(`//span[contains(@class, "lozenge") and text()="acknowledged"]`),
		chromedp.Navigate(s.URL+"/alerts"), chromedp.WaitVisible(`//tr[contains(., "INC-1") and contains(., "acknowledged")]//a[text()="Channel"]`))
	p.do("its channel", chromedp.Click(`//a[text()="Channel"]`), chromedp.WaitVisible(`button[value=resolve]`))
	p.still("incident", 860, chromedp.Evaluate(`window.scrollTo(0, 0)`, nil))

	p.be("p-jonas")
	p.do("the canary is broken", chromedp.Navigate(s.URL+platformsPage), chromedp.SetValue(`#t-yard-canary`, "refuses"), chromedp.Click(`//article[@id="p-yard-canary"]//button[text()="Set"]`),
		chromedp.WaitVisible(`//article[@id="p-yard-canary"]//dd[contains(., "refuses")]`))
	rollOut(t, s, "2.0")
	p.do("a rollout is held there", chromedp.WaitVisible(`//tr[contains(., "PAT-1") and contains(., "held")]`))
	p.still("rollout", 900, chromedp.Evaluate(`window.scrollTo(0, 0)`, nil))
	require.Empty(t, p.complaints(), "the browser complained")
}

// still takes the window, so many pixels high, in both themes.
func (b *browser) still(name string, height int64, before ...chromedp.Action) {
	b.t.Helper()
	const width = 1120 // the pages' layout for a desk, and still legible in a README
	require.NoError(b.t, os.MkdirAll(picturesFolder, 0o755))
	b.do("a window for "+name, emulation.SetDeviceMetricsOverride(width, height, 1, false), chromedp.Evaluate(`document.activeElement.blur()`, nil))
	b.do("before "+name, before...)
	for _, theme := range []string{"light", "dark"} {
		var taken []byte
		b.do("picture of "+name, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}),
			chromedp.CaptureScreenshot(&taken))
		require.NoError(b.t, os.WriteFile(filepath.Join(picturesFolder, name+"-"+theme+".png"), small(b.t, taken), 0o644))
	}
}

// small keeps the 256 colours that a picture has most of. A page has few, and shades
// between them at the edges of letters: that makes a third of the bytes, and nobody sees it.
func small(t *testing.T, taken []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(taken))
	require.NoError(t, err)
	within := full.Bounds()
	times := map[color.Color]int{}
	for y := within.Min.Y; y < within.Max.Y; y++ {
		for x := within.Min.X; x < within.Max.X; x++ {
			times[full.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(times), func(a, b color.Color) int { return cmp.Compare(times[b], times[a]) })
	few := image.NewPaletted(within, colours[:min(len(colours), 256)])
	draw.Draw(few, within, full, within.Min, draw.Src)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(t, encoder.Encode(&out, few))
	return out.Bytes()
}
