package oidctest

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// grant is what a code stands for.
type grant struct {
	request
	person    Person
	second    bool // a second factor was confirmed
	at, until time.Time
	session   string
	used      bool
}

// token hands out an ID token for a code: once, to the application that asked,
// with the verifier of its challenge.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "the form cannot be read")
		return
	}
	if !s.authenticated(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		refuse(w, http.StatusUnauthorized, "invalid_client", "the application's id or secret is wrong")
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "only authorization_code is supported")
		return
	}
	code := r.PostForm.Get("code")
	s.mu.Lock()
	g, ok := s.codes[code]
	again := g.used
	g.used = true
	if ok {
		s.codes[code] = g
	}
	fault := s.fault
	s.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	switch {
	case !ok, again, s.o.Now().After(g.until):
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code is not known, used or too old")
	case r.PostForm.Get("redirect_uri") != g.redirect:
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code was made for another address")
	case base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge:
		refuse(w, http.StatusBadRequest, "invalid_grant", "the code verifier is not that of the challenge")
	default:
		answer := map[string]any{"access_token": fresh(), "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "scope": "openid"}
		if fault != NoToken {
			id, err := s.sign(s.claims(r, g, fault), fault)
			if err != nil {
				refuse(w, http.StatusInternalServerError, "server_error", "the token could not be signed")
				return
			}
			answer["id_token"] = id
		}
		s.mu.Lock()
		s.tokens++
		s.mu.Unlock()
		writeJSON(w, http.StatusOK, answer)
	}
}

// authenticated checks the application's credentials, sent in the header or in
// the form, and not in both.
func (s *Server) authenticated(r *http.Request) bool {
	id, secret, header := r.BasicAuth()
	if header {
		// RFC 6749, section 2.3.1: both are form-encoded first.
		var err, err2 error
		id, err = url.QueryUnescape(id)
		secret, err2 = url.QueryUnescape(secret)
		if err != nil || err2 != nil || r.PostForm.Has("client_secret") {
			return false
		}
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	return id == s.o.ClientID && subtle.ConstantTimeCompare([]byte(secret), []byte(s.o.ClientSecret)) == 1
}

func (s *Server) claims(r *http.Request, g grant, fault Fault) map[string]any {
	now := s.o.Now()
	c := map[string]any{
		"iss": s.issuer(r), "sub": g.person.Subject, "aud": s.o.ClientID, "exp": now.Add(tokenLife).Unix(), "iat": now.Unix(),
		"auth_time": g.at.Unix(), "nonce": g.nonce, "amr": []string{"pwd"}, "sid": g.session,
	}
	if g.second && fault != SingleFactor {
		c["amr"] = []string{"pwd", "otp", "mfa"}
		if len(g.contexts) > 0 {
			c["acr"] = g.contexts[0]
		}
	}
	switch fault {
	case WrongNonce:
		c["nonce"] = fresh()
	case WrongAudience:
		c["aud"] = "another-application"
	case WrongIssuer:
		c["iss"] = "https://elsewhere.invalid"
	case OtherParty:
		c["aud"], c["azp"] = []string{s.o.ClientID, "another-application"}, "another-application"
	case Expired:
		c["exp"] = now.Add(-time.Minute).Unix()
	case OldSignIn:
		c["auth_time"] = g.at.Add(-time.Hour).Unix()
	case EarlierSignIn:
		c["auth_time"] = g.at.Add(-5 * time.Minute).Unix()
	case NoSignInTime:
		delete(c, "auth_time")
	case LongSubject:
		c["sub"] = strings.Repeat("s", 300)
	}
	return c
}

// sign makes the compact form of an ID token.
func (s *Server) sign(claims map[string]any, fault Fault) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	if fault == Unsigned {
		encode := base64.RawURLEncoding.EncodeToString
		return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(payload) + ".", nil
	}
	key := map[bool]*ecdsa.PrivateKey{false: s.signer, true: s.other}[fault == OtherKey]
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

func refuse(w http.ResponseWriter, status int, code, text string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": text})
}
