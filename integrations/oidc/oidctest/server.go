// Package oidctest is an OpenID provider for tests and the sandbox: discovery,
// signing keys, a page where one picks a person and confirms a second factor,
// and a token endpoint. It enforces what a careful provider does (registered
// redirect addresses, PKCE with S256, client authentication, codes that work
// once and for a minute), and can be told to misbehave.
package oidctest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// Person is somebody who can sign in.
type Person struct {
	Subject string // "sub"
	Name    string
}

// Options say who may sign in, and for whom. ClientID and ClientSecret are mandatory.
type Options struct {
	ClientID     string
	ClientSecret string
	RedirectURLs []string // registered; see also Register
	People       []Person
	// Issuer is the issuer identifier; empty takes http:// and the host that was
	// asked, which only a stand-in may do.
	Issuer string
	Now    func() time.Time // default time.Now
}

// Server is the stand-in; it is an http.Handler. It is safe for concurrent use.
type Server struct {
	o       Options
	handler http.Handler
	signer  *ecdsa.PrivateKey
	other   *ecdsa.PrivateKey // nobody published it

	mu       sync.Mutex
	fault    Fault
	requests map[string]request // by id, between the page and its answer
	codes    map[string]grant
	tokens   int
	server   *http.Server
	done     chan struct{}
}

// keyID names the published key.
const keyID = "standin-1"

// lives of what is handed out.
const (
	requestLife = 10 * time.Minute
	codeLife    = time.Minute
	tokenLife   = 5 * time.Minute
	maxPending  = 1000
)

// New makes a stand-in that does not listen yet.
func New(o Options) (*Server, error) {
	if o.ClientID == "" || o.ClientSecret == "" {
		return nil, errors.New("oidc stand-in: ClientID and ClientSecret are mandatory")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{o: o, requests: map[string]request{}, codes: map[string]grant{}}
	var err error
	if s.signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	if s.other, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /keys", s.keys)
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /authorize", s.choose)
	mux.HandleFunc("POST /token", s.token)
	s.handler = mux
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	s.handler.ServeHTTP(w, r)
}

// Listen serves on host:port, a free one of loopback when empty, until Close,
// and returns the issuer.
func (s *Server) Listen(address string) (string, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	s.server, s.done = &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}, make(chan struct{})
	go func() {
		defer close(s.done)
		_ = s.server.Serve(l) // ends with Close; a listener that fails shows as a provider that is down
	}()
	return "http://" + l.Addr().String(), nil
}

// Close ends serving.
func (s *Server) Close() error {
	if s.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if err != nil { // a connection somebody opened and never used counts as busy for 5 s
		err = s.server.Close()
	}
	<-s.done
	return err
}

// Register adds an address to which people may be sent back.
func (s *Server) Register(redirect string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.o.RedirectURLs, redirect) {
		s.o.RedirectURLs = append(s.o.RedirectURLs, redirect)
	}
}

// Tokens counts the ID tokens handed out.
func (s *Server) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

func (s *Server) issuer(r *http.Request) string {
	if s.o.Issuer != "" {
		return s.o.Issuer
	}
	return "http://" + r.Host
}

func (s *Server) discovery(w http.ResponseWriter, r *http.Request) {
	base := s.issuer(r)
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "jwks_uri": base + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "scopes_supported": []string{"openid"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
		"claims_supported":                               []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"},
	})
}

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: s.signer.Public(), KeyID: keyID, Algorithm: string(jose.ES256), Use: "sig"},
	}})
}

func (s *Server) person(subject string) (Person, bool) {
	i := slices.IndexFunc(s.o.People, func(p Person) bool { return p.Subject == subject })
	if i < 0 {
		return Person{}, false
	}
	return s.o.People[i], true
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the asker is gone if this fails
}

// fresh is a new random text.
func fresh() string { return strings.ToLower(rand.Text()) }

// prune keeps a map of what was handed out from growing without end.
func prune[V any](m map[string]V, over func(V) bool) error {
	for k, v := range m {
		if over(v) {
			delete(m, k)
		}
	}
	if len(m) >= maxPending {
		return fmt.Errorf("oidc stand-in: %d sign-ins are under way", len(m))
	}
	return nil
}
