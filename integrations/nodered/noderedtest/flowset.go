package noderedtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/integrationtest/kept"
)

func apiVersion(w http.ResponseWriter, r *http.Request) (string, bool) {
	version := r.Header.Get("Node-RED-API-Version")
	switch version {
	case "":
		return "v1", true
	case "v1", "v2":
		return version, true
	}
	answer(w, http.StatusBadRequest, map[string]string{"code": "invalid_api_version", "message": "Invalid API Version requested"})
	return "", false
}

func (s *Server) getFlows(w http.ResponseWriter, r *http.Request) {
	version, ok := apiVersion(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if version == "v1" {
		answer(w, http.StatusOK, encode(s.flows))
		return
	}
	answer(w, http.StatusOK, map[string]any{"flows": encode(s.flows), "rev": s.rev})
}

// maxBody is apiMaxLength's default.
const maxBody = 5 << 20

func (s *Server) postFlows(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the caller left
	}
	if len(body) > maxBody {
		page(w, http.StatusRequestEntityTooLarge, "PayloadTooLargeError: request entity too large")
		return
	}
	if !json.Valid(body) || !strings.ContainsAny(string(bytes.TrimSpace(body)[:1]), "{[") {
		page(w, http.StatusBadRequest, "SyntaxError: the body is not valid JSON")
		return
	}
	version, ok := apiVersion(w, r)
	if !ok {
		return
	}
	in := struct {
		Rev   *json.RawMessage `json:"rev"`
		Flows json.RawMessage  `json:"flows"`
	}{}
	if version == "v1" {
		in.Flows = body
	} else if bytes.TrimSpace(body)[0] == '{' {
		_ = json.Unmarshal(body, &in) // valid JSON, an object
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Rev != nil && string(*in.Rev) != strconv.Quote(s.rev) {
		answer(w, http.StatusConflict, map[string]string{"code": "version_mismatch", "message": "Error"})
		return
	}
	var list []json.RawMessage
	switch err := json.Unmarshal(in.Flows, &list); {
	case len(in.Flows) == 0:
		unexpected(w, "Cannot read properties of undefined (reading 'forEach')")
		return
	case err != nil || list == nil:
		unexpected(w, "config.forEach is not a function")
		return
	}
	if s.trouble.Saving != 0 {
		answer(w, s.trouble.Saving, map[string]string{"code": "unexpected_error", "message": "EROFS: read-only file system, open 'flows.json'"})
		return
	}
	if err := s.keep(list, r.Header.Get("Node-RED-Deployment-Type")); err != nil {
		unexpected(w, err.Error())
		return
	}
	if version == "v1" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(w, http.StatusOK, map[string]string{"rev": s.rev})
}

// keep stores a flow set and starts it a moment later. What did not change goes
// on with a deployment of changed flows only.
func (s *Server) keep(list []json.RawMessage, deployment string) error {
	clean := make([]json.RawMessage, 0, len(list))
	for _, raw := range list {
		clean = append(clean, withoutCredentials(raw))
	}
	if s.file != "" {
		if err := kept.Replace(s.file, encode(clean)); err != nil {
			return err
		}
	}
	before := s.flows
	s.flows, s.rev = clean, revision(clean)
	s.deploys++
	s.generation++
	if deployment == "flows" || deployment == "nodes" {
		s.routes = unchanged(s.routes, before, clean)
	} else {
		s.routes = nil
	}
	generation := s.generation
	s.told()
	time.AfterFunc(s.lag, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.generation == generation && !s.trouble.Stuck {
			s.routes = routesOf(s.flows)
			s.told()
		}
	})
	return nil
}

// revision is the digest of the bytes, so that the same content has the same one.
func revision(list []json.RawMessage) string {
	sum := sha256.Sum256(encode(list))
	return hex.EncodeToString(sum[:])
}

func encode(list []json.RawMessage) json.RawMessage {
	if list == nil {
		return json.RawMessage("[]")
	}
	b, err := json.Marshal(list) // compacts each
	if err != nil {
		return json.RawMessage("[]")
	}
	return b
}

// withoutCredentials takes out what Node-RED keeps apart and never gives back.
func withoutCredentials(raw json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields["credentials"] == nil {
		return raw
	}
	delete(fields, "credentials")
	b, err := json.Marshal(fields)
	if err != nil {
		return raw
	}
	return b
}
