package jira

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

const (
	part          = checkup.Part(Provider)
	opCheckup     = "look at the site"
	administrator = "ask a Jira administrator: "
)

// Checkup looks whether the site would work, in the order in which a person sets it
// up: the token and whom it belongs to, each project with the bot's permissions,
// types of issue, statuses, fields and transitions, and the webhook with its secret.
// It only reads.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	checks := c.account(ctx)
	if checks[0].Result != checkup.OK {
		return append(checks, c.secret(ctx)...)
	}
	held := c.held()
	var projects []string
	for _, h := range held {
		if !slices.Contains(projects, h.Project) {
			projects = append(projects, h.Project)
		}
	}
	for _, project := range projects {
		types, found := c.project(ctx, project)
		checks = append(checks, found)
		if found.Result != checkup.OK {
			continue
		}
		checks = append(checks, c.permissions(ctx, project, held))
		for _, h := range held {
			if h.Project == project {
				checks = append(checks, c.issueType(ctx, h, types)...)
			}
		}
	}
	return append(append(checks, c.webhook(ctx)), c.secret(ctx)...)
}

// held is how the site holds each kind of ticket that the policy uses, the change first.
func (c *Client) held() []kindHeld {
	change, _ := c.kind(opCheckup, compliance.TicketChange) // the change is always there
	all := []kindHeld{{compliance.TicketChange, change}}
	for _, k := range compliance.TicketKinds() {
		if cfg, ok := c.cfg.Kinds[k]; ok {
			all = append(all, kindHeld{k, cfg})
		}
	}
	return all
}

type kindHeld struct {
	kind compliance.TicketKind
	KindConfig
}

// read asks for one path of the site. The error is a *compliance.Failure.
func (c *Client) read(ctx context.Context, path string, out any) (*httpcall.Exchange, error) {
	ctx, x := c.wire.Begin(ctx, opCheckup)
	req, err := c.api.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err == nil {
		resp, failed := c.api.Do(req, out)
		if err = failed; resp != nil {
			_ = resp.Body.Close()
		}
	}
	if f := x.Failure(err); f != nil {
		return x, f
	}
	return x, nil
}

const tokens = "make an API token of the bot's account (id.atlassian.com, Security, API tokens) and set JIRA_EMAIL and JIRA_API_TOKEN; Atlassian lets one live for a year at most"

// account asks whom the token belongs to, and reads Jira's clock. The first check is the token's.
func (c *Client) account(ctx context.Context) []checkup.Check {
	var self struct{ AccountID, DisplayName string }
	x, err := c.read(ctx, "rest/api/2/myself", &self)
	checks := []checkup.Check{x.Check(part, "token", err, "it belongs to "+self.DisplayName, "JIRA_URL", tokens)}
	switch want := c.cfg.BotAccountID; {
	case compliance.ClassOf(err) == compliance.Gone:
		checks[0] = part.Wrong("token", checkup.ElsewhereAPI, err.Error(), "set JIRA_URL to the address of the site, such as https://example.atlassian.net")
	case err != nil:
	case self.AccountID == "":
		checks[0] = part.Wrong("token", checkup.ElsewhereAPI, "the answer names no accountId", "set JIRA_URL to a site of Jira Cloud")
	case want == "":
		checks = append(checks, part.Wrong("bot account", checkup.NotSet, "the token belongs to "+self.AccountID,
			"write it as tickets.bot_account into rules/organisation.yaml, so that our own writes are recognised at once"))
	case want != self.AccountID:
		checks = append(checks, part.Wrong("bot account", checkup.Different, "the token belongs to "+self.AccountID+", the policy says "+want,
			"correct tickets.bot_account in rules/organisation.yaml, or use that account's token"))
	default:
		checks = append(checks, part.OK("bot account", "%s", want))
	}
	if clock, ok := x.Clock(part, c.cfg.Now()); ok {
		checks = append(checks, clock)
	}
	return checks
}

// projectType is a type of issue in a project, with the statuses of its workflow.
type projectType struct {
	ID       string
	Name     string
	Statuses []struct{ Name string }
}

func (c *Client) project(ctx context.Context, key string) ([]projectType, checkup.Check) {
	var types []projectType
	x, err := c.read(ctx, "rest/api/2/project/"+url.PathEscape(key)+"/statuses", &types)
	if compliance.ClassOf(err) == compliance.Gone {
		return nil, part.Wrong("project "+key, checkup.Missing, err.Error(),
			"correct tickets in rules/organisation.yaml, or give the bot Browse Projects there (Project settings, Access or Permissions)")
	}
	return types, x.Check(part, "project "+key, err, fmt.Sprintf("%d types of issue", len(types)), "JIRA_URL", "give the bot Browse Projects there")
}

// permissions asks what the bot may do in a project.
// https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-permissions/
func (c *Client) permissions(ctx context.Context, project string, held []kindHeld) checkup.Check {
	item := "permissions in " + project
	wanted := map[string]string{
		"BROWSE_PROJECTS": "Browse Projects", "CREATE_ISSUES": "Create Issues", "EDIT_ISSUES": "Edit Issues",
		"ADD_COMMENTS": "Add Comments", "TRANSITION_ISSUES": "Transition Issues",
		"MODIFY_REPORTER": "Modify Reporter", // tickets are opened in the name of who asked
	}
	if slices.ContainsFunc(held, func(h kindHeld) bool { return h.Project == project && h.kind != compliance.TicketChange }) {
		wanted["ASSIGN_ISSUES"], wanted["LINK_ISSUES"] = "Assign Issues", "Link Issues"
	}
	keys := sorted(wanted)
	var answer struct {
		Permissions map[string]struct{ HavePermission bool }
	}
	x, err := c.read(ctx, "rest/api/2/mypermissions?projectKey="+url.QueryEscape(project)+"&permissions="+strings.Join(keys, ","), &answer)
	var lacking []string
	for _, key := range keys {
		if !answer.Permissions[key].HavePermission {
			lacking = append(lacking, wanted[key])
		}
	}
	if err == nil && len(lacking) > 0 {
		return part.Wrong(item, checkup.Lacking, strings.Join(lacking, ", "),
			administrator+"grant them to the bot, by a project role or in the permission scheme (Project settings, Permissions)")
	}
	return x.Check(part, item, err, fmt.Sprintf("all %d that are used", len(keys)), "JIRA_URL", tokens)
}
