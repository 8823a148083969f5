package osv

import "context"

// LookUp is the look-up by itself, for the conformance suite.
func (c *Client) LookUp(ctx context.Context, id string) error {
	_, err := c.lookUp(ctx, id)
	return err
}
