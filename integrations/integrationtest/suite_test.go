package integrationtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest"
)

const (
	token = "notes-token-0123456789"
	// flawVariable names the flaw of the integration under test, for the
	// processes that TestSuiteFindsFlaws starts.
	flawVariable = "INTEGRATIONTEST_FLAW"
)

// notes is the smallest vendor there is: it keeps notes and lists them.
type notes struct {
	mu   sync.Mutex
	kept []string
}

func (n *notes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if r.Method == http.MethodPost {
		var note string
		if json.NewDecoder(r.Body).Decode(&note) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		n.kept = append(n.kept, note)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(n.kept)
}

func (n *notes) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.kept)
}

// client is an integration for notes, with at most one flaw.
type client struct {
	base, flaw string
	wire       *httpcall.Transport
	log        *slog.Logger
}

func (c *client) list(ctx context.Context) ([]string, error) {
	var kept []string
	return kept, c.call(ctx, http.MethodGet, nil, &kept)
}

func (c *client) keep(ctx context.Context, repeat bool) error {
	if repeat && c.flaw != "repeats blindly" {
		kept, err := c.list(ctx)
		if err != nil || len(kept) > 0 {
			return err
		}
	}
	return c.call(ctx, http.MethodPost, "a note", nil)
}

func (c *client) call(ctx context.Context, method string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if c.flaw == "ignores the context" {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, x := c.wire.Begin(ctx, "call notes")
	req, err := http.NewRequestWithContext(ctx, method, c.base, bytes.NewReader(body))
	if err != nil {
		return x.Failure(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := c.wire.Client().Do(req)
	if err == nil {
		answer, _ := io.ReadAll(resp.Body) // the transport has read it whole
		_ = resp.Body.Close()
		if resp.StatusCode > 299 {
			err = errors.New("refused: " + string(answer))
		} else if out != nil {
			err = json.Unmarshal(answer, out)
		}
	}
	switch f := x.Failure(err); {
	case f == nil:
		return nil
	case c.flaw == "foreign error":
		return err
	case c.flaw == "logs the answer":
		c.log.Warn("failed", "error", err)
		return f
	case c.flaw == "wrapped secret":
		f.Err = err
		return f
	case c.flaw == "unknown is unavailable" && f.Class == compliance.UnknownOutcome:
		f.Class = compliance.Unavailable
		return f
	case c.flaw == "drops retry-after":
		f.RetryAfter = 0
		return f
	default:
		return f
	}
}

func TestConformance(t *testing.T) {
	integrationtest.Run(t, integrationtest.Subject{
		Name: "notes", Secrets: []string{token},
		Start: func(*testing.T) integrationtest.Stand {
			n := &notes{}
			return integrationtest.Stand{Handler: n, Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
				c := &client{base: base, flaw: os.Getenv(flawVariable), log: log, wire: httpcall.New(httpcall.Config{
					Vendor: "notes", Secrets: []string{token}, Timeout: timeout, Logger: log, AnyType: os.Getenv(flawVariable) == "believes any page",
				})}
				return []integrationtest.Call{
					{Name: "list", Do: func(ctx context.Context, _ bool) error { _, err := c.list(ctx); return err }},
					{Name: "keep", Write: true, Do: c.keep, Effects: n.count},
				}
			}}
		},
	})
}

// The suite finds every flaw it exists to find: each is planted in an
// otherwise sound integration, in a process of its own.
func TestSuiteFindsFlaws(t *testing.T) {
	if os.Getenv(flawVariable) != "" {
		t.Skip("this is such a process")
	}
	for flaw, said := range map[string]string{
		"repeats blindly":        "has no second effect",
		"foreign error":          "every error of an integration is a *compliance.Failure",
		"logs the answer":        "a secret was written into an error or a log line",
		"wrapped secret":         "a secret was written into an error or a log line",
		"unknown is unavailable": "unknown-outcome",
		"drops retry-after":      "Retry-After in seconds",
		"ignores the context":    "An error is expected but got nil",
		"believes any page":      "no effect and no error",
	} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel() // the processes mostly wait for time-outs
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConformance$", "-test.timeout=2m")
			cmd.Env = append(os.Environ(), flawVariable+"="+flaw)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "the suite passed: %s", out)
			require.Contains(t, string(out), said)
		})
	}
}
