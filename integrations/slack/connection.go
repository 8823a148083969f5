package slack

import (
	"context"
	"io"
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
