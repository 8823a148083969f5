package advisories_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/patch"
	"github.com/lowcodex/countersign/integrations/advisories"
	"github.com/lowcodex/countersign/integrations/advisories/advisoriestest"
	"github.com/lowcodex/countersign/integrations/httpcall"
	"github.com/lowcodex/countersign/integrations/integrationtest"
)

const secret = "proxy-0123456789"

func publisher(t *testing.T) (*advisoriestest.Server, string) {
	t.Helper()
	s, err := advisoriestest.New()
	require.NoError(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		s.Close()
		server.Close()
	})
	return s, server.URL
}

func client(timeout time.Duration) *advisories.Client {
	return advisories.New(advisories.Config{HTTP: httpcall.Config{Timeout: timeout}})
}

func kev(base string) compliance.Feed {
	return compliance.Feed{ID: "kev", Kind: compliance.FeedKEV, Address: base + advisoriestest.KEVPath}
}

func TestConformance(t *testing.T) {
	integrationtest.Run(t, integrationtest.Subject{
		Name: "advisories", Secrets: []string{secret}, // none is used: publishers want none, and a proxy may
		Start: func(t *testing.T) integrationtest.Stand {
			s, err := advisoriestest.New()
			require.NoError(t, err)
			t.Cleanup(s.Close)
			return integrationtest.Stand{Handler: s, Connect: func(base string, timeout time.Duration, log *slog.Logger) []integrationtest.Call {
				c := advisories.New(advisories.Config{HTTP: httpcall.Config{Timeout: timeout, Secrets: []string{secret}}, Logger: log})
				return []integrationtest.Call{{
					Name: "fetch",
					Do: func(ctx context.Context, _ bool) error {
						_, err := c.Fetch(ctx, kev(base), compliance.FeedMark{})
						return err
					},
					// A redirect is followed, and the one that is injected leads to a name that is none.
					Classes: map[int]compliance.Class{http.StatusFound: compliance.Unavailable},
				}}
			}}
		},
	})
}

// The publisher is asked whether there is anything newer, and believed.
func TestMarkIsSentAndHonoured(t *testing.T) {
	s, base := publisher(t)
	c := client(0)
	first, err := c.Fetch(t.Context(), kev(base), compliance.FeedMark{})
	require.NoError(t, err)
	require.Equal(t, s.Document(advisoriestest.KEVPath), first.Data)
	require.Regexp(t, "^sha256:[0-9a-f]{64}$", first.Digest)
	require.NotEmpty(t, first.Mark.ETag)
	require.NotEmpty(t, first.Mark.Modified)
	require.WithinDuration(t, time.Now(), first.FetchedAt, time.Minute)

	for _, mark := range []compliance.FeedMark{first.Mark, {ETag: first.Mark.ETag}, {Modified: first.Mark.Modified}} {
		again, err := c.Fetch(t.Context(), kev(base), mark)
		require.NoError(t, err)
		require.True(t, again.NotModified)
		require.Empty(t, again.Data)
		require.Equal(t, mark, again.Mark)
	}
	s.Publish(advisoriestest.KEVPath, []byte(`{"new":true}`), time.Now())
	next, err := c.Fetch(t.Context(), kev(base), first.Mark)
	require.NoError(t, err)
	require.False(t, next.NotModified)
	require.NotEqual(t, first.Digest, next.Digest)

	s.Set(advisoriestest.Always)
	whole, err := c.Fetch(t.Context(), kev(base), next.Mark)
	require.NoError(t, err)
	require.Equal(t, next.Digest, whole.Digest, "a cache that sends it again does no harm")
}

// A 304 without a mark is no document.
func TestNotModifiedWithoutMark(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }))
	t.Cleanup(server.Close)
	_, err := client(0).Fetch(t.Context(), kev(server.URL), compliance.FeedMark{})
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), "%v", err)
}

func TestTroublesOfPublishers(t *testing.T) {
	for trouble, c := range map[advisoriestest.Trouble]struct {
		class compliance.Class
		says  string
	}{
		advisoriestest.None:   {"", ""},
		advisoriestest.Moved:  {"", ""},
		advisoriestest.Zipped: {"", ""},
		advisoriestest.Page:   {compliance.Unavailable, "is a page"},
		advisoriestest.Cut:    {compliance.Unavailable, "not complete JSON"},
		advisoriestest.Slow:   {compliance.Unavailable, "no answer in time"},
		advisoriestest.Loop:   {compliance.Blocked, "more than 3 times"},
		advisoriestest.Plain:  {compliance.Blocked, "not https"},
		advisoriestest.Drip:   {compliance.Unavailable, "the answer broke off"},
		advisoriestest.Flood:  {compliance.Unavailable, "larger than 10485760 bytes"},
		advisoriestest.Inside: {compliance.Blocked, "inside this network"},
	} {
		t.Run(string(trouble), func(t *testing.T) {
			s, base := publisher(t)
			s.Set(trouble)
			budget := 20 * time.Second
			if trouble == advisoriestest.Slow || trouble == advisoriestest.Drip {
				budget = 300 * time.Millisecond
			}
			doc, err := client(budget).Fetch(t.Context(), kev(base), compliance.FeedMark{})
			require.Equal(t, c.class, compliance.ClassOf(err), "%v", err)
			require.LessOrEqual(t, s.Requests(), 4)
			if c.class == "" {
				require.Equal(t, s.Document(advisoriestest.KEVPath), doc.Data)
				return
			}
			require.ErrorContains(t, err, "fetch feed kev: ")
			require.ErrorContains(t, err, c.says)
			require.Empty(t, doc)
			require.NotContains(t, err.Error(), "://")
		})
	}
}

