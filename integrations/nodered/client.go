package nodered

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
)

// Client reads, deploys and tests flows on the instances of its configuration.
// It is safe for concurrent use. Every error is a *compliance.Failure whose
// class says what may be done.
type Client struct {
	cfg  Config
	wire *httpcall.Transport // the admin API: JSON only, with the token
	flow *httpcall.Transport // what flows serve: anything, without the token
}

// New makes a Client; it calls nobody. The error lists every fault of the
// configuration.
func New(cfg Config) (*Client, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	calls := cfg.HTTP
	calls.AnyType, calls.MaxAnswer = true, maxCallAnswer
	calls.Timeout = max(callTimeout, calls.Timeout)
	return &Client{cfg: cfg, wire: httpcall.New(cfg.HTTP), flow: httpcall.New(calls)}, nil
}

// Capabilities says what Node-RED can do. The way back is a deployment of what
// was saved: it brings flows back, and neither their data nor the credentials of
// nodes that were gone in between.
func (c *Client) Capabilities() compliance.PlatformCaps {
	return compliance.PlatformCaps{Validates: true, CompareAndSwap: true, Asynchronous: true}
}

// Check asks every instance once whether its address and token are good, for readiness.
func (c *Client) Check(ctx context.Context) error {
	var errs []error
	for ref := range c.cfg.Addresses {
		_, err := c.read(ctx, compliance.Target{ID: ref, Platform: Kind, Address: ref}, "check")
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// address resolves a target's reference.
func (c *Client) address(op string, t compliance.Target) (Address, error) {
	a, ok := c.cfg.Addresses[t.Address]
	if !ok {
		return Address{}, &compliance.Failure{Class: compliance.Blocked, Op: op, Detail: fmt.Sprintf(
			"the address reference %.60q of target %.60q is not configured: set its URL and token, or correct the policy", t.Address, t.ID)}
	}
	return a, nil
}

// request is one call of the admin API.
type request struct {
	op, method, path string
	deployment       string // Node-RED-Deployment-Type
	in, out          any
}

// call sends one request of the admin API and decodes the answer into out. The
// status is 0 when no answer arrived.
func (c *Client) call(ctx context.Context, t compliance.Target, r request) (status int, err error) {
	a, err := c.address(r.op, t)
	if err != nil {
		return 0, err
	}
	var body []byte
	if r.in != nil {
		if body, err = json.Marshal(r.in); err != nil {
			return 0, invalid(r.op, "the request cannot be written as JSON")
		}
	}
	ctx, x := c.wire.Begin(ctx, r.op)
	err = c.exchange(ctx, a, r, body)
	if f := x.Failure(err); f != nil {
		if f.Class == compliance.Gone { // no such path: it is no Node-RED, or another root
			f.Class = compliance.Blocked
			f.Detail += ": the target's address does not lead to the admin API"
		}
		return x.Status(), f
	}
	return x.Status(), nil
}

func (c *Client) exchange(ctx context.Context, a Address, r request, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, r.method, a.URL+r.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Node-RED-API-Version", "v2")
	req.Header.Set("Accept", "application/json")
	if a.Token != "" {
		req.Header.Set("Authorization", "Bearer "+a.Token)
	}
	if r.deployment != "" {
		req.Header.Set("Node-RED-Deployment-Type", r.deployment)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.wire.Client().Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return json.NewDecoder(resp.Body).Decode(r.out)
}

// wait pauses between two looks; false when the context ended.
func (c *Client) wait(ctx context.Context) bool {
	select {
	case <-time.After(c.cfg.Pause):
		return true
	case <-ctx.Done():
		return false
	}
}

func invalid(op, format string, args ...any) *compliance.Failure {
	return &compliance.Failure{Class: compliance.Invalid, Op: op, Detail: fmt.Sprintf(format, args...)}
}
