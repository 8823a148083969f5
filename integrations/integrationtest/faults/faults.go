// Package faults puts network and server faults in front of a stand-in: the
// kinds of trouble a vendor really gives, before or after the work was done.
package faults

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Kind is a kind of trouble.
type Kind string

// The kinds of trouble.
const (
	Status  Kind = "status"   // answers Fault.Status; the work is not done
	Hang    Kind = "hang"     // gives no answer until the caller hangs up
	Reset   Kind = "reset"    // resets the connection
	CutJSON Kind = "cut-json" // does the work, answers with half of the JSON
	HTML    Kind = "html"     // answers 200 with a page, as a proxy does
	Huge    Kind = "huge"     // answers 200 with an endless JSON string
)

// Fault is one trouble for the requests it matches.
type Fault struct {
	Kind Kind
	// Op selects requests by the operation name that the stand-in gives them;
	// empty: every request.
	Op string
	// Match selects requests further; nil: every request.
	Match func(*http.Request) bool
	// After does the work first. It applies to Hang, Reset, HTML and Status.
	After bool
	// Times is how many requests are hit; 0 means one, negative all.
	Times int

	Status int         // for Status; default 503
	Header http.Header // added to the answer, e.g. Retry-After
	Body   string      // for Status; default a small JSON error
}

// Injector wraps a handler and applies faults in the order in which they were
// added. It is safe for concurrent use.
type Injector struct {
	next http.Handler
	op   func(*http.Request) string

	mu      sync.Mutex
	pending []Fault
	hits    int
	changed chan struct{}
	closed  chan struct{}
}

// New makes an Injector before next. op names a request's operation; nil: none has a name.
func New(next http.Handler, op func(*http.Request) string) *Injector {
	if op == nil {
		op = func(*http.Request) string { return "" }
	}
	return &Injector{next: next, op: op, changed: make(chan struct{}), closed: make(chan struct{})}
}

// Add adds a fault.
func (i *Injector) Add(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.pending = append(i.pending, f)
}

// Clear removes all faults.
func (i *Injector) Clear() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.pending = nil
}

// Hits counts the requests that met a fault.
func (i *Injector) Hits() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hits
}

// Hit returns a channel that is closed when the next request meets a fault.
func (i *Injector) Hit() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.changed
}

// Close ends all hanging answers.
func (i *Injector) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	select {
	case <-i.closed:
	default:
		close(i.closed)
	}
}

func (i *Injector) take(r *http.Request) (Fault, bool) {
	op := i.op(r)
	i.mu.Lock()
	defer i.mu.Unlock()
	for n, f := range i.pending {
		if (f.Op != "" && f.Op != op) || (f.Match != nil && !f.Match(r)) {
			continue
		}
		if f.Times > 0 {
			if i.pending[n].Times--; i.pending[n].Times == 0 {
				i.pending = append(i.pending[:n:n], i.pending[n+1:]...)
			}
		}
		i.hits++
		close(i.changed)
		i.changed = make(chan struct{})
		return f, true
	}
	return Fault{}, false
}

// ServeHTTP passes the request on, or gives it the trouble that awaits it.
func (i *Injector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, hit := i.take(r)
	if !hit {
		i.next.ServeHTTP(w, r)
		return
	}
	done := &buffer{header: http.Header{}}
	if f.After || f.Kind == CutJSON {
		i.next.ServeHTTP(done, r)
	}
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	switch f.Kind {
	case Hang:
		// The server notices that the caller hangs up only once the body is read.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20))
		select {
		case <-r.Context().Done():
		case <-i.closed:
		}
		panic(http.ErrAbortHandler)
	case Reset:
		reset(w)
	case CutJSON:
		cut(w, done)
	case HTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!doctype html><title>Please wait</title><p>Starting up</p>"))
	case Huge:
		huge(w)
	default:
		refuse(w, f)
	}
}

func refuse(w http.ResponseWriter, f Fault) {
	status, body := f.Status, f.Body
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	if body == "" {
		body = `{"errorMessages":["injected fault ` + strconv.Itoa(status) + `"],"errors":{},"ok":false,"error":"injected_fault"}`
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// reset closes the connection with a TCP reset, as a crashing proxy does.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// buffer keeps the answer to work whose caller will not see it whole.
type buffer struct {
	header http.Header
	body   []byte
}

func (b *buffer) Header() http.Header { return b.header }
func (b *buffer) WriteHeader(int)     {}
func (b *buffer) Write(p []byte) (int, error) {
	b.body = append(b.body, p...)
	return len(p), nil
}

// cut answers with the first half of the true answer and a matching length, so
// that only the JSON shows that something is missing.
func cut(w http.ResponseWriter, done *buffer) {
	body := done.body
	if len(body) == 0 {
		body = []byte(`{"ok":tr`)
	}
	body = body[:max(len(body)/2, 1)]
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body)
}

// huge sends up to 64 MiB, until the caller has had enough.
func huge(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	chunk := make([]byte, 64<<10)
	for n := range chunk {
		chunk[n] = 'x'
	}
	_, _ = w.Write([]byte(`{"padding":"`))
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(10 * time.Second))
	for range 1024 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	_, _ = w.Write([]byte(`"}`))
}
