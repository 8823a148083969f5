package osv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Client asks the API. It is safe for concurrent use and never retries: every error
// is a *compliance.Failure whose class says what may be done. Nothing it does has an
// effect, so everything may be done again.
type Client struct {
	cfg  Config
	wire *httpcall.Transport
}

// New makes a Client; it calls nobody.
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return &Client{cfg: cfg, wire: httpcall.New(cfg.HTTP)}, nil
}

// call sends one request and decodes its answer. The exchange tells what was seen.
func (c *Client) call(ctx context.Context, op, method, path string, in, out any) (*httpcall.Exchange, error) {
	ctx, x := c.wire.Begin(ctx, op)
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return x, x.Failure(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.cfg.URL+path, body)
	if err != nil {
		return x, x.Failure(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.wire.Client().Do(req)
	if err == nil {
		_ = resp.Body.Close() // the transport has read it whole
		if resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("status %d", resp.StatusCode)
		} else if json.Unmarshal(x.Body(), out) != nil {
			err = errors.New("the answer is in no form of the API's")
		}
	}
	f := x.Failure(err)
	if f == nil {
		return x, nil
	}
	if f.Class == compliance.UnknownOutcome {
		f.Class = compliance.Unavailable // a question has no effect
	}
	return x, f
}

// unusable is an answer that is whole and cannot be true.
func unusable(op, format string, args ...any) error {
	return &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: fmt.Sprintf(format, args...)}
}
