package nodered

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/lowcodex/countersign/compliance/checkup"
)

const part = checkup.Part(Kind)

// Checkup reads the flows of every configured instance, of all at the same time, so
// that one that hangs hides no other. That a token may also write shows with the
// first deployment only: there is no way to ask.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	refs := slices.Sorted(maps.Keys(c.cfg.Addresses))
	checks := make([]checkup.Check, len(refs))
	var all sync.WaitGroup
	for i, ref := range refs {
		all.Go(func() { checks[i] = c.instance(ctx, ref) })
	}
	all.Wait()
	return checks
}

func (c *Client) instance(ctx context.Context, ref string) checkup.Check {
	item, address := "target "+ref, "PLATFORM_"+ref+"_URL"
	ctx, x := c.wire.Begin(ctx, "check")
	var s flowSet
	err := c.exchange(ctx, c.cfg.Addresses[ref], request{method: http.MethodGet, path: "/flows", out: &s}, nil)
	switch {
	case x.Status() == http.StatusNotFound:
		return part.Wrong(item, checkup.ElsewhereAPI, "HTTP 404", "set "+address+" to the root of the admin API (httpAdminRoot)")
	case err == nil && s.Rev == "":
		return part.Wrong(item, checkup.ElsewhereAPI, "the answer holds no flow set with a revision", "set "+address+" to a Node-RED that has started")
	case err != nil:
		return x.Check(part, item, x.Failure(err), "", address, "set PLATFORM_"+ref+"_TOKEN to a token of adminAuth with flows.read, flows.write and nodes.read")
	}
	return part.OK(item, "its flows can be read")
}