// Compressed on the way, as publishers do when asked.
func TestGzipOnTheWay(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Contains(t, r.Header.Get("Accept-Encoding"), "gzip")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(zip(t, `{"a":1}`))
	}))
	t.Cleanup(server.Close)
	doc, err := client(0).Fetch(t.Context(), kev(server.URL), compliance.FeedMark{})
	require.NoError(t, err)
	require.JSONEq(t, `{"a":1}`, string(doc.Data))
}

// A document, or what it unpacks to, that is too large is refused and not cut.
func TestTooLarge(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", 5000) + `"}`
	c := advisories.New(advisories.Config{MaxDocument: 1000})
	for name, body := range map[string][]byte{"plain": []byte(big), "bomb": zip(t, big)} {
		require.True(t, name == "plain" || len(body) < 1000)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(body)
		}))
		t.Cleanup(server.Close)
		_, err := c.Fetch(t.Context(), kev(server.URL), compliance.FeedMark{})
		require.Equal(t, compliance.Unavailable, compliance.ClassOf(err), name)
		require.ErrorContains(t, err, "larger than 1000 bytes", name)
		path := filepath.Join(t.TempDir(), "doc")
		require.NoError(t, os.WriteFile(path, body, 0o600))
		_, err = c.Fetch(t.Context(), compliance.Feed{ID: "kev", Address: path}, compliance.FeedMark{})
		require.ErrorContains(t, err, "larger than 1000 bytes", name)
	}
}

func TestFiles(t *testing.T) {
	s, _ := publisher(t)
	path := filepath.Join(t.TempDir(), "kev.json")
	require.NoError(t, os.WriteFile(path, s.Document(advisoriestest.KEVPath), 0o600))
	feed := compliance.Feed{ID: "kev", Kind: compliance.FeedKEV, Address: path}
	doc, err := client(0).Fetch(t.Context(), feed, compliance.FeedMark{ETag: "x"})
	require.NoError(t, err)
	require.Equal(t, s.Document(advisoriestest.KEVPath), doc.Data)
	require.Empty(t, doc.Mark)
	for address, says := range map[string]string{
		path + "-not": "no such file", filepath.Dir(path): "no regular file",
	} {
		feed.Address = address
		_, err = client(0).Fetch(t.Context(), feed, compliance.FeedMark{})
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), filepath.Dir(path))
	}
	require.NoError(t, os.WriteFile(path, []byte("<html>"), 0o600))
	feed.Address = path
	_, err = client(0).Fetch(t.Context(), feed, compliance.FeedMark{})
	require.Equal(t, compliance.Unavailable, compliance.ClassOf(err))
}

func TestAddressesAreRefused(t *testing.T) {
	for _, address := range []string{
		"", "http://publisher.example/kev.json", "ftp://publisher.example/kev.json", "https://", "https://bot:hunter22@publisher.example/kev.json",
		"http://localhost.evil.example/kev.json", "file:///etc/hosts", "https://[", "http://10.0.0.1/kev.json",
	} {
		_, err := client(0).Fetch(t.Context(), compliance.Feed{ID: "kev", Address: address}, compliance.FeedMark{})
		require.Equal(t, compliance.Invalid, compliance.ClassOf(err), "%s: %v", address, err)
		require.NotContains(t, err.Error(), "hunter22")
	}
}

// What is served is real: the catalogue and the advisories are read by the rules.
func TestServedDocumentsAreRead(t *testing.T) {
	s, base := publisher(t)
	c, err := patch.ParseKEV(s.Document(advisoriestest.KEVPath))
	require.NoError(t, err)
	require.Len(t, c.Quarantined, 15, "the real entries whose due date precedes the date they were added")
	doc, err := client(0).Fetch(t.Context(), compliance.Feed{ID: "index", Kind: compliance.FeedCSAFIndex, Address: base + advisoriestest.IndexPath}, compliance.FeedMark{})
	require.NoError(t, err)
	list, bad, err := patch.ParseIndex(doc.Data)
	require.NoError(t, err)
	require.Empty(t, bad)
	require.Len(t, list, 3)
	for _, l := range list {
		doc, err := client(0).Fetch(t.Context(), compliance.Feed{ID: l.ID, Kind: compliance.FeedCSAF, Address: l.Address}, compliance.FeedMark{})
		require.NoError(t, err)
		a, err := patch.ParseAdvisory(doc.Data)
		require.NoError(t, err)
		require.Equal(t, l.ID, a.ID)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"a":1}`))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	dir := f.TempDir()
	c := advisories.New(advisories.Config{MaxDocument: 1 << 16})
	f.Fuzz(func(t *testing.T, body []byte) {
		path := filepath.Join(dir, "doc")
		require.NoError(t, os.WriteFile(path, body, 0o600))
		doc, err := c.Fetch(t.Context(), compliance.Feed{ID: "f", Address: path}, compliance.FeedMark{})
		if err == nil {
			require.NotEmpty(t, doc.Digest)
			require.LessOrEqual(t, len(doc.Data), 1<<16)
			return
		}
		require.Contains(t, compliance.Classes(), compliance.ClassOf(err))
	})
}

func zip(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}
