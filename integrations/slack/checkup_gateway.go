package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// commandNobodyHas is answered with a refusal and does nothing.
const commandNobodyHas = "/countersign-checkup"

// atGateway tries the way from Slack to the gateway, with a command as Slack would
// send it.
func (c *Client) atGateway(ctx context.Context) []checkup.Check {
	body, stamp := url.Values{"command": {commandNobodyHas}}.Encode(), strconv.FormatInt(c.cfg.Now().Unix(), 10)
	return []checkup.Check{
		httpcall.RoundTrip(ctx, c.cfg.HTTP, part, httpcall.Signed{
			Gateway: c.cfg.PublicURL, Path: PathCommands, Body: body, Answer: unknownCommand, Secret: "SLACK_SIGNING_SECRET",
			Header: http.Header{
				"Content-Type":              {"application/x-www-form-urlencoded"},
				"X-Slack-Request-Timestamp": {stamp},
				"X-Slack-Signature":         {signature(c.cfg.SigningSecret, stamp, body)},
			},
		}),
		part.Wrong("commands in Slack", checkup.Unseen, "Slack does not tell an app which commands and request URLs it has",
			"type /incident in Slack: a form must open. If Slack knows no such command, paste the manifest: "+appPage+"App Manifest"),
	}
}

// signature signs a body as Slack does.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func signature(secret, stamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":" + body))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
