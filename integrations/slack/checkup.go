package slack

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

const (
	part      = checkup.Part(Provider)
	opChannel = "look at channel"
	appPage   = "at api.slack.com/apps, in the app's "
)

// Checkup looks whether the app would work, in the order in which a person sets
// it up: the token, who it belongs to, its scopes, the policy's channels, the
// app-level token where there is one, the signing secret, and whether the gateway
// takes what is signed with it.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	checks := []checkup.Check{tokenKind(c.cfg.BotToken)}
	if checks[0].Result != checkup.OK {
		return checks
	}
	who, x := c.who(ctx)
	checks = append(checks, who...)
	if who[0].Result != checkup.OK {
		return append(checks, c.incoming(ctx)...)
	}
	checks = append(checks, scopes(x.Header("X-OAuth-Scopes"))...)
	for _, name := range slices.Sorted(maps.Keys(c.cfg.Channels)) {
		checks = append(checks, c.channelCheck(ctx, name))
	}
	return append(checks, c.incoming(ctx)...)
}

// tokenKind tells tokens apart by their prefix.
// https://docs.slack.dev/authentication/tokens
func tokenKind(token string) checkup.Check {
	const item, mend = "token kind", "set SLACK_BOT_TOKEN to the Bot User OAuth Token (xoxb-…): " + appPage + "OAuth & Permissions, after Install to Workspace"
	kinds := []struct{ prefix, what string }{
		{"xoxb-", ""}, {"xoxp-", "a user's token"}, {"xapp-", "an app-level token"},
		{"xoxe.", "a token that is rotated and ends within hours"}, {"xoxe-", "a refresh token"}, {"xox", "a token of another kind"},
	}
	for _, k := range kinds {
		if strings.HasPrefix(token, k.prefix) {
			if k.what == "" {
				return part.OK(item, "a bot token")
			}
			return part.Wrong(item, checkup.Malformed, "it is "+k.what, mend)
		}
	}
	return part.Wrong(item, checkup.Malformed, "it is no token of Slack's", mend)
}

// who asks Slack whom the token belongs to, and reads its clock. The first check is the token's.
func (c *Client) who(ctx context.Context) ([]checkup.Check, *httpcall.Exchange) {
	ctx, x := c.transport.Begin(ctx, opWho)
	r, err := c.api.AuthTestContext(ctx)
	err = failure(c.transport, x, opWho, err)
	detail := ""
	if err == nil {
		detail = fmt.Sprintf("workspace %s (%s), user %s", r.Team, r.TeamID, r.User)
	}
	checks := []checkup.Check{x.Check(part, "token", err, detail, "SLACK_API_URL",
		"install the app again and set SLACK_BOT_TOKEN: "+appPage+"OAuth & Permissions")}
	if err == nil && c.cfg.TeamID != "" && c.cfg.TeamID != r.TeamID && c.cfg.TeamID != r.EnterpriseID {
		checks = append(checks, part.Wrong("workspace", checkup.Different, "the token is of "+r.TeamID+", SLACK_TEAM_ID says "+c.cfg.TeamID,
			"set SLACK_TEAM_ID to the workspace whose members are in the directory, or install the app there"))
	}
	if clock, ok := x.Clock(part, c.cfg.Now()); ok {
		checks = append(checks, clock)
	}
	return checks, x
}

// scopes compares what Slack says that the token may do with what is used.
func scopes(header string) []checkup.Check {
	const item = "scopes"
	if header == "" {
		return []checkup.Check{part.Wrong(item, checkup.Unseen, "the answer does not name the token's scopes",
			"compare them with the manifest: "+appPage+"OAuth & Permissions")}
	}
	granted := strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ' ' })
	without := func(all, those []string) (out []string) {
		for _, s := range all {
			if !slices.Contains(those, s) {
				out = append(out, s)
			}
		}
		return out
	}
	var checks []checkup.Check
	if lacking := without(Scopes(), granted); len(lacking) > 0 {
		checks = append(checks, part.Wrong(item, checkup.Lacking, strings.Join(lacking, ", "),
			"paste the manifest ("+appPage+"App Manifest), then Reinstall to Workspace; the token stays the same"))
	} else {
		checks = append(checks, part.OK(item, "all %d that are used", len(Scopes())))
	}
	if surplus := without(granted, Scopes()); len(surplus) > 0 {
		checks = append(checks, part.Wrong("more scopes", checkup.Surplus, strings.Join(surplus, ", "), "remove them: "+appPage+"OAuth & Permissions"))
	}
	return checks
}

// channelCheck looks at one channel of the policy.
func (c *Client) channelCheck(ctx context.Context, name string) checkup.Check {
	item, id := "channel "+name, c.cfg.Channels[name]
	ctx, x := c.transport.Begin(ctx, opChannel)
	ch, err := c.api.GetConversationInfoContext(ctx, &slackgo.GetConversationInfoInput{ChannelID: id})
	err = failure(c.transport, x, opChannel, err)
	switch {
	case codeOf(err) == "channel_not_found":
		return part.Wrong(item, checkup.Missing, "no channel "+id+" is seen",
			"copy the channel's id (in Slack: its name, About, at the bottom) into channels of rules/organisation.yaml; invite the bot if it is private")
	case err != nil:
		return x.Check(part, item, err, "", "SLACK_API_URL", "grant the token the scopes of the manifest")
	case ch.IsArchived:
		return part.Wrong(item, checkup.Different, "#"+ch.Name+" is archived", "unarchive it, or name another channel in rules/organisation.yaml")
	case !ch.IsMember:
		return part.Wrong(item, checkup.Different, "the bot is not in #"+ch.Name, "in that channel, type /invite @countersign")
	}
	return part.OK(item, "#%s, the bot is in it", ch.Name)
}

var signingSecret = regexp.MustCompile(`^[0-9a-f]{32}$`)

// secret looks at the signing secret, and tries it at the gateway.
func (c *Client) secret(ctx context.Context) []checkup.Check {
	const item, where = "signing secret", appPage + "Basic Information, App Credentials"
	switch secret := c.cfg.SigningSecret; {
	case secret == "":
		return []checkup.Check{part.Wrong(item, checkup.Unseen, "neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set where this ran; the gateway needs one of them",
			"set the one that the gateway has for the role activities too, to have it checked: "+where)}
	case !signingSecret.MatchString(secret):
		return []checkup.Check{part.Wrong(item, checkup.Malformed, "it is not 32 hexadecimal digits", "set SLACK_SIGNING_SECRET to the Signing Secret, not to the client secret or the verification token: "+where)}
	}
	return append([]checkup.Check{part.OK(item, "32 hexadecimal digits")}, c.atGateway(ctx)...)
}
