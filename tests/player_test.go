package tests

import (
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// player is somebody who does what the tutorial says.
type player struct {
	*browser
	pressed []string
	ticked  int  // statements confirmed
	keys    bool // with the keyboard only
}

// press presses what is called this, in the form when one is open.
func (p *player) press(label string) {
	p.t.Helper()
	p.pressed = append(p.pressed, label)
	const named = `//*[self::button or self::a][normalize-space(.)=%q]`
	at := fmt.Sprintf(`(//dialog`+named+` | self::node()[not(//dialog)]`+named+`)[1]`, label, label)
	if !p.keys {
		p.do("press "+label, chromedp.WaitVisible(at), chromedp.Click(at))
		return
	}
	p.do("see "+label, chromedp.WaitVisible(at))
	p.tabTo(label, fmt.Sprintf(`e.matches("a, button") && e.textContent.trim() === %q`, label))
	p.do("press "+label, chromedp.KeyEvent("\r"))
	if strings.HasSuffix(label, "…") || label == "Approve" || label == "Close" {
		return // the page says what follows
	}
	p.do("another page", chromedp.WaitReady(`main`))
}

// tick confirms the statements of the open form.
func (p *player) tick(names ...string) {
	p.t.Helper()
	p.do("the form is open", chromedp.WaitVisible(`dialog.modal:modal`))
	for _, name := range names {
		p.ticked++
		if !p.keys {
			p.do("tick "+name, chromedp.Click(fmt.Sprintf(`input[name=%q]`, name)))
			continue
		}
		p.tabTo(name, fmt.Sprintf(`e.name === %q`, name))
		p.do("tick "+name, chromedp.KeyEvent(" "))
		require.Equal(p.t, 1, p.count(fmt.Sprintf(`input[name="%s"]:checked`, name)))
	}
}

// tabTo goes on with Tab until what has the focus is what is looked for, and is seen to
// have it.
func (p *player) tabTo(what, found string) {
	p.t.Helper()
	const most = 80
	for range most {
		var at, shown bool
		p.do("tab to "+what, chromedp.KeyEvent("\t"),
			chromedp.Evaluate(`(() => { const e = document.activeElement; return `+found+`; })()`, &at),
			chromedp.Evaluate(`getComputedStyle(document.activeElement).outlineStyle !== "none"`, &shown))
		if at {
			require.True(p.t, shown, "%s has the focus, and nobody sees it", what)
			return
		}
	}
	require.FailNow(p.t, "not reached with the keyboard", what)
}

// told is the answer to a form: "Recorded", or "Received" where a busy machine took longer
// than the gateway waits.
func (p *player) told() {
	p.t.Helper()
	p.do("be told", chromedp.WaitVisible(`//h2[@id="modal-title" and (normalize-space(.) = "Recorded" or normalize-space(.) = "Received")]`))
}

func (p *player) sees(text string) {
	p.t.Helper()
	p.do("see "+text, chromedp.WaitVisible(fmt.Sprintf(`(//body//*[not(self::option)][text()[contains(normalize-space(.), %q)]])[1]`, text)))
}

// faint lists text whose contrast to what is behind it is below that of WCAG 2.2, 1.4.3.
const faint = `(() => {
	const rgba = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
	const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255]; };
	const wrong = [];
	for (const e of document.querySelectorAll("body *")) {
		if (![...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim()) || !e.checkVisibility({ visibilityProperty: true }) || e.closest("option, .sr, .skip")) continue;
		const s = getComputedStyle(e), a = light(rgba(s.color)), b = light(behind(e));
		const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		const large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && s.fontWeight >= 700);
		if (contrast < (large ? 3 : 4.5)) wrong.push(e.tagName + "." + e.className + " " + contrast.toFixed(2) + ": " + e.textContent.trim().slice(0, 40));
	}
	return wrong;
})()`

// readable checks that the page can be read in both themes, and keeps pictures of it if
// pictures are wanted.
func (p *player) readable(name string) {
	p.t.Helper()
	seen := map[string]bool{}
	for _, theme := range []string{"light", "dark"} {
		var wrong []string
		var ground string
		p.do(theme, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}),
			chromedp.Evaluate(faint, &wrong), chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &ground))
		require.Empty(p.t, wrong, "%s, %s theme", name, theme)
		seen[ground] = true
	}
	require.Len(p.t, seen, 2, "the themes are one and the same")
	p.picture("tutorial-" + name)
}
