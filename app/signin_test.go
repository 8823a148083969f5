package app

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/policy"
)

// configured is an environment in which everything but the sign-in is set.
func configured(t *testing.T, more map[string]string) variables {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "policy")
	require.NoError(t, policy.WriteExample(dir))
	env := variables{
		"COUNTERSIGN_POLICY": dir, "COUNTERSIGN_EVIDENCE": t.TempDir(), "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s",
		"JIRA_URL": "https://example.atlassian.net", "JIRA_EMAIL": "bot@example.com", "JIRA_API_TOKEN": "t", "JIRA_WEBHOOK_SECRET": "0123456789abcdef",
	}
	for k, v := range more {
		env[k] = v
	}
	return env
}

const longSecret = "0123456789abcdef0123456789abcdef"

func whole() map[string]string {
	return map[string]string{
		"COUNTERSIGN_PUBLIC_URL": "https://countersign.example/", "OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "c", "OIDC_CLIENT_SECRET": longSecret,
	}
}

// A policy that demands a sign-in nobody could have stops the start, with all
// that is to be set, and before anything is reached.
func TestC18_APolicyNobodyCouldDecideIsRefused(t *testing.T) {
	cfg, err := FromEnvironment(configured(t, nil), []string{RoleGateway})
	require.NoError(t, err, "without a policy that demands it, nothing of it is needed")
	_, err = New(t.Context(), cfg, Options{})
	for _, want := range []string{
		"chain high-risk, level Security", "chain high-risk, level Change board", "nobody could sign in",
		"COUNTERSIGN_PUBLIC_URL is not set", "OIDC_ISSUER is not set", "OIDC_CLIENT_ID is not set", "OIDC_CLIENT_SECRET is not set",
	} {
		require.ErrorContains(t, err, want)
	}
	cfg, err = FromEnvironment(configured(t, nil), []string{RoleEvidence})
	require.NoError(t, err)
	_, err = New(t.Context(), cfg, Options{})
	require.ErrorContains(t, err, "COUNTERSIGN_LINK_KEY is not set: give the judge of the sign-ins the same one as the gateway")
	require.NotContains(t, err.Error(), "OIDC_ISSUER", "the judge asks no provider")
}

func TestC18_HalfASignInIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		role   string
		change func(map[string]string)
		says   string
	}{
		"whole":                  {RoleGateway, func(map[string]string) {}, ""},
		"no address":             {RoleGateway, func(v map[string]string) { delete(v, "COUNTERSIGN_PUBLIC_URL") }, "COUNTERSIGN_PUBLIC_URL is not set"},
		"no secret":              {RoleGateway, func(v map[string]string) { delete(v, "OIDC_CLIENT_SECRET") }, "OIDC_CLIENT_SECRET is not set"},
		"no issuer":              {RoleGateway, func(v map[string]string) { delete(v, "OIDC_ISSUER") }, "OIDC_ISSUER is not set"},
		"not the worker's":       {RoleActivities, func(v map[string]string) { delete(v, "OIDC_CLIENT_SECRET") }, ""},
		"a short client secret":  {RoleGateway, func(v map[string]string) { v["OIDC_CLIENT_SECRET"] = "short" }, "set COUNTERSIGN_LINK_KEY"},
		"a short link key":       {RoleEvidence, func(v map[string]string) { v["COUNTERSIGN_LINK_KEY"] = "short" }, "COUNTERSIGN_LINK_KEY: the secret has 5 characters"},
		"short, with a link key": {RoleGateway, func(v map[string]string) { v["OIDC_CLIENT_SECRET"], v["COUNTERSIGN_LINK_KEY"] = "short", longSecret }, ""},
		"one factor":             {RoleGateway, func(v map[string]string) { v["OIDC_AMR"] = "pwd" }, "OIDC_AMR"},
		"no assurance":           {RoleEvidence, func(v map[string]string) { v["OIDC_ACR_VALUES"] = "0" }, "OIDC_ACR_VALUES"},
	} {
		t.Run(name, func(t *testing.T) {
			more := whole()
			c.change(more)
			_, err := FromEnvironment(configured(t, more), []string{c.role})
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), longSecret)
		})
	}
}

// Gateway and judge come to the same key from the same settings, by either way.
func TestC18_GatewayAndJudgeAgree(t *testing.T) {
	act := compliance.Inbound{Delivery: "web/1", SignIn: &compliance.SignIn{Methods: []string{"mfa"}}}
	for name, more := range map[string]map[string]string{
		"derived": whole(),
		"given":   {"COUNTERSIGN_LINK_KEY": longSecret + "x", "COUNTERSIGN_PUBLIC_URL": "https://countersign.example"},
	} {
		gateway, err := FromEnvironment(configured(t, more), []string{RoleAll})
		require.NoError(t, err, name)
		links, err := gateway.links()
		require.NoError(t, err)
		require.Equal(t, "https://countersign.example", links.Base)
		judge, err := FromEnvironment(configured(t, more), []string{RoleEvidence})
		require.NoError(t, err, name)
		others, err := judge.links()
		require.NoError(t, err)
		require.True(t, others.Proven(links.Prove(act)), name)
	}
	none, err := FromEnvironment(configured(t, nil), []string{RoleEvidence})
	require.NoError(t, err)
	links, err := none.links()
	require.NoError(t, err)
	require.Nil(t, links.Key)
}
