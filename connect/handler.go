package connect

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.temporal.io/sdk/converter"
)

// maxCodecBody bounds one request. The UI asks for the payloads of one page of
// a history; the server's limit for one payload is 2 MB.
const maxCodecBody = 16 << 20

// CodecOptions say who may have payloads decrypted.
type CodecOptions struct {
	// Origins are the addresses of the web UIs that may ask from a browser, as
	// scheme://host[:port]. A wildcard is refused.
	Origins []string
	// Allow decides about the bearer token of a request; see Bearer. A UI that is
	// told to pass its access token sends that of the person who is logged in.
	Allow func(r *http.Request, token string) bool
}

// CodecHandler serves POST …/decode and …/encode for the Temporal UI and CLI
// (docs.temporal.io/production-deployment/data-encryption). Who is allowed in
// reads everything the processes carry, so an absent Allow is an error.
func CodecHandler(keys *KeyRing, o CodecOptions) (http.Handler, error) {
	if o.Allow == nil {
		return nil, errors.New("codec endpoint: nobody would be asked for a token; set one")
	}
	for _, origin := range o.Origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" || strings.Contains(origin, "*") {
			return nil, errors.New("codec endpoint: an origin is scheme://host[:port], without a path or a wildcard: " + origin)
		}
	}
	serve := converter.NewPayloadCodecHTTPHandler(NewCodec(keys, Client))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" {
			w.Header().Add("Vary", "Origin")
			if !slices.Contains(o.Origins, origin) {
				http.Error(w, "this origin is not allowed to ask for decryption", http.StatusForbidden)
				return
			}
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Credentials", "true")
			if r.Method == http.MethodOptions {
				w.Header().Set("Access-Control-Allow-Methods", "POST, OPTIONS")
				w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
				w.Header().Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || !o.Allow(r, token) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a valid bearer token is required", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxCodecBody)
		serve.ServeHTTP(w, r)
	}), nil
}

// Bearer allows whoever knows the token. It compares in a time that does not
// depend on how much of a guess is right. An empty token allows nobody.
func Bearer(token string) func(*http.Request, string) bool {
	want := sha256.Sum256([]byte(token))
	return func(_ *http.Request, given string) bool {
		got := sha256.Sum256([]byte(given))
		return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && token != ""
	}
}
