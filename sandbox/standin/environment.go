package standin

import (
	"maps"
)

// Secrets of the stand-ins. They protect nothing: both servers listen on
// loopback only and hold example data.
const (
	SlackSigningSecret = "57a4d1453c12e75161676e5ec12e7000"
	SlackToken         = "xoxb-standin-token"
	SlackAppToken      = "xapp-1-A01COUNTERSIGN-1-standin"
	JiraToken          = "standin-jira-token-0123456789"
	JiraWebhookSecret  = "standin-webhook-secret-0123456789"
	JiraEmail          = "bot@meridian-freight.example"
	// PagerDutyWebhookSecret signs what comes back; AlertsToken is what sources of alerts present.
	PagerDutyWebhookSecret = "standin-pagerduty-secret-0123456789"
	AlertsToken            = "standin-alerts-token-0123456789"
	OIDCClientID           = "countersign"
	OIDCClientSecret       = "standin-client-secret-0123456789abcdef"
)

// Environment is the product's configuration for these stand-ins, with the
// gateway's address once it is known.
func (s *Site) Environment() map[string]string {
	env := map[string]string{}
	if s.Slack != nil {
		env["SLACK_API_URL"], env["SLACK_BOT_TOKEN"], env["SLACK_SIGNING_SECRET"] = s.SlackURL, SlackToken, SlackSigningSecret
		env["SLACK_TEAM_ID"] = s.Slack.TeamID()
		if s.overSocket {
			delete(env, "SLACK_SIGNING_SECRET")
			env["SLACK_APP_TOKEN"] = SlackAppToken
		}
	}
	if s.Jira != nil {
		env["JIRA_URL"], env["JIRA_EMAIL"] = s.JiraURL, JiraEmail
		env["JIRA_API_TOKEN"], env["JIRA_WEBHOOK_SECRET"] = JiraToken, JiraWebhookSecret
	}
	if s.PagerDuty != nil {
		env["PAGERDUTY_EVENTS_URL"], env["PAGERDUTY_ROUTING_KEY"] = s.PagerDutyURL, s.PagerDuty.RoutingKey()
		env["PAGERDUTY_WEBHOOK_SECRET"] = PagerDutyWebhookSecret
		env["SMTP_URL"], env["SMTP_FROM"] = s.Mail.URL(), "Countersign <pager@meridian-freight.example>"
		env["ALERTS_TOKEN"] = AlertsToken
	}
	maps.Copy(env, s.Yard.environment())
	if s.OIDC != nil {
		env["OIDC_ISSUER"], env["OIDC_CLIENT_ID"], env["OIDC_CLIENT_SECRET"] = s.Issuer, OIDCClientID, OIDCClientSecret
	}
	if s.Vulnerabilities != nil {
		env["COUNTERSIGN_OSV_URL"] = s.vulnerabilitiesURL
	}
	if s.gateway != "" {
		env["COUNTERSIGN_PUBLIC_URL"] = s.gateway
	}
	return env
}
