package nodered

import (
	"context"
	"encoding/json"

	"github.com/lowcodex/countersign/compliance"
)

// Overwrite puts a flow set on a target past every check, as an editor can.
func Overwrite(ctx context.Context, c *Client, t compliance.Target, flows []byte) error {
	nodes, err := parseFlows(flows)
	if err != nil {
		return err
	}
	s, err := c.read(ctx, t, "overwrite")
	if err != nil {
		return err
	}
	_, _, err = c.write(ctx, t, "overwrite", deployFull, nodes, s.Rev)
	return err
}

// SwitchedOff is the flow set as a restore is tried with.
func SwitchedOff(flows []byte) ([]byte, error) {
	nodes, err := parseFlows(flows)
	if err != nil {
		return nil, err
	}
	if nodes, err = switchedOff(nodes); err != nil {
		return nil, err
	}
	return json.Marshal(rawFlows(nodes))
}

// Digest is the content digest of a flow set.
func Digest(flows []byte) (string, error) {
	nodes, err := parseFlows(flows)
	if err != nil {
		return "", err
	}
	return digest(nodes)
}
