package app

import (
	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/advisories"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/mail"
	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/oidc"
	"github.com/lowcodex/countersign/integrations/osv"
	"github.com/lowcodex/countersign/integrations/pagerduty"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/stepup"
)

// Capabilities and vendors never import each other; here the compiler checks
// that they fit.
var (
	_ activities.TicketTracker  = (*jira.Client)(nil)
	_ activities.TicketFiles    = (*jira.Client)(nil)
	_ activities.MessageSurface = (*slack.Client)(nil)
	_ activities.Pager          = (*slack.Pager)(nil)
	_ activities.Pager          = (*pagerduty.Client)(nil)
	_ activities.Pager          = (*mail.Client)(nil)
	_ activities.Rooms          = (*slack.Rooms)(nil)
	_ activities.EvidenceLog    = (*evidence.Log)(nil)
	_ activities.Blobs          = (*evidence.Blobs)(nil)
	_ activities.Contents       = (*evidence.Blobs)(nil)
	_ activities.Trackers       = (*trackers)(nil)
	_ activities.PolicySource   = (*policy.Source)(nil)
	_ activities.SignIns        = stepup.Links{}
	_ activities.BlobStore      = (*evidence.Blobs)(nil)
	_ activities.Platform       = (*nodered.Client)(nil)
	_ activities.FeedSource     = (*advisories.Client)(nil)
	_ activities.SelfCheck      = (*jira.Client)(nil)
	_ activities.SelfCheck      = (*slack.Client)(nil)
	_ activities.SelfCheck      = (*pagerduty.Client)(nil)
	_ activities.SelfCheck      = (*mail.Client)(nil)
	_ activities.SelfCheck      = (*nodered.Client)(nil)
	_ activities.SelfCheck      = (*oidc.Client)(nil)
	_ activities.SelfCheck      = advisories.Checkup{}
	_ slack.Dispatcher          = (*gateway.Gateway)(nil)
	_ gateway.SignInProvider    = (*oidc.Client)(nil)
	_ pagerduty.Dispatcher      = (*gateway.Gateway)(nil)
)

var (
	_ activities.VulnerabilitySource = (*osv.Client)(nil)
	_ activities.SelfCheck           = (*osv.Client)(nil)
)
