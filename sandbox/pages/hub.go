package pages

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/lowcodex/countersign/integrations/jira/jiratest"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
	"github.com/lowcodex/countersign/integrations/pagerduty/pagerdutytest"
	"github.com/lowcodex/countersign/integrations/slack/slacktest"
)

// hub wakes open pages. What is new they fetch themselves.
type hub struct {
	mu     sync.Mutex
	count  uint64
	wake   chan struct{} // closed and replaced at every change
	closed chan struct{}
}

func newHub() *hub { return &hub{wake: make(chan struct{}), closed: make(chan struct{})} }

func (h *hub) changed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count++
	close(h.wake)
	h.wake = make(chan struct{})
}

func (h *hub) now() (uint64, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count, h.wake
}

// Watch follows the stand-ins until ctx ends; then open pages are let go, so
// that a server with them can stop. It returns at once and is called once.
func (p *Pages) Watch(ctx context.Context) {
	if s := p.cfg.Site.Slack; s != nil {
		// The condition is asked after every change and is never met.
		go func() { _ = s.WaitFor(ctx, func(slacktest.Snapshot) bool { p.Changed(); return false }) }()
	}
	if j := p.cfg.Site.Jira; j != nil {
		go func() { _ = j.WaitFor(ctx, func(jiratest.Snapshot) bool { p.Changed(); return false }) }()
	}
	if d := p.cfg.Site.PagerDuty; d != nil {
		go func() { _ = d.WaitFor(ctx, func(pagerdutytest.Snapshot) bool { p.Changed(); return false }) }()
		go func() { _ = p.cfg.Site.Mail.WaitFor(ctx, func([]mailtest.Mail) bool { p.Changed(); return false }) }()
	}
	context.AfterFunc(ctx, func() { close(p.hub.closed) })
}

// keepAlive is how often a silent stream says something, so that a page that
// is gone is noticed.
const keepAlive = 20 * time.Second

// events is a stream of server-sent events, one for every change.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func (p *Pages) events(w http.ResponseWriter, r *http.Request) {
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	seen := ^uint64(0) // the first one is told at once: the page may be older than this stream
	for {
		count, wake := p.hub.now()
		text := ": still here\n\n"
		if count != seen {
			text, seen = fmt.Sprintf("data: %d\n\n", count), count
		}
		if _, err := w.Write([]byte(text)); err != nil || stream.Flush() != nil {
			return
		}
		select {
		case <-wake:
		case <-tick.C:
		case <-p.hub.closed:
			return
		case <-r.Context().Done():
			return
		}
	}
}
