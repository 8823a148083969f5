package app

import (
	"context"

	"github.com/lowcodex/countersign/gateway"
)

// serve runs the gateway's HTTP until the context ends.
func (a *App) serve(ctx context.Context, g *gateway.Gateway) error {
	if a.opts.Listener != nil {
		return g.ServeListener(ctx, a.opts.Listener)
	}
	return g.Serve(ctx, a.cfg.Listen)
}
