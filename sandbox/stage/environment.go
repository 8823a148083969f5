package stage

import (
	"os"
	"slices"
	"strings"

	"go.temporal.io/sdk/contrib/envconfig"
)

// environment is what the product is configured with: this stage's own values
// over those of the outside.
type environment struct {
	own     map[string]string
	outside envconfig.EnvLookup
}

// Environ lists the variables of this stage as NAME=value, and those of
// platforms from outside, whose names nobody knows beforehand.
func (e environment) Environ() []string {
	out := make([]string, 0, len(e.own))
	for name, value := range e.own {
		out = append(out, name+"="+value)
	}
	if e.outside == nil {
		return out
	}
	for _, line := range e.outside.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if _, ours := e.own[name]; !ours && strings.HasPrefix(name, "PLATFORM_") {
			out = append(out, line)
		}
	}
	return out
}

// whole is the environment of a process of this stage: the outside's where it may pass,
// with this stage's own values over it.
func (e environment) whole() []string {
	out := e.Environ()
	for _, line := range e.outside.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if _, ours := e.own[name]; ours || strings.HasPrefix(name, "PLATFORM_") {
			continue // said above
		}
		if _, passes := e.LookupEnv(name); passes {
			out = append(out, line)
		}
	}
	return out
}

// LookupEnv finds a variable. Settings for another Temporal never reach this
// one: a key or certificate meant for a cluster would only make it fail.
func (e environment) LookupEnv(name string) (string, bool) {
	if v, ok := e.own[name]; ok {
		return v, true
	}
	if strings.HasPrefix(name, "TEMPORAL_") || (strings.HasPrefix(name, "COUNTERSIGN_") && !strings.HasPrefix(name, "COUNTERSIGN_ENCRYPTION_KEYS") && !strings.HasPrefix(name, vulnerabilities)) {
		return "", false
	}
	return e.outside.LookupEnv(name)
}

// real reports whether any variable of a vendor is set outside, which makes
// that vendor the real one. What is then missing is named by the product's own
// check of its configuration.
func real(env envconfig.EnvLookup, names ...string) bool {
	for _, name := range names {
		for _, n := range []string{name, name + "_FILE"} {
			if v, _ := env.LookupEnv(n); v != "" {
				return true
			}
		}
	}
	return false
}

func realSlack(env envconfig.EnvLookup) bool {
	return real(env, "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL", "SLACK_TEAM_ID")
}

func realJira(env envconfig.EnvLookup) bool {
	return real(env, "JIRA_URL", "JIRA_EMAIL", "JIRA_API_TOKEN", "JIRA_WEBHOOK_SECRET")
}

func realOIDC(env envconfig.EnvLookup) bool {
	return real(env, "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
}

// realPagers reports whether people are paged by the real services.
func realPagers(env envconfig.EnvLookup) bool {
	return real(env, "PAGERDUTY_ROUTING_KEY", "PAGERDUTY_WEBHOOK_SECRET", "PAGERDUTY_EVENTS_URL", "SMTP_URL", "SMTP_PASSWORD", "SMTP_FROM", "ALERTS_TOKEN")
}

// vulnerabilities names the database that is asked about packages.
const vulnerabilities = "COUNTERSIGN_OSV_URL"

// realVulnerabilities reports whether packages are looked up elsewhere.
func realVulnerabilities(env envconfig.EnvLookup) bool { return real(env, vulnerabilities) }

// realPlatform reports whether the address of an installation is given.
func realPlatform(env envconfig.EnvLookup, reference string) bool {
	return real(env, "PLATFORM_"+reference+"_URL")
}

// environment configures the product for this stage.
func (s *Stage) environment() environment {
	own := s.Site.Environment()
	for name, value := range map[string]string{
		"TEMPORAL_ADDRESS": s.engine.Address(), "TEMPORAL_NAMESPACE": "default",
		// Without a file of its own the settings of whoever starts this would apply.
		"TEMPORAL_CONFIG_FILE": os.DevNull,
		"COUNTERSIGN_POLICY":   s.cfg.policy(), "COUNTERSIGN_EVIDENCE": s.cfg.evidence(),
		"COUNTERSIGN_EVIDENCE_ANCHORS": s.cfg.anchors(),
		"COUNTERSIGN_LISTEN":           s.gatewayAt.Addr().String(),
	} {
		own[name] = value
	}
	return environment{own: own, outside: s.cfg.Env}
}

// realAnything reports whether any vendor or installation is the real one.
func realAnything(env envconfig.EnvLookup) bool {
	return realSlack(env) || realJira(env) || realOIDC(env) || realPagers(env) || realVulnerabilities(env) || slices.ContainsFunc(env.Environ(), func(line string) bool {
		name, value, _ := strings.Cut(line, "=")
		return strings.HasPrefix(name, "PLATFORM_") && value != ""
	})
}
