package nodered

import (
	"context"
	"net/http"

	"github.com/lowcodex/countersign/compliance"
)

// The deployment types used. Full stops and starts everything, so that no part
// of an earlier flow set goes on; flows leaves alone what did not change.
const (
	deployFull  = "full"
	deployFlows = "flows"
)

// rollbackTries is how often the way back is written again because somebody
// saved at the same moment.
const rollbackTries = 5

// Find recognises an earlier deployment by its content: Node-RED keeps no key.
// Content that somebody else put there is found as well, and needs no deployment.
func (c *Client) Find(ctx context.Context, t compliance.Target, p compliance.Package, key string) (*compliance.Op, error) {
	const op = "look for a deployment"
	s, err := c.read(ctx, t, op)
	if err != nil {
		return nil, err
	}
	version, err := s.version(op)
	if err != nil || version.Content != p.Artifact.Content {
		return nil, err
	}
	return &compliance.Op{Key: key, ID: s.Rev, Content: version.Content, State: compliance.OpRunning}, nil
}

// Deploy writes the flow set if the target is still at the expected revision;
// Conflict if not. It refuses what would stop everything: a node type that the
// target lacks. After an answer that was lost the failure is UnknownOutcome;
// writing again is then safe, because the revision has moved if it worked.
func (c *Client) Deploy(ctx context.Context, t compliance.Target, p compliance.Package, key string, expect compliance.PlatformVersion) (compliance.Op, error) {
	const op = "deploy flows"
	nodes, err := c.unpack(op, p)
	if err != nil {
		return compliance.Op{}, err
	}
	if expect.Revision == "" {
		return compliance.Op{}, invalid(op, "no expected revision: save the target first, so that nobody's work is overwritten")
	}
	absent, err := c.absent(ctx, t, op, nodes)
	if err != nil {
		return compliance.Op{}, err
	}
	if len(absent) > 0 {
		return compliance.Op{}, &compliance.Failure{Class: compliance.Refused, Op: op, Detail: missingTypes(absent)}
	}
	rev, _, err := c.write(ctx, t, op, deployFull, nodes, expect.Revision)
	if err != nil {
		return compliance.Op{}, err
	}
	return compliance.Op{Key: key, ID: rev, Content: p.Artifact.Content, State: compliance.OpRunning}, nil
}

// Rollback writes the flow set over whatever is there. It still names the
// revision it has just read, so that it never overwrites what it has not seen.
func (c *Client) Rollback(ctx context.Context, t compliance.Target, p compliance.Package, key string) (compliance.Op, error) {
	const op = "restore flows"
	nodes, err := c.unpack(op, p)
	if err != nil {
		return compliance.Op{}, err
	}
	for n := 1; ; n++ {
		s, err := c.read(ctx, t, op)
		if err != nil {
			return compliance.Op{}, err
		}
		rev, _, err := c.write(ctx, t, op, deployFull, nodes, s.Rev)
		if err == nil {
			return compliance.Op{Key: key, ID: rev, Content: p.Artifact.Content, State: compliance.OpRunning}, nil
		}
		if compliance.ClassOf(err) != compliance.Conflict || n == rollbackTries || !c.wait(ctx) {
			return compliance.Op{}, err
		}
	}
}

// Poll says whether the deployed content is served. Another content means that
// somebody deployed over it.
func (c *Client) Poll(ctx context.Context, t compliance.Target, op compliance.Op) (compliance.Op, error) {
	served, err := c.Live(ctx, t)
	if err != nil {
		return op, err
	}
	op.Detail = served.Detail
	switch {
	case served.Content != op.Content:
		op.State, op.Detail = compliance.OpAborted, "the target serves something else by now: somebody deployed over it"
	case served.Ready:
		op.State = compliance.OpSucceeded
	default:
		op.State = compliance.OpRunning // it may still start; the caller's patience decides
	}
	return op, nil
}

// write sends a flow set that was prepared for a revision and returns the new one.
func (c *Client) write(ctx context.Context, t compliance.Target, op, deployment string, nodes []node, rev string) (string, int, error) {
	var answer struct {
		Rev string `json:"rev"`
	}
	in := struct {
		Rev   string `json:"rev"`
		Flows any    `json:"flows"`
	}{rev, rawFlows(nodes)}
	status, err := c.call(ctx, t, request{op: op, method: http.MethodPost, path: "/flows", deployment: deployment, in: in, out: &answer})
	if err != nil {
		return "", status, err
	}
	if answer.Rev == "" {
		return "", status, &compliance.Failure{Class: compliance.UnknownOutcome, Op: op, Detail: "the answer names no revision"}
	}
	return answer.Rev, status, nil
}

// unpack reads a package's flow set and refuses one that is not what its
// artifact says, or that would carry secrets.
func (c *Client) unpack(op string, p compliance.Package) ([]node, error) {
	nodes, report := inspect(p.Data)
	if len(report.Problems) > 0 {
		return nil, invalid(op, "the artifact cannot be deployed: %s", compliance.Cut(report.Problems[0].Where+" "+report.Problems[0].Text, 200))
	}
	if report.Content != p.Artifact.Content {
		return nil, invalid(op, "the stored bytes are not the artifact's content: it was altered or mixed up")
	}
	return nodes, nil
}
