package nodered

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/lowcodex/countersign/compliance"
)

// flowSet is what GET /flows answers.
type flowSet struct {
	Flows json.RawMessage `json:"flows"`
	Rev   string          `json:"rev"`

	nodes []node
}

// read reads the flow set that is on a target.
func (c *Client) read(ctx context.Context, t compliance.Target, op string) (flowSet, error) {
	var s flowSet
	if _, err := c.call(ctx, t, request{op: op, method: http.MethodGet, path: "/flows", out: &s}); err != nil {
		return s, err
	}
	unusable := func(detail string) error {
		return &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: detail}
	}
	if s.Rev == "" || len(s.Rev) > 200 || len(s.Flows) == 0 {
		return s, unusable("the answer holds no flow set with a revision: is it Node-RED, and has it started?")
	}
	var err error
	if s.nodes, err = parseFlows(s.Flows); err != nil {
		return s, unusable("the flow set that it serves cannot be read: " + err.Error())
	}
	return s, nil
}

func (s flowSet) version(op string) (compliance.PlatformVersion, error) {
	content, err := digest(s.nodes)
	if err != nil {
		return compliance.PlatformVersion{}, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "the flow set that it serves cannot be read: " + err.Error()}
	}
	return compliance.PlatformVersion{Revision: s.Rev, Content: content}, nil
}

// Snapshot exports the whole flow set as it is served, byte for byte: put back,
// it has the same revision again. Credentials are not in it; Node-RED never
// gives them out.
func (c *Client) Snapshot(ctx context.Context, t compliance.Target) (compliance.Package, compliance.PlatformVersion, error) {
	const op = "save flows"
	s, err := c.read(ctx, t, op)
	if err != nil {
		return compliance.Package{}, compliance.PlatformVersion{}, err
	}
	version, err := s.version(op)
	if err != nil {
		return compliance.Package{}, compliance.PlatformVersion{}, err
	}
	saved := compliance.Package{Artifact: compliance.Artifact{Content: version.Content, Version: s.Rev}, Data: s.Flows}
	return saved, version, nil
}

// Live says what a target serves. It is ready when its flows are started and
// every node type in them is installed: with one missing, Node-RED keeps the
// flows and runs none of them.
func (c *Client) Live(ctx context.Context, t compliance.Target) (compliance.Served, error) {
	const op = "read what is served"
	s, err := c.read(ctx, t, op)
	if err != nil {
		return compliance.Served{}, err
	}
	served := compliance.Served{}
	if served.PlatformVersion, err = s.version(op); err != nil {
		return compliance.Served{}, err
	}
	absent, err := c.absent(ctx, t, op, s.nodes)
	if err != nil {
		return compliance.Served{}, err
	}
	state, err := c.state(ctx, t, op)
	if err != nil {
		return compliance.Served{}, err
	}
	switch {
	case len(absent) > 0:
		served.Detail = missingTypes(absent)
	case state != "start":
		served.Detail = "its flows are in state " + compliance.Cut(state, 20) + ", not started"
	default:
		served.Ready = true
	}
	return served, nil
}

// state is whether the flows run: "start", "stop" or "safe".
func (c *Client) state(ctx context.Context, t compliance.Target, op string) (string, error) {
	var answer struct {
		State string `json:"state"`
	}
	_, err := c.call(ctx, t, request{op: op, method: http.MethodGet, path: "/flows/state", out: &answer})
	return answer.State, err
}

// absent lists the node types that the nodes need and the target lacks, sorted.
func (c *Client) absent(ctx context.Context, t compliance.Target, op string, nodes []node) ([]string, error) {
	var modules []struct {
		Types   []string `json:"types"`
		Enabled bool     `json:"enabled"`
		Err     any      `json:"err"`
	}
	if _, err := c.call(ctx, t, request{op: op, method: http.MethodGet, path: "/nodes", out: &modules}); err != nil {
		return nil, err
	}
	known := map[string]bool{typeTab: true, typeSubflow: true, typeGroup: true}
	for _, m := range modules {
		for _, name := range m.Types {
			known[name] = known[name] || m.Enabled && m.Err == nil
		}
	}
	for _, n := range nodes {
		if n.Type == typeSubflow {
			known[typeSubflow+":"+n.ID] = true
		}
	}
	var out []string
	for _, n := range nodes {
		if !known[n.Type] && !slices.Contains(out, n.Type) {
			out = append(out, n.Type)
		}
	}
	slices.Sort(out)
	return out, nil
}

func missingTypes(absent []string) string {
	return "it lacks the node types " + compliance.Cut(strings.Join(absent, ", "), 200) + ": install them, nothing runs without"
}
