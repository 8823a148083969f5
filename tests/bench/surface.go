package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// board knows which buttons the newest card of each change offers. The
// stand-in's own way of waiting copies the whole workspace at each change of
// it, which would be most of what is measured.
type board struct {
	mu    sync.Mutex
	cards map[string]*card // by subject
}

// card is the newest picture of one change.
type card struct {
	offers  map[string]string // action → what its button carries
	changed chan struct{}     // closed and replaced at each picture
}

func newBoard() *board { return &board{cards: map[string]*card{}} }

func (b *board) of(subject string) *card {
	c, ok := b.cards[subject]
	if !ok {
		c = &card{changed: make(chan struct{})}
		b.cards[subject] = c
	}
	return c
}

// show notes the buttons of a card that the surface has taken.
func (b *board) show(offers map[string]string, subject string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.of(subject)
	c.offers = offers
	close(c.changed)
	c.changed = make(chan struct{})
}

// offered waits until the change's card has a button for the action which
// carries something else than before, and returns what it carries.
func (b *board) offered(ctx context.Context, subject, action, before string) (string, error) {
	for {
		b.mu.Lock()
		c := b.of(subject)
		carried, ok := c.offers[action]
		changed := c.changed
		b.mu.Unlock()
		if ok && carried != before {
			return carried, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return "", fmt.Errorf("the card of %s never offered to %s: %w", subject, action, ctx.Err())
		}
	}
}

// listenForCards serves the surface's API in front of the stand-in and reads
// along what the product shows. It returns the base URL for the product.
func (w *world) listenForCards() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			http.Error(rw, "unreadable", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.site.Slack.ServeHTTP(rw, r)
		// After the stand-in took it: a form refers to what people see.
		if strings.HasSuffix(r.URL.Path, "/chat.postMessage") || strings.HasSuffix(r.URL.Path, "/chat.update") {
			w.readCard(body)
		}
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	w.closers = append(w.closers, func() error {
		err := server.Close()
		<-done
		return err
	})
	return "http://" + l.Addr().String() + "/api/", nil
}

// readCard takes the buttons out of a posted message.
func (w *world) readCard(form []byte) {
	values, err := url.ParseQuery(string(form))
	if err != nil {
		return
	}
	var blocks []struct {
		Elements []struct {
			Value string `json:"value"`
		} `json:"elements"`
	}
	if json.Unmarshal([]byte(values.Get("blocks")), &blocks) != nil {
		return // a note in a thread has no blocks
	}
	offers, subject := map[string]string{}, ""
	for _, b := range blocks {
		for _, e := range b.Elements {
			var carried struct {
				Subject string `json:"s"`
				Action  string `json:"a"`
			}
			if json.Unmarshal([]byte(e.Value), &carried) == nil && carried.Subject != "" {
				subject, offers[carried.Action] = carried.Subject, e.Value
			}
		}
	}
	if subject != "" {
		w.board.show(offers, subject)
	}
}
