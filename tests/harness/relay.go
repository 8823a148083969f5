package harness

import (
	"bytes"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// Relay stands between two sides that talk HTTP. It passes everything on
// unchanged and can do something at the moment at which an answer has arrived
// here completely and nobody beyond has seen it: the other side has done its
// work, and whoever asked does not know.
type Relay struct {
	// URL is the address to be given to the asking side instead of the true one.
	URL string

	name func(*http.Request) string

	mu     sync.Mutex
	passed map[string]int
	armed  *Moment
	act    func()
}

// NewRelay stands before the address target; name gives a request's step, and
// an empty name is not counted.
func NewRelay(t testing.TB, target string, name func(*http.Request) string) (*Relay, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	r := &Relay{name: name, passed: map[string]int{}}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(to); p.Out.Host = p.In.Host },
		ModifyResponse: r.answered,
		ErrorLog:       log.New(io.Discard, "", 0), // a side that is down is what these tests are about
		Transport:      &http.Transport{DisableKeepAlives: true},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r, nil
}

// answered counts an answer that has arrived and acts if it is the awaited one.
func (r *Relay) answered(resp *http.Response) error {
	name := r.name(resp.Request)
	if name == "" {
		return nil
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.passed[name]++
	act := r.act
	if hit := r.armed != nil && *r.armed == (Moment{Name: name, N: r.passed[name], After: true}); hit {
		r.armed = nil
	} else {
		act = nil
	}
	r.mu.Unlock()
	if act != nil {
		act()
	}
	return nil
}

// Arm makes the relay act once, when the N-th answer of that name has arrived;
// counting starts afresh. A nil moment only counts.
func (r *Relay) Arm(at *Moment, act func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.passed)
	r.armed, r.act = at, act
}

// Counts is how many answers of each name have passed since the relay was last armed.
func (r *Relay) Counts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.passed)
}
