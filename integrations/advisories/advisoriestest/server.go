// Package advisoriestest is a publisher of advisories for tests and the sandbox.
// It serves real documents as publishers do, with ETag, Last-Modified and 304,
// and with every trouble that publishers have.
package advisoriestest

import (
	"embed"
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
