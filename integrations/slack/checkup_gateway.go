package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lowcodex/countersign/compliance/checkup"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

const (
	opRoundTrip = "send a signed command to the gateway"
	// commandNobodyHas is answered with a refusal and does nothing.
	commandNobodyHas = "/countersign-checkup"
)

// atGateway sends the gateway a command as Slack would, at the address at which
// Slack reaches it. A command that nobody has opens nothing and records nothing;
// its answer says that the address leads there and that the signature counts.
// That Slack itself signs with this secret only a command that a person types can
// show.
func (c *Client) atGateway(ctx context.Context) []checkup.Check {
	const item = "requests at the gateway"
	if c.cfg.PublicURL == "" {
		return []checkup.Check{part.Wrong(item, checkup.Unseen, "COUNTERSIGN_PUBLIC_URL is not set where this ran",
			"set it, so that the way from Slack to the gateway can be tried")}
	}
	typed := part.Wrong("commands in Slack", checkup.Unseen, "Slack does not tell an app which commands and request URLs it has",
		"type /incident in Slack: a form must open. If Slack knows no such command, paste the manifest: "+appPage+"App Manifest")
	calls := c.cfg.HTTP
	calls.Vendor, calls.AnyType, calls.Limits = "gateway", true, nil
	wire := httpcall.New(calls)
	ctx, x := wire.Begin(ctx, opRoundTrip)
	err := c.signedCommand(ctx, wire.Client())
	if err != nil && (x.Status() == http.StatusUnauthorized || x.Status() == http.StatusNotFound || err == errOtherAnswer) {
		reason, mend := checkup.ElsewhereAPI, "set COUNTERSIGN_PUBLIC_URL to the gateway's own address, and let whatever stands before it pass "+PathCommands+" on unchanged"
		if x.Status() == http.StatusUnauthorized {
			reason, mend = checkup.Refused, "give the gateway and this role the same SLACK_SIGNING_SECRET; if they have it, compare the hosts' clocks"
		}
		return []checkup.Check{part.Wrong(item, reason, "HTTP "+strconv.Itoa(x.Status()), mend), typed}
	}
	if f := x.Failure(err); f != nil {
		return []checkup.Check{x.Check(part, item, f, "", "COUNTERSIGN_PUBLIC_URL", "look at the gateway's log"), typed}
	}
	return []checkup.Check{part.OK(item, "a signed command is taken"), typed}
}

var errOtherAnswer = errors.New("the answer is not the gateway's")

func (c *Client) signedCommand(ctx context.Context, caller *http.Client) error {
	body := url.Values{"command": {commandNobodyHas}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.PublicURL+PathCommands, strings.NewReader(body))
	if err != nil {
		return err
	}
	stamp := strconv.FormatInt(c.cfg.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", signature(c.cfg.SigningSecret, stamp, body))
	resp, err := caller.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return errors.New(resp.Status)
	case !strings.Contains(string(answer), unknownCommand):
		return errOtherAnswer
	}
	return nil
}

// signature signs a body as Slack does.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func signature(secret, stamp, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":" + body))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}
