package integrationtest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
)

// bench is one fresh stand-in behind a real listener on the loopback, with
// faults before it and a log that is searched for secrets.
type bench struct {
	subject Subject
	faults  *faults.Injector
	log     *journal
	connect func(base string) []Call
	calls   []Call
}

func open(t *testing.T, s Subject) *bench {
	t.Helper()
	stand := s.Start(t)
	b := &bench{subject: s, faults: faults.New(stand.Handler, nil), log: &journal{}}
	server := httptest.NewServer(b.faults)
	t.Cleanup(func() {
		b.faults.Close()
		server.CloseClientConnections()
		server.Close()
	})
	logger := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.connect = func(base string) []Call { return stand.Connect(base, Timeout, logger) }
	b.calls = b.connect(server.URL)
	return b
}

// requireFailure checks that err is a Failure with an operation and a class.
func (b *bench) requireFailure(t *testing.T, err error) *compliance.Failure {
	t.Helper()
	require.Error(t, err)
	var f *compliance.Failure
	require.ErrorAs(t, err, &f, "every error of an integration is a *compliance.Failure")
	require.NotEmpty(t, f.Op, "the failure says what was attempted")
	require.Contains(t, compliance.Classes(), f.Class)
	require.NotContains(t, err.Error(), "\n", "one line")
	require.NotContains(t, err.Error(), "://", "no address in an error")
	return f
}

// noSecrets looks for the secrets in the error, in every error it wraps and
// in the log, plainly and in the encodings in which they travel.
func (b *bench) noSecrets(t *testing.T, err error) {
	t.Helper()
	said := b.log.String() + everything(err)
	for _, secret := range b.subject.Secrets {
		for _, form := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)),
		} {
			require.NotContains(t, said, form, "a secret was written into an error or a log line")
		}
	}
}

// everything is the text of an error and of all it wraps: the engine writes
// the whole chain into a history.
func everything(err error) string {
	if err == nil {
		return ""
	}
	text := fmt.Sprintf("%v %+v", err, err)
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			text += everything(e)
		}
		return text
	}
	return text + everything(errors.Unwrap(err))
}

// match is where the call's faults are injected.
func (c Call) match() func(*http.Request) bool {
	if c.Match != nil {
		return c.Match
	}
	return func(r *http.Request) bool { return (r.Method == http.MethodGet) != c.Write }
}

// journal is a log kept in memory.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}
