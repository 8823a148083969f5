package slacktest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// Facts of Socket Mode.
// https://docs.slack.dev/apis/events-api/using-socket-mode
const (
	maxSockets = 10
	// maxAck: longer acknowledgements are dropped without a word (measured by
	// slack-go, socketmode.go, maxResponseSize).
	maxAck = 20 << 10
	// ticketLife and pingEvery are not published; Slack's own clients take a
	// connection for dead after 30 seconds without a ping.
	ticketLife = 30 * time.Second
	pingEvery  = 10 * time.Second
)

// sockets are the app's connections. Each envelope goes to one of them.
type sockets struct {
	mu      sync.Mutex
	on      bool
	tickets map[string]time.Time
	open    []*socket
	changed chan struct{} // closed and replaced when a connection comes or goes
	given   int           // connections that were asked for
	faults  []string      // what the app did against the protocol
	lose    func(attempt int) bool
	sent    func(attempt int)
}

// socket is one connection.
type socket struct {
	ws    *websocket.Conn
	write sync.Mutex
	gone  chan struct{}

	mu    sync.Mutex
	waits map[string]*envelope // sent here and not acknowledged
}

// openConnection answers apps.connections.open.
func (s *Server) openConnection(args) (answer, *apiError) {
	k := &s.sockets
	k.mu.Lock()
	defer k.mu.Unlock()
	ticket := uuid.NewString()
	k.tickets[ticket] = time.Now()
	k.given++
	return answer{body: map[string]any{"url": fmt.Sprintf("ws%s/link/?ticket=%s&app_id=%s", s.base[len("http"):], ticket, s.o.AppID)}}, nil
}

// link takes a connection.
func (s *Server) link(w http.ResponseWriter, r *http.Request) {
	k := &s.sockets
	k.mu.Lock()
	given, known := k.tickets[r.URL.Query().Get("ticket")]
	delete(k.tickets, r.URL.Query().Get("ticket"))
	k.mu.Unlock()
	if !known || time.Since(given) > ticketLife {
		http.Error(w, "the ticket is not known, was used, or is too old", http.StatusNotFound)
		return
	}
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &socket{ws: ws, gone: make(chan struct{}), waits: map[string]*envelope{}}
	host := map[string]any{"host": "applink-standin"}
	k.mu.Lock()
	reason := ""
	switch {
	case !k.on:
		reason = "link_disabled"
	case len(k.open) >= maxSockets:
		reason = "too_many_websockets" // https://github.com/slackapi/node-slack-sdk/issues/1654
	}
	if reason != "" {
		k.mu.Unlock()
		c.send(map[string]any{"type": "disconnect", "reason": reason, "debug_info": host})
		c.cut()
		return
	}
	host["build_number"], host["approximate_connection_time"] = 54, 18060
	c.send(map[string]any{
		"type": "hello", "num_connections": len(k.open) + 1, "connection_info": map[string]any{"app_id": s.o.AppID}, "debug_info": host,
	})
	k.open = append(k.open, c)
	k.turn()
	k.mu.Unlock()
	s.listen(c)
}

// listen reads acknowledgements until the connection ends.
func (s *Server) listen(c *socket) {
	k := &s.sockets
	stop := make(chan struct{})
	go c.pings(stop)
	for {
		kind, raw, err := c.ws.ReadMessage()
		if err != nil {
			break
		}
		if fault := s.acknowledged(c, kind, raw); fault != "" {
			s.o.Logger.Error("slack stand-in: the app broke the socket's protocol", slog.String("fault", fault))
			k.mu.Lock()
			k.faults = append(k.faults, fault)
			k.mu.Unlock()
		}
	}
	close(stop)
	k.mu.Lock()
	k.open = slices.DeleteFunc(k.open, func(o *socket) bool { return o == c })
	k.turn()
	k.mu.Unlock()
	close(c.gone)
	c.cut()
}

// acknowledged takes what the app sent; the text is what was wrong with it.
func (s *Server) acknowledged(c *socket, kind int, raw []byte) (fault string) {
	var ack struct {
		ID      string          `json:"envelope_id"`
		Payload json.RawMessage `json:"payload"`
	}
	if kind != websocket.TextMessage || json.Unmarshal(raw, &ack) != nil {
		return "a message that is no acknowledgement"
	}
	if len(raw) >= maxAck {
		return fmt.Sprintf("an acknowledgement of %d bytes, which is dropped", len(raw))
	}
	c.mu.Lock()
	e := c.waits[ack.ID]
	delete(c.waits, ack.ID)
	c.mu.Unlock()
	switch {
	case e == nil:
		return "an acknowledgement of what was not sent on this connection, or of what was acknowledged"
	case len(ack.Payload) > 0 && !e.accepts:
		return "a payload where none is accepted"
	}
	s.sockets.mu.Lock()
	lose := s.sockets.lose
	s.sockets.mu.Unlock()
	if lose != nil && lose(e.attempt) {
		return ""
	}
	e.acked <- ack.Payload // there is room for one
	return ""
}

func (c *socket) pings(stop <-chan struct{}) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			_ = c.ws.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second)) // the reading tells
		}
	}
}

// send reports whether the message left.
func (c *socket) send(v any) bool {
	c.write.Lock()
	defer c.write.Unlock()
	_ = c.ws.SetWriteDeadline(time.Now().Add(time.Second))
	return c.ws.WriteJSON(v) == nil
}

func (c *socket) cut() { _ = c.ws.Close() }

// turn wakes who waits for a connection. The caller holds the lock.
func (k *sockets) turn() {
	close(k.changed)
	k.changed = make(chan struct{})
}

// any is one of the connections, whichever; nil with what to wait for when there is none.
func (k *sockets) any() (*socket, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.open) == 0 {
		return nil, k.changed
	}
	return k.open[rand.N(len(k.open))], k.changed
}
