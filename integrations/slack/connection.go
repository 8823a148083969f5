package slack

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack/socketmode"

	"github.com/lowcodex/countersign/compliance"
)

// Slack's library opens connections, too, but closes one at the first word of a
// refresh, with what is under way on it, and sends acknowledgements on whichever
// comes next. So only its types and its call of the Web API are used here.

const (
	// maxFrame is the longest acknowledgement in one frame: Slack drops those of
	// 20 KiB and more, and those in several frames, without a word (slack-go,
	// socketmode.go, maxResponseSize).
	maxFrame = 20 << 10
	// writeWithin bounds the sending of one frame.
	writeWithin = 5 * time.Second

	mendAppToken = "set SLACK_APP_TOKEN to an app-level token (xapp-…) with the scope " + scopeConnections + ": " + appPage + "Basic Information, App-Level Tokens"
)

// connection is one WebSocket on which Slack has said hello.
type connection struct {
	socket *Socket
	ws     *websocket.Conn
	appID  string

	another chan struct{} // closed when another connection is to take over
	told    sync.Once
	why     error // set before another is closed; nil when Slack asked for it

	write sync.Mutex
	hands sync.WaitGroup // envelopes under way

	mu    sync.Mutex
	until time.Time // the last moment at which it is read; zero: as long as Slack is heard
}

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

var errNoHello = errors.New("Slack said no hello")

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

// serve reads until the connection ends, or ctx does; then it waits for what is
// under way, acknowledges it, and closes.
func (c *connection) serve(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { c.expire(time.Now()) })
	defer stop()
	// An act outlives the stop: it must not be cancelled when it is about to become durable.
	c.take(context.WithoutCancel(ctx), ctx.Done())
	c.socket.left()
	c.hands.Wait()
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	_ = c.ws.Close() // what it still held comes again
}

func (c *connection) take(ctx context.Context, stopping <-chan struct{}) {
	for {
		e, err := c.next()
		if err != nil {
			c.replace(&compliance.Failure{Class: compliance.Unavailable, Op: opConnect, Detail: "the connection broke off", Err: err})
			return
		}
		select {
		case <-stopping:
			return // what came with the stop is for another gateway
		default:
		}
		switch e.Type {
		case socketmode.RequestTypeHello:
		case socketmode.RequestTypeDisconnect:
			why := dismissed(e.Reason)
			c.replace(why)
			if why != nil {
				return
			}
			c.expire(time.Now().Add(lingerFor))
		default:
			c.hands.Go(func() { c.handle(ctx, e) })
		}
	}
}

// next reads the next message. One that cannot be read as an envelope is counted
// and skipped; the connection is as good as before.
func (c *connection) next() (socketmode.Request, error) {
	for {
		c.heard()
		kind, r, err := c.ws.NextReader()
		if err != nil {
			return socketmode.Request{}, err
		}
		raw, err := io.ReadAll(io.LimitReader(r, maxInteraction+1))
		if err != nil {
			return socketmode.Request{}, err
		}
		e, ref := parseEnvelope(kind, raw)
		if ref == nil {
			return e, nil
		}
		c.socket.cfg.Refused(ref.reason)
		c.socket.cfg.Logger.Warn("refused what came over the connection to Slack", "reason", ref.reason)
	}
}

// replace says that another connection is to take over.
func (c *connection) replace(why error) {
	c.told.Do(func() {
		c.why = why
		close(c.another)
	})
}

// expire ends the reading at an instant, and not later.
func (c *connection) expire(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until.IsZero() || at.Before(c.until) {
		c.until = at
	}
	_ = c.ws.SetReadDeadline(c.until) // fails on a connection that is over
}

// heard puts off the moment at which the connection is taken for dead.
func (c *connection) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until.IsZero() {
		_ = c.ws.SetReadDeadline(time.Now().Add(c.socket.quiet))
	}
}

func (c *connection) ping(data string) error {
	c.heard()
	_ = c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeWithin)) // the next read tells if it is over
	return nil
}

// send writes one frame; a connection whose writing failed cannot be used further.
func (c *connection) send(frame []byte) error {
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	return c.ws.WriteMessage(websocket.TextMessage, frame)
}
