package jira_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/integrations/jira"
)

func TestConfigNamesEveryFault(t *testing.T) {
	require.NoError(t, config("https://example.atlassian.net").Check())
	require.NoError(t, config("https://api.atlassian.com/ex/jira/0000-1111").Check())
	for name, c := range map[string]struct {
		change func(*jira.Config)
		text   string
	}{
		"site":            {func(c *jira.Config) { c.Site = "Big Site" }, "site"},
		"no URL":          {func(c *jira.Config) { c.URL = "" }, "JIRA_URL"},
		"credentials":     {func(c *jira.Config) { c.URL = "https://user:hunter22@example.com" }, "without credentials"},
		"no token":        {func(c *jira.Config) { c.Token = "" }, "JIRA_API_TOKEN"},
		"short secret":    {func(c *jira.Config) { c.WebhookSecret = "short" }, "shorter than 16 bytes"},
		"project":         {func(c *jira.Config) { c.Project = `OPS" OR project = "HR` }, "project"},
		"no issue type":   {func(c *jira.Config) { c.IssueType = "" }, "issue type"},
		"no status":       {func(c *jira.Config) { c.SubmitStatus = "" }, "submit status"},
		"field twice":     {func(c *jira.Config) { c.Fields = append(c.Fields, c.Fields[0]) }, "given twice"},
		"field id":        {func(c *jira.Config) { c.Fields[0].ID = "a,b" }, "not a field id"},
		"field kind":      {func(c *jira.Config) { c.Fields[0].Kind = "colour" }, `kind "colour" is none of`},
		"status unmapped": {func(c *jira.Config) { c.Statuses["closed"] = "" }, `status "closed"`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config("https://example.atlassian.net")
			c.change(&cfg)
			_, err := jira.New(cfg)
			require.ErrorContains(t, err, c.text)
			require.NotContains(t, err.Error(), "hunter22")
			require.NotContains(t, err.Error(), secret)
		})
	}
	_, err := jira.New(jira.Config{})
	for _, part := range []string{"site", "JIRA_URL", "JIRA_API_TOKEN", "project", "issue type", "submit status"} {
		require.ErrorContains(t, err, part, "all at once")
	}
}
