package nodered

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/lowcodex/countersign/compliance"
)

// trialID is the id of the tab that marks a scratch target while a backup is
// tried there.
const trialID = "countersign-restore-trial"

const opTrial = "try to restore"

// TryRestore restores a backup into a scratch target and reads it back. Its tabs
// and shared nodes are switched off on the way, so that nothing of it runs: a
// second copy of production's flows would do production's work twice. A target
// that holds anything of anybody's is refused: it is no scratch target.
func (c *Client) TryRestore(ctx context.Context, scratch compliance.Target, p compliance.Package, _ string, beat func()) (string, error) {
	nodes, err := c.unpack(opTrial, p)
	if err != nil {
		return "", err
	}
	beat()
	s, err := c.read(ctx, scratch, opTrial)
	if err != nil {
		return "", err
	}
	if !vacant(s.nodes) {
		return "", &compliance.Failure{Class: compliance.Refused, Op: opTrial, Detail: "the scratch target " + compliance.Cut(scratch.ID, 60) +
			" is not empty: give one that nobody uses, what is on it would be overwritten"}
	}
	quiet, err := switchedOff(nodes)
	if err != nil {
		return "", invalid(opTrial, "the backup cannot be read: %v", err)
	}
	marker, _ := parseNode(json.RawMessage(`{"id":"` + trialID + `","type":"tab","label":"A backup is tried here","disabled":true}`))
	beat()
	if _, _, err := c.write(ctx, scratch, opTrial, deployFull, append([]node{marker}, quiet...), s.Rev); err != nil {
		return "", err
	}
	beat()
	back, err := c.read(ctx, scratch, opTrial)
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err == nil {
		// What is left after a failure is switched off and marked, and the next
		// trial takes it for empty.
		beat()
		_, _, _ = c.write(clean, scratch, opTrial, deployFull, nil, back.Rev)
	}
	if err != nil {
		return "", err
	}
	return readBack(p, quiet, back.nodes)
}

// readBack is the digest of what came out. What was only switched off counts as
// it was before; anything else differs.
func readBack(p compliance.Package, quiet, back []node) (string, error) {
	back = slices.DeleteFunc(slices.Clone(back), func(n node) bool { return n.ID == trialID })
	got, err := digest(back)
	if err != nil {
		return "", &compliance.Failure{Class: compliance.Unavailable, Op: opTrial, Detail: "what was read back is no flow set: " + err.Error()}
	}
	want, err := digest(quiet)
	if err == nil && got == want {
		return p.Artifact.Content, nil
	}
	return got, nil
}

// vacant reports whether a target holds nothing of anybody's: no node outside a
// trial, at most empty tabs.
func vacant(nodes []node) bool {
	if slices.ContainsFunc(nodes, func(n node) bool { return n.ID == trialID }) {
		return true
	}
	return !slices.ContainsFunc(nodes, func(n node) bool { return n.Type != typeTab })
}

// switchedOff gives the flow set with every tab disabled, and every node that is
// in none.
func switchedOff(nodes []node) ([]node, error) {
	contained := map[string]bool{}
	for _, n := range nodes {
		contained[n.ID] = n.Type == typeTab || n.Type == typeSubflow
	}
	out := make([]node, 0, len(nodes))
	for _, n := range nodes {
		field := ""
		switch {
		case n.Type == typeTab:
			field = "disabled"
		case n.Type != typeSubflow && n.Type != typeGroup && !contained[n.Z]:
			field = "d"
		}
		if field != "" {
			raw, err := edited(n.raw, func(fields map[string]json.RawMessage) { fields[field] = json.RawMessage("true") })
			if err != nil {
				return nil, err
			}
			n.raw = raw
		}
		out = append(out, n)
	}
	return out, nil
}
