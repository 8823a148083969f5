// Package noderedtest gives tests and the sandbox Node-RED instances: the real
// program where it is installed (Launch), and a stand-in with the same rules
// (Server), which is quicker and injects faults. One table of requests is run
// against both, so that the stand-in is never looser than the real one.
package noderedtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Server is a stand-in for one Node-RED instance. It keeps a flow set under its
// revision and runs the few core node types of Types; a flow set with any other
// type is kept and not run, as Node-RED does. It is safe for concurrent use.
type Server struct {
	token string
	lag   time.Duration
	file  string // where the flow set is kept; empty: in memory
	told  func() // Options.Changed

	mu      sync.Mutex
	flows   []json.RawMessage
	rev     string
	routes  []route
	deploys int
	trouble Trouble
	// generation numbers deployments, so that one that is overtaken never starts.
	generation int
}

// Options are those of a stand-in. The zero value is an instance without
// adminAuth, in memory.
type Options struct {
	// Token is the bearer token of the admin API; empty: adminAuth is off.
	Token string
	// Lag is the time from the answer to a deployment until its flows run.
	// Default 30 ms, as measured on the real one.
	Lag time.Duration
	// Dir keeps the flow set over restarts, in flows.json. Optional.
	Dir string
	// Changed is called after a flow set was kept, and again when it runs. It must
	// not wait. Optional.
	Changed func()
}

// Trouble is what is wrong with a stand-in.
type Trouble struct {
	// Starting answers every request with status 200 and a page.
	Starting bool `json:"starting,omitempty"`
	// Saving is the status with which every save is refused; 0: none is.
	Saving int `json:"saving,omitempty"`
	// Stuck accepts and keeps deployments and never starts them.
	Stuck bool `json:"stuck,omitempty"`
	// State is what /flows/state says instead of "start".
	State string `json:"state,omitempty"`
	// Failing answers every call of a flow with status 500, as when what the flows
	// rest on is down.
	Failing bool `json:"failing,omitempty"`
}

// New makes a stand-in. The error is about Options.Dir.
func New(o Options) (*Server, error) {
	s := &Server{token: o.Token, lag: o.Lag, told: o.Changed}
	if s.told == nil {
		s.told = func() {}
	}
	if s.lag <= 0 {
		s.lag = 30 * time.Millisecond
	}
	var kept []json.RawMessage
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, err
		}
		s.file = filepath.Join(o.Dir, "flows.json")
		data, err := os.ReadFile(s.file)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return nil, err
		default:
			if err := json.Unmarshal(data, &kept); err != nil {
				return nil, err
			}
		}
	}
	s.flows, s.rev = kept, revision(kept)
	s.routes = routesOf(kept)
	return s, nil
}

// Set puts the instance into trouble, or out of it with the zero value.
func (s *Server) Set(t Trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble = t
	if !t.Stuck {
		s.routes = routesOf(s.flows)
	}
	s.told()
}

// Trouble is what is wrong with the instance now.
func (s *Server) Trouble() Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble
}

// Save replaces the flow set as somebody in the editor does, with no revision named.
func (s *Server) Save(flows string) error {
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(flows), &list); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep(list, "full")
}

// Flows is the flow set as it is kept.
func (s *Server) Flows() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(encode(s.flows))
}

// Deployments counts the flow sets that were accepted.
func (s *Server) Deployments() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deploys
}

// ServeHTTP is the admin API and what the flows serve, on one address.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	trouble := s.trouble
	s.mu.Unlock()
	if trouble.Starting {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Starting</title><p>n minutes to go</p>")
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /flows":
		s.admin(w, r, s.getFlows)
	case "POST /flows":
		s.admin(w, r, s.postFlows)
	case "GET /flows/state":
		s.admin(w, r, func(w http.ResponseWriter, _ *http.Request) {
			state := trouble.State
			if state == "" {
				state = "start"
			}
			answer(w, http.StatusOK, map[string]string{"state": state})
		})
	case "GET /nodes":
		s.admin(w, r, getNodes)
	default:
		if trouble.Failing {
			page(w, http.StatusInternalServerError, "Error: what the flow calls does not answer")
			return
		}
		s.serve(w, r)
	}
}

// admin lets the bearer of the token in.
func (s *Server) admin(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	given, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if s.token != "" && (!bearer || given != s.token) {
		challenge := `Bearer realm="Users"`
		if bearer {
			challenge += `, error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "Unauthorized")
		return
	}
	next(w, r)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func unexpected(w http.ResponseWriter, message string) {
	answer(w, http.StatusBadRequest, map[string]string{"code": "unexpected_error", "message": message})
}

// page is how the web server under Node-RED answers what it does not know.
func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>"+text+"</pre>\n</body>\n</html>\n")
}
