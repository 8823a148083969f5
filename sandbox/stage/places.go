package stage

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// PagesURL is what a person opens first.
func (s *Stage) PagesURL() string { return "http://" + s.pagesAt.Addr().String() }

// GatewayURL is where the vendors send what happens.
func (s *Stage) GatewayURL() string { return "http://" + s.gatewayAt.Addr().String() }

// TemporalUI is the address of Temporal's web interface.
func (s *Stage) TemporalUI() string { return s.engine.UIAddress() }

// Dir is the directory with the whole state.
func (s *Stage) Dir() string { return s.cfg.Dir }

// Evidence and Anchors are the directories an auditor is given.
func (s *Stage) Evidence() string { return s.cfg.evidence() }
func (s *Stage) Anchors() string  { return s.cfg.anchors() }

// serve serves the pages until Stop.
func (s *Stage) serve(context.Context) error {
	s.runPart("pages", func(ctx context.Context) error {
		watching, cancel := context.WithCancel(ctx)
		defer cancel()
		p := s.pages.Load()
		p.Watch(watching)
		server := &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(s.pagesAt) }()
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
		}
		// Live pages end with Watch; a request under way gets a moment.
		cancel()
		end, stop := context.WithTimeout(context.Background(), 3*time.Second)
		defer stop()
		if err := server.Shutdown(end); err != nil {
			return errors.Join(server.Close())
		}
		return nil
	})
	return nil
}
