// Package advisoriestest is a publisher of advisories for tests and the sandbox.
// It serves real documents as publishers do, with ETag, Last-Modified and 304,
// and with every trouble that publishers have.
package advisoriestest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"sort"
	"strings"
	"sync"
	"time"
)

//go:embed documents/*.json
var documents embed.FS

// Paths of what a fresh Server serves.
const (
	KEVPath   = "/kev.json"        // the catalogue, trimmed
	IndexPath = "/csaf/index.json" // ROLIE feed of the advisories, which are beside it
)

// Trouble is what is wrong with the publisher.
type Trouble string

// The troubles.
const (
	None   Trouble = ""
	Page   Trouble = "page"   // status 200 with HTML
	Cut    Trouble = "cut"    // half of the document, as if it were whole
	Slow   Trouble = "slow"   // no answer until the caller hangs up
	Loop   Trouble = "loop"   // redirects to itself
	Plain  Trouble = "plain"  // redirects to an address without encryption
	Moved  Trouble = "moved"  // redirects once, to itself
	Zipped Trouble = "zipped" // the document is a gzip file
	Always Trouble = "always" // ignores what the caller has, as some caches do
	Down   Trouble = "down"   // status 503
	Drip   Trouble = "drip"   // the document comes byte by byte, a second each
	Flood  Trouble = "flood"  // begins as a document does and never ends
	Inside Trouble = "inside" // redirects into the caller's own network
)

// Server is the publisher. It is safe for concurrent use.
type Server struct {
	mu       sync.Mutex
	kept     map[string]document
	trouble  Trouble
	broken   map[string]bool // answers 503 whatever the trouble is
	requests int
	closed   chan struct{}
}

type document struct {
	data     []byte
	modified time.Time
}

// New makes a publisher of the embedded documents.
func New() (*Server, error) {
	s := &Server{kept: map[string]document{}, broken: map[string]bool{}, closed: make(chan struct{})}
	entries, err := documents.ReadDir("documents")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := documents.ReadFile("documents/" + e.Name())
		if err != nil {
			return nil, err
		}
		at := "/csaf/" + e.Name()
		if "/"+e.Name() == KEVPath {
			at = KEVPath
		}
		s.kept[at] = document{data, time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)}
	}
	return s, nil
}

// Publish replaces a document, or adds one, as of an instant.
func (s *Server) Publish(at string, data []byte, modified time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[at] = document{data, modified}
}

// Withdraw takes a document back: it is not found any more, and no index lists it.
func (s *Server) Withdraw(at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, at)
}

// Document is what is published at a path; nil when nothing is.
func (s *Server) Document(at string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[at].data
}

// Set puts the publisher into trouble, or out of it with None.
func (s *Server) Set(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = t
}

// Break makes one document answer with status 503, or mends it.
func (s *Server) Break(at string, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken[at] = broken
}

// Requests counts what was asked for.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Close ends answers that are slow. It may be called once.
func (s *Server) Close() { close(s.closed) }

// ServeHTTP answers as a publisher.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests++
	trouble := s.trouble
	if s.broken[r.URL.Path] {
		trouble = Down
	}
	doc, ok := s.kept[r.URL.Path]
	if r.URL.Path == IndexPath {
		doc, ok = s.index("http://"+r.Host), true
	}
	s.mu.Unlock()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	case trouble == Down:
		http.Error(w, "service unavailable", http.StatusServiceUnavailable)
		return
	case trouble == Page:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Please verify that you are human</title>")
		return
	case trouble == Slow:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		return
	case trouble == Loop, trouble == Moved && !r.URL.Query().Has("moved"):
		http.Redirect(w, r, r.URL.Path+"?moved=1", http.StatusFound)
		return
	case trouble == Drip:
		s.drip(w, r, doc.data)
		return
	case trouble == Flood:
		w.Header().Set("Content-Type", "application/json")
		chunk := bytes.Repeat([]byte(`"x",`), 1<<18)
		for _, err := io.WriteString(w, "["); err == nil && r.Context().Err() == nil; {
			_, err = w.Write(chunk)
		}
		return
	case trouble == Inside:
		http.Redirect(w, r, "https://169.254.169.254/latest"+r.URL.Path, http.StatusFound)
		return
	case trouble == Plain:
		http.Redirect(w, r, "http://publisher.invalid"+r.URL.Path, http.StatusFound)
		return
	case !ok:
		http.NotFound(w, r)
		return
	}
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256(doc.data))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", etag)
	body := doc.data
	switch trouble {
	case Cut:
		body = body[:len(body)/2]
	case Zipped:
		body = zipped(body)
		w.Header().Set("Content-Type", "application/gzip")
	case Always:
		w.Header().Set("Last-Modified", doc.modified.UTC().Format(http.TimeFormat))
		_, _ = w.Write(body)
		return
	}
	http.ServeContent(w, r, "", doc.modified, bytes.NewReader(body)) // 304, If-Modified-Since, Last-Modified
}

// drip sends a byte a second until the caller hangs up.
func (s *Server) drip(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("Content-Type", "application/json")
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for i := range data {
		if _, err := w.Write(data[i : i+1]); err != nil {
			return
		}
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.closed:
			return
		case <-ticks.C:
		}
	}
}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // into memory
	_ = z.Close()
	return b.Bytes()
}

// index lists the published advisories as a ROLIE feed.
func (s *Server) index(base string) document {
	type link struct {
		Rel  string `json:"rel"`
		Href string `json:"href"`
	}
	type entry struct {
		ID        string            `json:"id"`
		Title     string            `json:"title"`
		Link      []link            `json:"link"`
		Published string            `json:"published"`
		Updated   string            `json:"updated"`
		Content   map[string]string `json:"content"`
		Format    map[string]string `json:"format"`
	}
	var entries []entry
	newest := time.Time{}
	for at, doc := range s.kept {
		if !strings.HasPrefix(at, "/csaf/") {
			continue
		}
		id := strings.ToUpper(strings.TrimSuffix(path.Base(at), ".json"))
		when := doc.modified.UTC().Format(time.RFC3339)
		entries = append(entries, entry{
			ID: id, Title: id, Link: []link{{"self", base + at}}, Published: when, Updated: when,
			Content: map[string]string{"type": "application/json", "src": base + at},
			Format:  map[string]string{"schema": "https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json", "version": "2.0"},
		})
		if doc.modified.After(newest) {
			newest = doc.modified
		}
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].ID < entries[j].ID })
	data, err := json.Marshal(map[string]any{"feed": map[string]any{
		"id": "advisories", "title": "Advisories", "updated": newest.UTC().Format(time.RFC3339), "entry": entries,
		"link":     []link{{"self", base + IndexPath}},
		"category": []map[string]string{{"scheme": "urn:ietf:params:rolie:category:information-type", "term": "csaf"}},
	}})
	if err != nil {
		return document{}
	}
	return document{data, newest}
}
