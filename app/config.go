// Package app puts the product together: it is the only place that knows every
// part. It reads the configuration, builds the roles that were asked for and
// runs them until the context ends.
package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/contrib/envconfig"
)

// Roles of a process. All runs every other one; evidence may run in one
// process only, because it holds the log.
const (
	RoleAll        = "all"
	RoleWorkflows  = "workflows"
	RoleActivities = "activities"
	RoleEvidence   = "evidence"
	RoleGateway    = "gateway"
)

// Roles lists every role.
func Roles() []string {
	return []string{RoleAll, RoleWorkflows, RoleActivities, RoleEvidence, RoleGateway}
}

// Config is the whole configuration. Every field has an environment variable;
// a variable with the suffix _FILE names a file that holds the value, for
// secrets. The engine's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …)
// are read by package connect.
type Config struct {
	Roles []string

	Policy string // COUNTERSIGN_POLICY: the policy directory; mandatory
	Listen string // COUNTERSIGN_LISTEN: where the gateway listens; default 127.0.0.1:8090
	// MetricsListen is COUNTERSIGN_METRICS_LISTEN: where every role serves /metrics,
	// /healthz and /readyz; empty: nowhere. Each process of a host needs its own.
	MetricsListen string
	Evidence      string // COUNTERSIGN_EVIDENCE: the evidence directory; mandatory for every role but the gateway
	Anchors       string // COUNTERSIGN_EVIDENCE_ANCHORS: comma-separated directories, outside this host where possible

	SlackAPIURL        string // SLACK_API_URL: default the real one
	SlackBotToken      string // SLACK_BOT_TOKEN
	SlackSigningSecret string // SLACK_SIGNING_SECRET: of what Slack posts; the gateway needs it or SLACK_APP_TOKEN
	SlackAppToken      string // SLACK_APP_TOKEN: opens a connection to Slack, where Slack cannot reach the gateway
	SlackTeamID        string // SLACK_TEAM_ID: the home workspace; optional

	JiraURL           string // JIRA_URL
	JiraEmail         string // JIRA_EMAIL
	JiraAPIToken      string // JIRA_API_TOKEN
	JiraWebhookSecret string // JIRA_WEBHOOK_SECRET

	PublicURL        string // COUNTERSIGN_PUBLIC_URL: where people reach the gateway, an origin
	LinkKey          string // COUNTERSIGN_LINK_KEY: seals links and proves sign-ins; default derived from the client secret
	OIDCIssuer       string // OIDC_ISSUER: who people sign in with where a level needs it; empty: nobody can
	OIDCClientID     string // OIDC_CLIENT_ID
	OIDCClientSecret string // OIDC_CLIENT_SECRET
	OIDCContexts     string // OIDC_ACR_VALUES: comma-separated context classes that prove a second factor
	OIDCMethods      string // OIDC_AMR: comma-separated methods that do; default mfa when neither is set

	// Paging channels and sources of alerts are optional.
	PagerDutyEventsURL     string // PAGERDUTY_EVENTS_URL: default the real one
	PagerDutyRoutingKey    string // PAGERDUTY_ROUTING_KEY: makes PagerDuty a channel
	PagerDutyWebhookSecret string // PAGERDUTY_WEBHOOK_SECRET: comma-separated while it is rotated
	SMTPURL                string // SMTP_URL: smtp://user@host:port; makes e-mail a channel
	SMTPPassword           string // SMTP_PASSWORD: of the URL's user
	SMTPFrom               string // SMTP_FROM: the sender
	AlertsToken            string // ALERTS_TOKEN: of the sources of alerts; comma-separated while it is rotated
	// OSVURL is COUNTERSIGN_OSV_URL: the API that is asked which vulnerabilities are
	// known of packages; empty: nobody is asked.
	OSVURL string
	// Platforms holds the address of every target of the policy by its reference.
	Platforms map[string]PlatformAddress

	// VendorLimits is COUNTERSIGN_VENDOR_LIMITS: "on", the default, keeps calls
	// below the vendors' published rates. "off" is for measuring against stand-ins
	// and is refused unless every vendor's address is a loopback one: a real vendor
	// answers an unlimited client with refusals that delay everybody's cards.
	VendorLimits string

	env envconfig.EnvLookup // for the engine's own settings; nil is the process's environment
}

