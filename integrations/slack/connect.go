package slack

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"

	"github.com/lowcodex/countersign/compliance"
)

const mendAppToken = "set SLACK_APP_TOKEN to an app-level token (xapp-…) with the scope " + scopeConnections + ": " + appPage + "Basic Information, App-Level Tokens"

// connect opens a connection and waits for Slack's hello. The error is a
// *compliance.Failure.
func (s *Socket) connect(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	address, err := s.client.connectionAddress(ctx)
	if err != nil {
		return nil, err
	}
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: connectWithin, WriteBufferSize: 2 * maxFrame}
	ws, resp, err := dialer.DialContext(ctx, address.String(), nil)
	if err != nil {
		return nil, unconnected(address, resp, err)
	}
	c := &connection{socket: s, ws: ws, another: make(chan struct{})}
	ws.SetPingHandler(c.ping)
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() })
	defer stop()
	hello, err := c.next()
	c.appID = hello.ConnectionInfo.AppID
	switch {
	case err == nil && hello.Type == socketmode.RequestTypeHello && stop():
		return c, nil
	case err == nil && dismissed(hello.Reason) != nil:
		err = dismissed(hello.Reason)
	default:
		err = unconnected(address, nil, errors.Join(err, errNoHello))
	}
	_ = ws.Close() // nothing came over it
	return nil, err
}

var errNoHello = errors.New("no hello")

// connectionAddress asks Slack for the address of a connection, which is good once and
// soon. It holds a ticket, and so appears in no error.
func (c *Client) connectionAddress(ctx context.Context) (*url.URL, error) {
	given := ""
	err := c.call(ctx, opConnect, func(ctx context.Context) (err error) {
		_, given, err = c.api.StartSocketModeContext(ctx)
		return err
	})
	return c.socketAddress(given, err)
}

// socketAddress is the address that Slack gave, unless asking failed.
func (c *Client) socketAddress(given string, err error) (*url.URL, error) {
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(given)
	if err != nil || address.Host == "" || address.Scheme != "wss" && (address.Scheme != "ws" || strings.HasPrefix(c.cfg.APIURL, "https:")) {
		return nil, &compliance.Failure{Class: compliance.Invalid, Op: opConnect, Detail: "Slack's answer holds no wss address: check SLACK_API_URL"}
	}
	return address, nil
}

// unconnected is the failure of a connection that an address was there for.
func unconnected(address *url.URL, resp *http.Response, err error) error {
	detail := "no connection to " + address.Host + ": let the gateway open WebSockets (wss) there"
	if resp != nil {
		detail = "no connection to " + address.Host + ", which answered HTTP " + resp.Status + ": let whatever stands between pass WebSockets on"
	}
	return &compliance.Failure{Class: compliance.Unavailable, Op: opConnect, Detail: detail, Err: err}
}

// dismissed is why Slack ended a connection that it does not want another one for
// at once; nil where it does.
func dismissed(reason string) error {
	switch reason {
	case "link_disabled":
		return &compliance.Failure{Class: compliance.Blocked, Op: opConnect, Detail: "Socket Mode is off: turn it on " + appPage + "Socket Mode"}
	case "too_many_websockets":
		return &compliance.Failure{Class: compliance.Throttled, Op: opConnect, RetryAfter: throttledWait,
			Detail: "the app has its ten connections: run fewer gateways with SLACK_APP_TOKEN, or end what else uses the token"}
	}
	return nil // warning, refresh_requested, and what nobody knows yet
}
