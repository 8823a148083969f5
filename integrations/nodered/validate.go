package nodered

import (
	"context"
	"fmt"
	"slices"

	"github.com/lowcodex/countersign/compliance"
)

// maxFindings bounds each list of a report.
const maxFindings = 20

// Validate says what speaks against a flow set on a target. Node-RED itself
// checks nothing: it takes any list.
func (c *Client) Validate(ctx context.Context, t compliance.Target, data []byte) (compliance.ArtifactReport, error) {
	const op = "validate flows"
	nodes, report := offered(data)
	if report.Content == "" {
		return report, nil
	}
	absent, err := c.absent(ctx, t, op, nodes)
	if err != nil {
		return compliance.ArtifactReport{}, err
	}
	for _, name := range absent {
		report.Problems = found(report.Problems, "type "+compliance.Cut(name, 60), "The target does not have this node type. Install it there, or nothing runs.")
	}
	present, err := c.read(ctx, t, op)
	if err != nil {
		return compliance.ArtifactReport{}, err
	}
	kept := map[string]bool{}
	for _, n := range nodes {
		kept[n.ID] = true
	}
	for _, n := range present.nodes {
		if !kept[n.ID] && n.Type != typeTab && n.Type != typeGroup {
			report.Remarks = found(report.Remarks, where(n), "It is on the target and not in the artifact. Credentials that it has are lost for good; no way back restores them.")
		}
	}
	return report, nil
}

// Inspect says what is wrong with a flow set by itself.
func (c *Client) Inspect(data []byte) compliance.ArtifactReport {
	_, report := offered(data)
	return report
}

// offered reads a flow set that is to be rolled out. One without a node is refused
// here only: the way back of a target that had none is empty, too.
func offered(data []byte) ([]node, compliance.ArtifactReport) {
	nodes, report := inspect(data)
	runs := func(n node) bool { return n.Type != typeTab && n.Type != typeGroup }
	if report.Content != "" && !slices.ContainsFunc(nodes, runs) {
		report.Problems = found(report.Problems, "the flow set", "It holds no node, so everything would be taken off the target. Give the whole flow set, as the editor exports it.")
	}
	return nodes, report
}

// inspect reads a flow set and says what is wrong with it by itself.
func inspect(data []byte) ([]node, compliance.ArtifactReport) {
	var report compliance.ArtifactReport
	nodes, err := parseFlows(data)
	if err == nil {
		report.Content, err = digest(nodes)
	}
	if err != nil {
		report.Problems = found(nil, "", "It is no flow set: "+err.Error()+".")
		return nil, report
	}
	ids := map[string]bool{}
	for _, n := range nodes {
		switch {
		case n.ID == "" || n.Type == "":
			report.Problems = found(report.Problems, where(n), "It has no id or no type.")
		case ids[n.ID]:
			report.Problems = found(report.Problems, where(n), "Its id occurs twice; Node-RED would run one of the two.")
		}
		ids[n.ID] = true
		if n.Credentials {
			report.Problems = found(report.Problems, where(n), "It carries credentials, which everybody who may read the artifact could read. Set them on the target.")
		}
		if isCanary(n) {
			report.Problems = found(report.Problems, where(n), "It is the canary of a write probe. Save the target again when no probe runs.")
		}
	}
	return nodes, report
}

func where(n node) string { return fmt.Sprintf("node %.40q (%.40s)", n.ID, n.Type) }

func found(list []compliance.Finding, where, text string) []compliance.Finding {
	if len(list) < maxFindings {
		list = append(list, compliance.Finding{Where: where, Text: text})
	}
	return list
}