// FromEnvironment reads the configuration; env is the process's environment
// (envconfig.EnvLookupOS) or a test's own. The error names every variable that
// is wrong, all at once.
func FromEnvironment(env envconfig.EnvLookup, roles []string) (Config, error) {
	var errs []error
	get := func(name string) string { v, _ := env.LookupEnv(name); return v }
	value := func(name, fallback string) string {
		v, err := valueOrFile(env, name)
		if err != nil {
			errs = append(errs, err)
		}
		if v == "" && get(name+"_FILE") == "" {
			return fallback
		}
		return v
	}
	c := Config{
		Roles:  roles,
		Policy: value("COUNTERSIGN_POLICY", ""), Listen: value("COUNTERSIGN_LISTEN", "127.0.0.1:8090"),
		MetricsListen: value("COUNTERSIGN_METRICS_LISTEN", ""),
		Evidence:      value("COUNTERSIGN_EVIDENCE", ""),
		Anchors:       value("COUNTERSIGN_EVIDENCE_ANCHORS", ""),
		SlackAPIURL:   value("SLACK_API_URL", ""), SlackBotToken: value("SLACK_BOT_TOKEN", ""),
		SlackSigningSecret: value("SLACK_SIGNING_SECRET", ""), SlackAppToken: value("SLACK_APP_TOKEN", ""),
		SlackTeamID: value("SLACK_TEAM_ID", ""),
		JiraURL:     value("JIRA_URL", ""), JiraEmail: value("JIRA_EMAIL", ""),
		JiraAPIToken: value("JIRA_API_TOKEN", ""), JiraWebhookSecret: value("JIRA_WEBHOOK_SECRET", ""),
		PublicURL: strings.TrimSuffix(value("COUNTERSIGN_PUBLIC_URL", ""), "/"), LinkKey: value("COUNTERSIGN_LINK_KEY", ""),
		OIDCIssuer: value("OIDC_ISSUER", ""), OIDCClientID: value("OIDC_CLIENT_ID", ""), OIDCClientSecret: value("OIDC_CLIENT_SECRET", ""),
		OIDCContexts: value("OIDC_ACR_VALUES", ""), OIDCMethods: value("OIDC_AMR", ""),
		PagerDutyEventsURL: value("PAGERDUTY_EVENTS_URL", ""), PagerDutyRoutingKey: value("PAGERDUTY_ROUTING_KEY", ""),
		PagerDutyWebhookSecret: value("PAGERDUTY_WEBHOOK_SECRET", ""),
		SMTPURL:                value("SMTP_URL", ""), SMTPPassword: value("SMTP_PASSWORD", ""), SMTPFrom: value("SMTP_FROM", ""),
		AlertsToken: value("ALERTS_TOKEN", ""),
		OSVURL:      value("COUNTERSIGN_OSV_URL", ""),

		VendorLimits: value("COUNTERSIGN_VENDOR_LIMITS", limitsOn),
		env:          env,
	}
	var wrong []error
	c.Platforms, wrong = platformTargets(env)
	errs = append(errs, wrong...)
	return c, errors.Join(append(errs, c.check()...)...)
}

// has reports whether the process plays a role.
func (c Config) has(role string) bool {
	return slices.Contains(c.Roles, role) || slices.Contains(c.Roles, RoleAll)
}

// lookup is where the engine's settings are read from.
func (c Config) lookup() envconfig.EnvLookup {
	if c.env == nil {
		return envconfig.EnvLookupOS
	}
	return c.env
}

// anchors lists the anchor directories.
func (c Config) anchors() []string { return list(c.Anchors) }

// list is the non-empty elements of a comma-separated value, without the spaces
// around them.
func list(value string) []string {
	var out []string
	for element := range strings.SplitSeq(value, ",") {
		if element = strings.TrimSpace(element); element != "" {
			out = append(out, element)
		}
	}
	return out
}

func (c Config) check() []error {
	var errs []error
	need := func(set, name, what string) {
		if set == "" {
			errs = append(errs, fmt.Errorf("%s is not set: %s", name, what))
		}
	}
	if len(c.Roles) == 0 {
		errs = append(errs, errors.New("no role: choose from "+strings.Join(Roles(), ", ")))
	}
	for _, r := range c.Roles {
		if !slices.Contains(Roles(), r) {
			errs = append(errs, fmt.Errorf("unknown role %q: choose from %s", r, strings.Join(Roles(), ", ")))
		}
	}
	need(c.Policy, "COUNTERSIGN_POLICY", "give the directory with rules/ and directory/")
	if c.has(RoleEvidence) || c.has(RoleActivities) || c.has(RoleWorkflows) {
		need(c.Evidence, "COUNTERSIGN_EVIDENCE", "give the directory of the evidence log and its blobs")
	}
	if c.has(RoleActivities) || c.has(RoleGateway) {
		need(c.SlackBotToken, "SLACK_BOT_TOKEN", "give the bot user's token")
		need(c.JiraURL, "JIRA_URL", "give the address of the Jira site")
		need(c.JiraEmail, "JIRA_EMAIL", "give the e-mail address of the bot's account")
		need(c.JiraAPIToken, "JIRA_API_TOKEN", "give an API token of the bot's account")
	}
	if c.has(RoleGateway) {
		need(c.SlackSigningSecret+c.SlackAppToken, "SLACK_SIGNING_SECRET",
			"give the app's signing secret; or, where Slack cannot reach the gateway, set SLACK_APP_TOKEN to an app-level token (xapp-…) with the scope connections:write")
		need(c.JiraWebhookSecret, "JIRA_WEBHOOK_SECRET", "give the secret of the webhook")
	}
	errs = append(errs, c.checkSignIn()...)
	if err := c.checkLimits(); err != nil {
		errs = append(errs, err)
	}
	if err := c.checkPlatforms(); err != nil {
		errs = append(errs, err)
	}
	return errs
}
