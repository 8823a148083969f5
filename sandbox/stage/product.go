package stage

import (
	"context"
	"errors"
	"os"

	"github.com/lowcodex/countersign/app"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/sandbox/pages"
)

// product runs every role of the product: the gateway and the log in this process, the
// workflows and the calls to the vendors in one that may be killed.
func (s *Stage) product(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.anchors(), 0o700); err != nil {
		return err
	}
	if _, err := app.FromEnvironment(s.environment(), []string{app.RoleAll}); err != nil {
		return err // of all roles at once
	}
	cfg, err := app.FromEnvironment(s.environment(), []string{app.RoleGateway, app.RoleEvidence})
	if err != nil {
		return err
	}
	s.client, err = connect.Dial(ctx, connect.Options{Env: s.environment(), Wait: dialWithin, Logger: s.cfg.Logger.With("part", "console")})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, func() error { s.client.Close(); return nil })
	s.worker = s.newWorker()
	s.troubles = s.allTroubles()
	p, err := pages.New(pages.Config{
		Site: s.Site, Rules: s.Rules, Directory: s.Directory, Evidence: s.cfg.evidence(), Anchors: s.cfg.anchors(), Console: s.Console(), Troubles: s.troubles,
		TemporalUI: s.TemporalUI(), Policy: s.cfg.policy(), Logger: s.cfg.Logger.With("part", "pages"),
	})
	if err != nil {
		return err
	}
	s.pages.Store(p)
	worked := make(chan error, 1)
	go func() { worked <- s.worker.Start(ctx) }()
	err = errors.Join(s.roles(ctx, cfg), <-worked)
	s.stops = append(s.stops, s.worker.Stop)
	return err
}

// roles runs the roles of this process until Stop, and returns when they work.
func (s *Stage) roles(ctx context.Context, cfg app.Config) error {
	started := make(chan struct{})
	a, err := app.New(ctx, cfg, app.Options{
		Logger: s.cfg.Logger.With("part", "countersign"), Listener: s.gatewayAt, Started: func() { close(started) },
		Observer: evidence.Observer{Indexed: func(uint64, int) { s.changed() }, Published: func(uint64) { s.changed() }},
	})
	if err != nil {
		return err
	}
	s.runPart("the product", a.Run)
	select {
	case <-started:
		return nil
	case err := <-s.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
