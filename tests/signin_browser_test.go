package tests

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/tests/harness"
)

// The example's channel for changes of high risk.
const securityPage = "/slack/C02SECURITY"

// A newcomer approves a change of high risk: the button gives a link, the
// stand-in asks who they are and for a second factor, and the form's statements
// are required by the browser; all without a script and without a complaint.
func TestC18_SignInInTheBrowser(t *testing.T) {
	t.Parallel()
	s := harness.StartSandbox(t, t.TempDir())
	b := openBrowser(t, s.URL)
	status, _ := s.Visit(t, "p-jonas").Send("/jira/new", ticketForm(url.Values{"f.title": {"Open the border API"}, "f.risk": {"high"}}))
	require.Equal(t, http.StatusOK, status)
	for _, who := range []string{"p-bruno", "p-chidi", "p-dana"} {
		actIn(t, s.Visit(t, who), securityPage, "approve", confirm())
	}
	b.do("start", chromedp.Navigate(s.URL+"/"), chromedp.WaitVisible(`.steps`))
	b.be("p-farah")
	b.do("the card says that a sign-in is needed", chromedp.Navigate(s.URL+securityPage),
		chromedp.WaitVisible(`//article[contains(., "level 2 of 3") and contains(., "sign in with a second factor")]`))
	link := `//article[contains(@class, "private")]//a[contains(., "Sign in and decide")]`
	b.do("the button gives a link", chromedp.Click(`button[value=approve]`), chromedp.WaitVisible(link), chromedp.ScrollIntoView(link))
	b.picture("signin-link")

	b.do("which leads to the provider", chromedp.Click(link), chromedp.WaitVisible(`//h1[contains(., "Sign in to Countersign")]`))
	b.picture("signin-provider")
	b.do("one factor", chromedp.Click(`input[value=sub-farah]`), chromedp.Click(`button[value=password]`))
	b.do("is not enough", chromedp.WaitVisible(`//h1[contains(., "not enough")]`))
	b.picture("signin-weak")
	b.do("two are", chromedp.Click(`//a[text() = "Sign in again"]`), chromedp.WaitVisible(`input[value=sub-farah]`), chromedp.Click(`input[value=sub-farah]`),
		chromedp.Click(`button[value=second]`), chromedp.WaitVisible(`//h1[contains(., "Open the border API")]`))
	b.picture("signin-form")
	b.do("an empty form is not sent", chromedp.Click(`//button[text() = "Approve"]`))
	require.Equal(t, 3, b.count(`input:invalid`), "three statements still to be confirmed")
	b.do("what is missing is said where it is missing", chromedp.Evaluate(`document.querySelector("input[name='in.rollback']").required = false`, nil),
		chromedp.Click(`input[name="in.tests"]`), chromedp.Click(`input[name="in.risk"]`), chromedp.SendKeys(`//textarea`, "Read the scopes."),
		chromedp.Click(`//button[text() = "Approve"]`), chromedp.WaitVisible(`//p[@role="alert"]`))
	b.contains(`//p[@role="alert"]`, "An answer is missing")
	b.picture("signin-missing")
	require.Equal(t, 2, b.count(`input:checked`), "what was ticked stays so")
	b.do("the rest", chromedp.Click(`input[name="in.rollback"]`), chromedp.Click(`//button[text() = "Approve"]`), chromedp.WaitVisible(`//h1[text() = "Recorded"]`))
	b.contains(`//section`, "your decision is recorded")
	b.picture("signin-recorded")
	b.do("the card moves on", chromedp.Navigate(s.URL+securityPage), chromedp.WaitVisible(`//article//strong[contains(., "level 3 of 3")]`))
	b.do("and so does the evidence", chromedp.Navigate(s.URL+"/evidence/CHG-1"), chromedp.WaitVisible(`//li[contains(., "signed in") and contains(., "mfa")]`))
	b.picture("signin-evidence")
	require.Empty(t, b.complaints(), "the browser complained")
}
