package nodered

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/lowcodex/countersign/compliance/checkup"
)

const part = checkup.Part(Kind)

// Checkup reads the flows of every configured instance. That the token may also
// write shows with the first deployment only: there is no way to ask.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	var checks []checkup.Check
	for _, ref := range sortedReferences(c.cfg.Addresses) {
		item, address := "target "+ref, "PLATFORM_"+ref+"_URL"
		call, x := c.wire.Begin(ctx, "check")
		var s flowSet
		err := c.exchange(call, c.cfg.Addresses[ref], request{method: http.MethodGet, path: "/flows", out: &s}, nil)
		switch {
		case x.Status() == http.StatusNotFound:
			checks = append(checks, part.Wrong(item, checkup.ElsewhereAPI, "HTTP 404", "set "+address+" to the root of the admin API (httpAdminRoot)"))
		case err == nil && s.Rev == "":
			checks = append(checks, part.Wrong(item, checkup.ElsewhereAPI, "the answer holds no flow set with a revision", "set "+address+" to a Node-RED that has started"))
		case err != nil:
			checks = append(checks, x.Check(part, item, x.Failure(err), "", address,
				"set PLATFORM_"+ref+"_TOKEN to a token of adminAuth with flows.read, flows.write and nodes.read"))
		default:
			checks = append(checks, part.OK(item, "its flows can be read"))
		}
	}
	return checks
}

func sortedReferences(addresses map[string]Address) []string {
	return slices.Sorted(maps.Keys(addresses))
}
