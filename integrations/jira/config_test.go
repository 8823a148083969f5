package jira_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
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
	for name, c := range map[string]struct {
		kind   compliance.TicketKind
		change func(*jira.KindConfig)
		text   string
	}{
		"no such kind":       {"renwal", func(*jira.KindConfig) {}, `kind "renwal": there is no such kind`},
		"a change as a kind": {compliance.TicketChange, func(*jira.KindConfig) {}, "no such kind besides changes"},
		"project":            {compliance.TicketAction, func(k *jira.KindConfig) { k.Project = `OPS" OR x` }, "give the key of a project"},
		"no type":            {compliance.TicketAction, func(k *jira.KindConfig) { k.IssueType = "" }, "issue type: give its name"},
		"the changes' type":  {compliance.TicketAction, func(k *jira.KindConfig) { k.IssueType = "change" }, `issue type "change" in OPS is that of change already`},
		"another's type":     {compliance.TicketRenewal, func(k *jira.KindConfig) { k.IssueType = "Action" }, `in OPS is that of action already`},
		"a status missing":   {compliance.TicketAction, func(k *jira.KindConfig) { delete(k.Statuses, "done") }, `status "done" is mapped to ""`},
		"a status twice":     {compliance.TicketAction, func(k *jira.KindConfig) { k.Statuses["done"] = "to do" }, `status "done" is mapped to "to do"`},
		"no word for done":   {compliance.TicketAction, func(k *jira.KindConfig) { k.Done = nil }, "resolutions that mean done"},
		"no word for won't":  {compliance.TicketAction, func(k *jira.KindConfig) { k.WontDo = nil }, "those that mean won't do"},
		"a field":            {compliance.TicketIncident, func(k *jira.KindConfig) { k.Fields[0].ID = "a,b" }, "not a field id"},
	} {
		t.Run("kind: "+name, func(t *testing.T) {
			cfg := config("https://example.atlassian.net")
			withKinds(&cfg)
			require.NoError(t, cfg.Check())
			k := cfg.Kinds[c.kind]
			c.change(&k)
			cfg.Kinds[c.kind] = k
			_, err := jira.New(cfg)
			require.ErrorContains(t, err, c.text)
		})
	}
	_, err := jira.New(jira.Config{})
	for _, part := range []string{"site", "JIRA_URL", "JIRA_API_TOKEN", "project", "issue type", "submit status"} {
		require.ErrorContains(t, err, part, "all at once")
	}
}
