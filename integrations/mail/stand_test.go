package mail_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/mail"
	"github.com/lowcodex/countersign/integrations/mail/mailtest"
)

const (
	ann      = "ann@example.com"
	user     = "pager"
	password = "smtp-password-0123456789"
)

var toAnn = compliance.Account{Provider: "mail", ID: ann}

func alarm() compliance.Page {
	return compliance.Page{
		Key: "INC-7/page/3/p-ann/mail", Subject: "incident/INC-7", Number: "INC-7", Title: "Queue is growing",
		Text: "Orders wait for 40 minutes.\nNobody knows why.", Severity: "sev1", Link: "https://countersign.example/incidents/INC-7",
		At: time.Date(2026, 11, 21, 3, 4, 5, 0, time.UTC), Ref: "INC-7.3.2.1795312800",
		Actions: []compliance.Action{{Name: "acknowledge", Label: "Acknowledge"}},
	}
}

// stand is a mail server with the integration connected to it.
type stand struct {
	*mailtest.Server
	client *mail.Client
	seen   []httpcall.Observation
	log    *journal
}

func newStand(t testing.TB, o mailtest.Options, change ...func(*mail.Config)) *stand {
	t.Helper()
	server, err := mailtest.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	s := &stand{Server: server, log: &journal{}}
	s.client = connect(t, s, server.URL(), o.Password, change...)
	return s
}

func connect(t testing.TB, s *stand, url, password string, change ...func(*mail.Config)) *mail.Client {
	t.Helper()
	cfg := mail.Config{
		URL: url, Password: password, From: "Countersign <pager@countersign.example>", Timeout: 800 * time.Millisecond,
		Observe: func(o httpcall.Observation) { s.seen = append(s.seen, o) },
		Logger:  slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:     func() time.Time { return time.Date(2026, 11, 21, 3, 4, 6, 0, time.UTC) },
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := mail.New(cfg)
	require.NoError(t, err)
	return client
}

// certified returns a server's TLS for the loopback address, and who vouches for it.
func certified(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	h := httptest.NewTLSServer(http.NotFoundHandler())
	defer h.Close()
	pool := x509.NewCertPool()
	pool.AddCert(h.Certificate())
	return &tls.Config{Certificates: h.TLS.Certificates, MinVersion: tls.VersionTLS12}, pool
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

// A mailbox is kept over a restart of the stand-in, so that whoever was paged
// before still finds the page.
func TestStandInKeepsItsMail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mail.json")
	first, err := mailtest.Start(mailtest.Options{SaveTo: file})
	require.NoError(t, err)
	_, err = connect(t, &stand{log: &journal{}}, first.URL(), "").Send(t.Context(), toAnn, alarm(), false)
	require.NoError(t, err)
	require.NoError(t, first.Close())
	second, err := mailtest.Start(mailtest.Options{SaveTo: file})
	require.NoError(t, err)
	defer func() { require.NoError(t, second.Close()) }()
	require.Len(t, second.Mailbox(ann), 1)
	require.Contains(t, second.Mailbox(ann)[0].Subject(), "Queue is growing")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o600))
	_, err = mailtest.Start(mailtest.Options{SaveTo: file})
	require.ErrorContains(t, err, "remove the file to start afresh")
}

// A stand-in that is closed before it has begun to serve ends as well.
func TestStandInClosesAtOnce(t *testing.T) {
	for range 300 {
		s, err := mailtest.Start(mailtest.Options{})
		require.NoError(t, err)
		require.NoError(t, s.Close())
	}
}
