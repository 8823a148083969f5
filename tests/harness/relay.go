package harness

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Relay stands between two sides that talk HTTP. It passes everything on
// unchanged and can do something at the moment at which an answer has arrived
// here completely and nobody beyond has seen it: the other side has done its
// work, and whoever asked does not know.
type Relay struct {
	// URL is the address to be given to the asking side instead of the true one.
	URL string

	*Tap
	name func(*http.Request) string

	mu      sync.Mutex
	asked   map[string]int
	belated *Moment
	next    chan struct{} // closed when the answer to the belated request's repetition has passed
	done    sync.WaitGroup
}

// belatedWithin is how long a belated request waits for its repetition.
const belatedWithin = 20 * time.Second

// NewRelay stands before the address target; name gives the step of a request
// or of its answer, and an empty name is not counted.
func NewRelay(t testing.TB, target string, name func(*http.Request) string) (*Relay, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	r := &Relay{name: name, asked: map[string]int{}, Tap: NewTap(), next: make(chan struct{})}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(to); p.Out.Host = p.In.Host },
		ModifyResponse: r.answered,
		ErrorLog:       log.New(io.Discard, "", 0), // a side that is down is what these tests are about
		Transport:      r,
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(func() { server.Close(); r.done.Wait() })
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
	if r.belated != nil && r.belated.Name == name && r.asked[name] > r.belated.N {
		r.belated = nil
		close(r.next)
	}
	r.mu.Unlock()
	r.Pass(resp.Request.Context(), name)
	return nil
}

// RoundTrip implements http.RoundTripper; it sends a request on, now or belated.
func (r *Relay) RoundTrip(req *http.Request) (*http.Response, error) {
	name := r.name(req)
	r.mu.Lock()
	r.asked[name]++
	late := r.belated != nil && *r.belated == Moment{Name: name, N: r.asked[name]}
	next := r.next
	r.mu.Unlock()
	if !late {
		return direct().RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	again := req.Clone(context.WithoutCancel(req.Context()))
	again.Body = io.NopCloser(bytes.NewReader(body))
	r.done.Go(func() {
		select {
		case <-next:
		case <-time.After(belatedWithin):
		}
		if resp, err := direct().RoundTrip(again); err == nil {
			_ = resp.Body.Close()
		}
	})
	<-req.Context().Done() // until the asking side gives up
	return nil, req.Context().Err()
}

// direct has no connections that live on: a killed side leaves none behind.
func direct() *http.Transport { return &http.Transport{DisableKeepAlives: true} }

// LoseAnswer is an act for Arm: the answer never comes, and the asking side runs
// into its own time-out.
func LoseAnswer(ctx context.Context) { <-ctx.Done() }

// Delay holds the N-th request of that name back until the asking side has
// given up and its repetition was answered; only then it takes effect. Counting
// starts afresh. A nil moment delays nothing.
func (r *Relay) Delay(at *Moment) {
	r.Arm(nil, nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.belated, r.next = at, make(chan struct{})
}

// Belated waits until a delayed request has been sent after all.
func (r *Relay) Belated() { r.done.Wait() }

// Arm makes the relay act once, when the N-th answer of that name has arrived;
// counting starts afresh. A nil moment only counts.
func (r *Relay) Arm(at *Moment, act func(ctx context.Context)) {
	r.Tap.Arm(at, act)
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.asked)
}
