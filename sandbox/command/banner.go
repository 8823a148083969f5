package command

import (
	"fmt"
	"io"

	"github.com/lowcodex/countersign/sandbox/stage"
)

// banner says where everything is and what to open first. Whoever started this
// as a program waits for its last line.
func banner(out io.Writer, s *stage.Stage) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format+"\n", args...) }
	say("  ready after %.1f s; only the first build takes minutes\n", s.Took.Seconds())
	say("Open this first:   %s/", s.PagesURL())
	say("")
	if s.Site.Jira != nil {
		say("  Tickets          %s/jira      stand-in for Jira", s.PagesURL())
	} else {
		say("  Tickets          the real Jira; its webhook must reach %s/jira/webhook", s.GatewayURL())
	}
	if s.Site.Slack != nil {
		say("  Messages         %s/slack     stand-in for Slack", s.PagesURL())
	} else {
		say("  Messages         the real Slack; its interactivity must reach %s/slack/interactions", s.GatewayURL())
	}
	if s.Site.OIDC != nil {
		say("  Sign-in          %s     stand-in for the identity provider", s.Site.Issuer)
	} else {
		say("  Sign-in          the real identity provider; it must send people back to %s/signin/callback", s.GatewayURL())
	}
	if s.Site.Monitoring != nil {
		say("  Alerts           %s/alerts    stand-ins for Alertmanager, PagerDuty and mail: %s/pager", s.PagesURL(), s.PagesURL())
	} else {
		say("  Alerts           real pagers; sources of alerts send to %s/alerts/alertmanager", s.GatewayURL())
	}
	say("  Vendors          %s/vendors", s.PagesURL())
	if len(s.Site.Yard) > 0 {
		say("  Platforms        %s/platforms %s", s.PagesURL(), s.Site.Yard.Kind())
	}
	say("  Evidence         %s/evidence", s.PagesURL())
	say("  Temporal         %s", s.TemporalUI())
	say("  Gateway          %s", s.GatewayURL())
	say("")
	say("Everything is kept in %s, also over a crash. Ctrl-C ends this;", s.Dir())
	say("the same command goes on where it ended. Log lines are in sandbox.log there.")
	say("Ready")
}
