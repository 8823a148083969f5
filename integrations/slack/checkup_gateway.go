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
	if c.cfg.PublicURL == "" && c.cfg.AppToken != "" {
		return []checkup.Check{commandsInSlack()} // Slack needs no way to a public address
	}
	return []checkup.Check{
		httpcall.RoundTrip(ctx, c.cfg.HTTP, part, httpcall.Signed{
			Gateway: c.cfg.PublicURL, Path: PathCommands, Body: body, Answer: unknownCommand, Secret: "SLACK_SIGNING_SECRET",
			Header: http.Header{
				"Content-Type":              {formType},
				"X-Slack-Request-Timestamp": {stamp},
				"X-Slack-Signature":         {signature(c.cfg.SigningSecret, stamp, body)},
			},
		}),
		commandsInSlack(),
	}
}

// signature signs a body as Slack does.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func signature(secret, stamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":" + body))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
