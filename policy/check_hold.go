package policy

import (
	"cmp"
	"fmt"
	"time"
)

// defaultHoldLimit is how long a change may be on hold where its chain does not say.
const defaultHoldLimit = "720h"

// minHoldLimit leaves time for the call before the end.
const minHoldLimit = time.Hour

// holdLimit checks how long a change may be on hold, and writes the default out.
func (c *check) holdLimit(e entry[chainEntry], pinned *chainEntry) {
	pinned.HoldLimit = cmp.Or(e.value.HoldLimit, defaultHoldLimit) // what is pinned has its defaults written out
	limit, good := period(c, e, "/hold_limit", pinned.HoldLimit)
	if good && limit < minHoldLimit {
		e.report(c, "/hold_limit", fmt.Sprintf("a change could be on hold for %s only, and then counts as withdrawn", pinned.HoldLimit),
			"give at least "+minHoldLimit.String()+", so that people can be told before")
	}
}
