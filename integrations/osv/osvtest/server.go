// Package osvtest is a stand-in for the API of OSV.dev, for tests and stories. It
// enforces the vendor's rules: questions and answers are checked against the
// official description, at most 1,000 questions come together, a version stands
// either in the package URL or beside it, and long answers come in pages. Where it
// is unsure it is stricter than the real service, never looser.
package osvtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lowcodex/countersign/integrations/integrationtest/faults"
)

// The operations' names in faults: the official operation ids.
const (
	OpQueryBatch = "OSV_QueryAffectedBatch"
	OpVulnByID   = "OSV_GetVulnById"
)

const maxQueries = 1000

// Server is the stand-in; it is an http.Handler and safe for concurrent use.
type Server struct {
	// PageSize is how many vulnerabilities a question is answered with at once.
	// Default 1000, as documented. It is set before the first request.
	PageSize int

	shapes described
	faults *faults.Injector

	mu    sync.Mutex
	known []Vulnerability
	asked []string
}

// New makes a Server that knows of nothing yet.
func New() (*Server, error) {
	shapes, err := schemas()
	if err != nil {
		return nil, err
	}
	s := &Server{PageSize: 1000, shapes: shapes}
	s.faults = faults.New(http.HandlerFunc(s.serve), func(r *http.Request) string {
		if r.Method == http.MethodPost {
			return OpQueryBatch
		}
		return OpVulnByID
	})
	return s, nil
}

// Faults injects trouble.
func (s *Server) Faults() *faults.Injector { return s.faults }

// Close ends hanging answers.
func (s *Server) Close() { s.faults.Close() }

// Publish adds a vulnerability, or replaces the one of that id.
func (s *Server) Publish(v Vulnerability) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = slices.DeleteFunc(s.known, func(k Vulnerability) bool { return k.ID == v.ID })
	s.known = append(s.known, v)
}

// Asked lists every package URL that was asked about, in order.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// ServeHTTP answers the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.faults.ServeHTTP(w, r) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	id, single := strings.CutPrefix(r.URL.Path, "/v1/vulns/")
	switch {
	case r.URL.Path == "/v1/querybatch" && r.Method == http.MethodPost:
		body, err := io.ReadAll(io.LimitReader(r.Body, 32<<20))
		if err != nil {
			return // the caller is gone
		}
		s.batch(w, body)
	case single && r.Method == http.MethodGet:
		s.one(w, id)
	default:
		s.refuse(w, http.StatusNotFound, 5, "no such method")
	}
}

// query is v1Query as far as it is served: a commit is not.
type query struct {
	Version string `json:"version"`
	Package struct {
		Name      string `json:"name"`
		Ecosystem string `json:"ecosystem"`
		PURL      string `json:"purl"`
	} `json:"package"`
	PageToken string `json:"page_token"`
}

func (s *Server) batch(w http.ResponseWriter, body []byte) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = s.shapes.question.Validate(doc)
	}
	var in struct {
		Queries []query `json:"queries"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err == nil {
		err = d.Decode(&in)
	}
	switch {
	case err != nil:
		s.refuse(w, http.StatusBadRequest, 3, "Invalid query.")
		return
	case len(in.Queries) > maxQueries:
		s.refuse(w, http.StatusBadRequest, 3, "Too many queries.")
		return
	}
	results := make([]any, len(in.Queries))
	for i, q := range in.Queries {
		result, why := s.answer(q)
		if why != "" {
			s.refuse(w, http.StatusBadRequest, 3, fmt.Sprintf("query %d: %s", i, why))
			return
		}
		results[i] = result
	}
	s.reply(w, http.StatusOK, s.shapes.answer, map[string]any{"results": results})
}

// answer gives one page of what is known of a package.
func (s *Server) answer(q query) (map[string]any, string) {
	pkg, version, ok := splitPURL(q.Package.PURL)
	switch {
	case !ok:
		return nil, "Invalid Package URL."
	case q.Package.Name != "" || q.Package.Ecosystem != "":
		return nil, "name and ecosystem beside a Package URL."
	case version != "" && q.Version != "":
		return nil, "version specified in params and purl query."
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, q.Package.PURL)
	var found []any
	for _, v := range s.known {
		if v.Package == pkg && v.affects(version+q.Version) {
			found = append(found, map[string]any{"id": v.ID, "modified": v.modified()})
		}
	}
	from := 0
	if q.PageToken != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(q.PageToken, "from:"))
		if err != nil || n <= 0 || n >= len(found) {
			return nil, "Invalid page token."
		}
		from = n
	}
	out := map[string]any{} // nothing known: an empty object
	if from < len(found) {
		out["vulns"] = found[from:min(len(found), from+s.PageSize)]
	}
	if from+s.PageSize < len(found) {
		out["next_page_token"] = fmt.Sprintf("from:%d", from+s.PageSize)
	}
	return out, ""
}

func (s *Server) one(w http.ResponseWriter, id string) {
	s.mu.Lock()
	i := slices.IndexFunc(s.known, func(v Vulnerability) bool { return v.ID == id })
	var doc map[string]any
	if i >= 0 && !s.known[i].Lost {
		doc = s.known[i].document()
	}
	s.mu.Unlock()
	if doc == nil {
		s.refuse(w, http.StatusNotFound, 5, "Bug not found.")
		return
	}
	s.reply(w, http.StatusOK, s.shapes.vulnerability, doc)
}

func (s *Server) refuse(w http.ResponseWriter, status, code int, message string) {
	s.reply(w, status, s.shapes.refusal, map[string]any{"code": code, "message": message})
}

// reply sends an answer. One that breaks the official description is a fault of the
// stand-in and is said so loudly.
func (s *Server) reply(w http.ResponseWriter, status int, shape *jsonschema.Schema, answer map[string]any) {
	raw, err := json.Marshal(answer)
	if err == nil {
		var doc any
		if doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(raw)); err == nil {
			err = shape.Validate(doc)
		}
	}
	if err != nil {
		http.Error(w, "the stand-in's answer breaks the official description: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the caller may have hung up
}
