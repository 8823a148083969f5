package osv

import (
	"context"
	"net/http"

	"github.com/lowcodex/countersign/compliance/checkup"
)

const part = checkup.Part(Provider)

// probe is a package of which a vulnerability has been known since 2021
// (GHSA-35jh-r3h4-6jhm): a mirror that does not know it has lost its data.
const probe = "pkg:npm/lodash@4.17.20"

// Checkup asks about one package of which something is known.
func (c *Client) Checkup(ctx context.Context) []checkup.Check {
	const mend = "set COUNTERSIGN_OSV_URL to " + PublicURL + " or to a mirror that answers as it does"
	var q question
	q.Package.PURL = probe
	var out struct {
		Results []answer `json:"results"`
	}
	x, err := c.call(ctx, opAsk, http.MethodPost, "/v1/querybatch", map[string]any{"queries": []question{q}}, &out)
	if err != nil {
		return []checkup.Check{x.Check(part, "address", misdirected(err), "", "COUNTERSIGN_OSV_URL", mend)}
	}
	checks := []checkup.Check{part.OK("address", "it answers questions about packages")}
	if len(out.Results) != 1 || len(out.Results[0].Vulns) == 0 {
		checks = append(checks, part.Wrong("data", checkup.Different, "it knows nothing of "+probe+", of which a vulnerability has long been known", mend))
	}
	if clock, ok := x.Clock(part, c.cfg.Now()); ok {
		checks = append(checks, clock)
	}
	return checks
}
