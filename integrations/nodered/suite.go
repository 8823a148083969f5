package nodered

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// RunSuite sends every case of a suite to what the flows serve. Routes appear a
// moment after a deployment was answered, so a case that meets no route at the
// beginning of the suite is sent again for as long as Config.Settle: no flow has
// seen it.
func (c *Client) RunSuite(ctx context.Context, t compliance.Target, s compliance.Suite, beat func()) ([]compliance.CaseResult, error) {
	const op = "run suite"
	a, err := c.address(op, t)
	if err != nil {
		return nil, err
	}
	results := make([]compliance.CaseResult, 0, len(s.Cases))
	settled := time.Now().Add(c.cfg.Settle)
	for _, sc := range s.Cases {
		beat()
		result := compliance.CaseResult{Name: sc.Name, Outcome: compliance.CheckPass}
		began := time.Now()
		heard, err := c.hear(ctx, op, a, sc, settled)
		result.Took, result.Status = time.Since(began), heard.Status
		var f *compliance.Failure
		switch {
		case ctx.Err() != nil:
			return results, gaveUp(op, ctx)
		case errors.As(err, &f):
			result.Outcome, result.Detail = compliance.CheckError, f.Detail
			result.Late = errors.Is(err, context.DeadlineExceeded)
		default:
			if result.Detail = sc.Expect.Judge(heard); result.Detail != "" {
				result.Outcome = compliance.CheckFail
			}
		}
		results = append(results, result)
	}
	return results, nil
}

// hear sends one case until a flow has answered it, or the time for that is over.
func (c *Client) hear(ctx context.Context, op string, a Address, sc compliance.SuiteCase, settled time.Time) (compliance.Heard, error) {
	for {
		heard, err := c.send(ctx, op, a, sc)
		if !unrouted(heard, err) || !time.Now().Before(settled) || !c.wait(ctx) {
			return heard, err
		}
	}
}

// unrouted reports whether a request met no flow: nobody listens, or the web
// server under Node-RED says that it has no such route.
func unrouted(h compliance.Heard, err error) bool {
	if err != nil {
		return compliance.ClassOf(err) == compliance.Unavailable && !errors.Is(err, context.DeadlineExceeded)
	}
	return h.Status == http.StatusNotFound && strings.HasPrefix(h.ContentType, "text/html") && bytes.Contains(h.Body, []byte("<pre>Cannot "))
}

// send sends one case once, without the token.
func (c *Client) send(ctx context.Context, op string, a Address, sc compliance.SuiteCase) (compliance.Heard, error) {
	ctx, cancel := context.WithTimeout(ctx, sc.Within())
	defer cancel()
	ctx, x := c.flow.Begin(ctx, op)
	heard, err := c.deliver(ctx, a, sc)
	if f := x.Failure(err); f != nil {
		if errors.Is(f, context.DeadlineExceeded) {
			f.Detail = fmt.Sprintf("no answer within %s", sc.Within())
		}
		return compliance.Heard{}, f
	}
	return heard, nil
}

func (c *Client) deliver(ctx context.Context, a Address, sc compliance.SuiteCase) (compliance.Heard, error) {
	var body io.Reader
	if sc.Body != "" {
		body = strings.NewReader(sc.Body)
	}
	req, err := http.NewRequestWithContext(ctx, sc.Method, a.CallURL+sc.Path, body)
	if err != nil {
		return compliance.Heard{}, err
	}
	for name, value := range sc.Headers {
		req.Header.Set(name, value)
	}
	resp, err := c.flow.Client().Do(req)
	if err != nil {
		return compliance.Heard{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body) // the transport has read it whole
	return compliance.Heard{Status: resp.StatusCode, ContentType: resp.Header.Get("Content-Type"), Body: text}, err
}

// gaveUp is the failure of a call whose caller ended it.
func gaveUp(op string, ctx context.Context) error {
	return &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "the caller gave up", Err: ctx.Err()}
}
