package httpcall

import (
	"context"
	"net/http"
	"sync"

	"github.com/lowcodex/countersign/compliance"
)

// Exchange is what went over the wire during one call of a vendor's library.
// When the library sends several requests, it holds the last one. It is safe
// for concurrent use, also as a nil pointer.
type Exchange struct {
	t  *Transport
	op string

	mu     sync.Mutex
	method string
	resp   *http.Response
	body   []byte
	err    error
}

type exchangeKey struct{}

// Begin names the operation that the next library call performs, e.g. "post
// message"; the name appears in errors, counters and log lines and selects the
// rate limit. The returned context must be given to the library.
func (t *Transport) Begin(ctx context.Context, op string) (context.Context, *Exchange) {
	x := &Exchange{t: t, op: op}
	return context.WithValue(ctx, exchangeKey{}, x), x
}

func exchangeFrom(ctx context.Context) *Exchange {
	x, _ := ctx.Value(exchangeKey{}).(*Exchange)
	return x
}

func (x *Exchange) opOr(method string) string {
	if x == nil {
		return method
	}
	return x.op
}

func (x *Exchange) note(method string, resp *http.Response, body []byte, err error) {
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.method, x.resp, x.body, x.err = method, resp, body, err
}

// Body returns the last answer as it came, nil when there was none. It must
// not be changed.
func (x *Exchange) Body() []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.body
}

// Status returns the HTTP status of the last answer, 0 when there was none.
func (x *Exchange) Status() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.resp == nil {
		return 0
	}
	return x.resp.StatusCode
}

// Header returns a header of the last answer.
func (x *Exchange) Header(name string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.resp == nil {
		return ""
	}
	return x.resp.Header.Get(name)
}

// Failure classifies the library's error by what was seen on the wire; nil
// when err is nil. An error without any request (the library refused its
// arguments) is invalid: nothing was sent, and sending it again will not help.
func (x *Exchange) Failure(err error) *compliance.Failure {
	if err == nil {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.method == "" {
		f := x.t.Classify(x.op, http.MethodGet, nil, nil, err) // nothing was sent, as with a read
		if f.Err == nil {
			f.Class, f.Detail = compliance.Invalid, "the request could not be built"
		}
		return f
	}
	if x.err != nil {
		err = x.err
	}
	return x.t.Classify(x.op, x.method, x.resp, x.body, err)
}
