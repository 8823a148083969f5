package app

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/slack"
)

func TestVendorLimits_OffOnlyBeforeStandIns(t *testing.T) {
	const local, real = "http://127.0.0.1:4000/", "https://example.atlassian.net"
	for name, c := range map[string]struct {
		value, slack, jira string
		key, osv           string
		refused            string
		unlimited          bool
	}{
		"left out":              {value: "", slack: "", jira: real},
		"on":                    {value: "on", slack: local, jira: local},
		"off before stand-ins":  {value: "off", slack: local, jira: "http://[::1]:4001", unlimited: true},
		"off, real tracker":     {value: "off", slack: local, jira: real, refused: "loopback"},
		"off, default surface":  {value: "off", slack: "", jira: local, refused: "loopback"},
		"off, a name":           {value: "off", slack: "http://localhost:4000/", jira: local, refused: "loopback"},
		"off, real pager":       {value: "off", slack: local, jira: local, key: "k", refused: "PAGERDUTY_EVENTS_URL"},
		"off, real database":    {value: "off", slack: local, jira: local, osv: "https://api.osv.dev", refused: "COUNTERSIGN_OSV_URL"},
		"neither on nor off":    {value: "no", slack: local, jira: local, refused: "\"no\""},
		"off, unusable address": {value: "off", slack: "http://127.0.0.1:x/", jira: local, refused: "loopback"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{VendorLimits: c.value, SlackAPIURL: c.slack, JiraURL: c.jira, PagerDutyRoutingKey: c.key, OSVURL: c.osv}
			err := cfg.checkLimits()
			if c.refused != "" {
				require.ErrorContains(t, err, c.refused)
				return
			}
			require.NoError(t, err)
			if c.unlimited {
				require.Empty(t, cfg.limits(slack.DefaultLimits()))
				return
			}
			require.Equal(t, slack.DefaultLimits(), cfg.limits(slack.DefaultLimits()))
		})
	}
}
