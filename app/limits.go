package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Values of Config.VendorLimits; empty is limitsOn.
const (
	limitsOn  = "on"
	limitsOff = "off"
)

// checkLimits refuses to let go of a real vendor's limits.
func (c Config) checkLimits() error {
	switch c.VendorLimits {
	case "", limitsOn:
		return nil
	case limitsOff:
	default:
		return fmt.Errorf("COUNTERSIGN_VENDOR_LIMITS is %q: leave it out, or set it to %s or, before stand-ins only, to %s", c.VendorLimits, limitsOn, limitsOff)
	}
	if !loopback(c.SlackAPIURL) || !loopback(c.JiraURL) {
		return errors.New("COUNTERSIGN_VENDOR_LIMITS=off is for stand-ins on this machine only: SLACK_API_URL and JIRA_URL must both name a loopback address, or leave the limits on")
	}
	if c.PagerDutyRoutingKey != "" && !loopback(c.PagerDutyEventsURL) {
		return errors.New("COUNTERSIGN_VENDOR_LIMITS=off is for stand-ins on this machine only: PAGERDUTY_EVENTS_URL must name a loopback address, or leave the limits on")
	}
	if c.OSVURL != "" && !loopback(c.OSVURL) {
		return errors.New("COUNTERSIGN_VENDOR_LIMITS=off is for stand-ins on this machine only: COUNTERSIGN_OSV_URL must name a loopback address, or leave the limits on")
	}
	return nil
}

// limits are the vendor's own, or none before a stand-in that needs none.
func (c Config) limits(ordinary map[string]httpcall.Limit) map[string]httpcall.Limit {
	if c.VendorLimits == limitsOff {
		return map[string]httpcall.Limit{}
	}
	return ordinary
}

// loopback reports whether an address's host is this machine, given as an IP.
// A name is not believed: it may resolve to anywhere.
func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}
