package advisoriestest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"sort"
	"strings"
	"time"
)

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
