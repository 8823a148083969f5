package app

import (
	"context"
	"sync"
)

// check asks a vendor once whether our credentials are good for what we do there.
type check interface {
	Check(ctx context.Context) error
}

// checkVendors tells operators at the start what would otherwise show with the
// first ticket. A vendor that is down stops nothing: steps wait for it.
func (a *App) checkVendors(ctx context.Context, vendors map[string]check) {
	var all sync.WaitGroup
	for name, vendor := range vendors {
		all.Go(func() {
			if err := vendor.Check(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn("vendor is not ready", "vendor", name, "failure", err)
			}
		})
	}
	all.Wait()
}
