package noderedtest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Types lists the node types that the stand-in has. It runs http in, change
// (setting the payload to a constant), template (without placeholders), delay (by
// a fixed time) and http response; the others may stand there and do nothing.
func Types() []string {
	return []string{"http in", "http response", "change", "template", "delay", "comment", "debug", "inject", "catch", "junction", "mqtt-broker", "global-config"}
}

func getNodes(w http.ResponseWriter, _ *http.Request) {
	type module struct {
		ID      string   `json:"id"`
		Types   []string `json:"types"`
		Enabled bool     `json:"enabled"`
		Module  string   `json:"module"`
	}
	var out []module
	for _, name := range Types() {
		out = append(out, module{"node-red/" + name, []string{name}, true, "node-red"})
	}
	answer(w, http.StatusOK, out)
}

// entry is one entry of a flow set, as far as the stand-in runs it.
type entry struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Z        string          `json:"z"`
	Disabled bool            `json:"disabled"`
	D        bool            `json:"d"`
	X        *float64        `json:"x"`
	Wires    [][]string      `json:"wires"`
	URL      string          `json:"url"`
	Method   string          `json:"method"`
	Rules    []rule          `json:"rules"`
	Template string          `json:"template"`
	Status   json.RawMessage `json:"statusCode"`
	Timeout  json.RawMessage `json:"timeout"`
	Units    string          `json:"timeoutUnits"`
}

type rule struct{ T, P, Pt, To, Tot string }

// route is one http in node that runs, with the nodes of its tab.
type route struct {
	method, path, tab string
	start             entry
	nodes             map[string]entry
}

// routesOf gives the routes of a flow set in the order in which they are tried:
// none when a type is missing, because then nothing is started.
func routesOf(flows []json.RawMessage) []route {
	var entries []entry
	for _, raw := range flows {
		var e entry
		_ = json.Unmarshal(raw, &e) // what is no node runs nothing
		entries = append(entries, e)
	}
	if lacks(entries) {
		return nil
	}
	var out []route
	for _, tab := range entries {
		if tab.Type != "tab" || tab.Disabled {
			continue
		}
		nodes := map[string]entry{}
		for _, e := range entries {
			if e.Z == tab.ID && !e.D {
				nodes[e.ID] = e
			}
		}
		for _, e := range entries {
			if e.Z == tab.ID && e.Type == "http in" && !e.D && e.URL != "" {
				path := "/" + strings.TrimPrefix(e.URL, "/")
				out = append(out, route{strings.ToUpper(e.Method), path, tab.ID, e, nodes})
			}
		}
	}
	return out
}

func lacks(entries []entry) bool {
	known := append(Types(), "tab", "subflow", "group")
	for _, e := range entries {
		if e.Type == "subflow" {
			known = append(known, "subflow:"+e.ID)
		}
	}
	return slices.ContainsFunc(entries, func(e entry) bool { return !slices.Contains(known, e.Type) })
}

// unchanged keeps the routes of tabs whose entries are the same before and after.
func unchanged(routes []route, before, after []json.RawMessage) []route {
	of := func(flows []json.RawMessage, tab string) string {
		var b strings.Builder
		for _, raw := range flows {
			var e entry
			_ = json.Unmarshal(raw, &e)
			if e.ID == tab || e.Z == tab {
				b.Write(raw)
			}
		}
		return b.String()
	}
	var out []route
	for _, r := range routes {
		if of(before, r.tab) == of(after, r.tab) {
			out = append(out, r)
		}
	}
	return out
}

// serve answers as the first route that matches does.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	routes := s.routes
	s.mu.Unlock()
	for _, route := range routes {
		if route.method == r.Method && matches(route.path, r.URL.Path) {
			_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxBody))
			route.run(w, r)
			return
		}
	}
	page(w, http.StatusNotFound, "Cannot "+r.Method+" "+r.URL.Path)
}

func matches(pattern, path string) bool {
	want, got := strings.Split(strings.TrimSuffix(pattern, "/"), "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !strings.EqualFold(want[i], got[i]) && (!strings.HasPrefix(want[i], ":") || got[i] == "") {
			return false
		}
	}
	return true
}

// run passes the message along the first wire of each node. A flow that leads
// to no response never answers.
func (r route) run(w http.ResponseWriter, req *http.Request) {
	var payload any = map[string]any{}
	at := r.start
	for range 100 {
		if len(at.Wires) == 0 || len(at.Wires[0]) == 0 {
			break
		}
		next, ok := r.nodes[at.Wires[0][0]]
		if !ok {
			break
		}
		at = next
		switch at.Type {
		case "change":
			for _, set := range at.Rules {
				if set.T == "set" && set.P == "payload" && set.Pt == "msg" {
					payload = constant(set)
				}
			}
		case "template":
			payload = at.Template
		case "delay":
			select {
			case <-time.After(at.delay()):
			case <-req.Context().Done():
				return
			}
		case "http response":
			respond(w, at, payload)
			return
		}
	}
	<-req.Context().Done()
}

func constant(set rule) any {
	if set.Tot == "json" {
		var v any
		if json.Unmarshal([]byte(set.To), &v) == nil {
			return v
		}
	}
	return set.To
}

func (e entry) delay() time.Duration {
	n, err := strconv.ParseFloat(strings.Trim(string(e.Timeout), `"`), 64)
	if err != nil {
		return 0
	}
	if e.Units == "milliseconds" {
		return time.Duration(n * float64(time.Millisecond))
	}
	return time.Duration(n * float64(time.Second))
}

func respond(w http.ResponseWriter, at entry, payload any) {
	status, err := strconv.Atoi(strings.Trim(string(at.Status), `"`))
	if err != nil || status < 100 || status > 599 {
		status = http.StatusOK
	}
	if text, ok := payload.(string); ok {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
		return
	}
	answer(w, status, payload)
}
