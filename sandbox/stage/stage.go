package stage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance/certification"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/policy"
	"github.com/lowcodex/countersign/sandbox/console"
	"github.com/lowcodex/countersign/sandbox/engine"
	"github.com/lowcodex/countersign/sandbox/pages"
	"github.com/lowcodex/countersign/sandbox/standin"
	"github.com/lowcodex/countersign/sandbox/trouble"
)

// Stage is everything, running.
type Stage struct {
	Rules     *policy.Rules
	Directory *policy.Directory
	// Site holds the stand-ins; one whose vendor is the real one is nil.
	Site *standin.Site
	// Took is how long Start took.
	Took time.Duration

	cfg       Config
	held      *os.File // the lock of the directory
	engine    *engine.Engine
	client    client.Client
	pages     atomic.Pointer[pages.Pages]
	pagesAt   net.Listener
	gatewayAt net.Listener
	worker    *worker
	troubles  *trouble.Troubles
	stops     []func() error
	failed    chan error
}

// Start starts everything and returns when it can be used. Errors say what to
// mend; nothing is left running then. What runs ends with Stop, whatever
// becomes of ctx.
func Start(ctx context.Context, cfg Config) (_ *Stage, err error) {
	begun := time.Now()
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, fmt.Errorf("directory of the sandbox: %w", err)
	}
	s := &Stage{cfg: cfg, failed: make(chan error, 3)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if err := s.hold(); err != nil {
		return nil, err
	}
	if err := s.bind(); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.pagesAt.Close, s.gatewayAt.Close)
	if err := s.sign(); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"policy of the example organisation", s.policy},
		{"stand-ins for the vendors", s.standins},
		{"Temporal", s.temporal},
		{"the product", s.product},
		{"what the vendors owe", s.tracked},
		{"pages", s.serve},
	} {
		cfg.Progress(step.what)
		if err := step.do(ctx); err != nil {
			return nil, err
		}
	}
	s.Took = time.Since(begun)
	return s, nil
}

// policy writes the example where there is no policy, and reads it.
func (s *Stage) policy(context.Context) error {
	if _, err := os.Stat(s.cfg.policy()); errors.Is(err, fs.ErrNotExist) {
		if err := WriteExample(s.cfg.policy()); err != nil {
			return err
		}
	}
	var err error
	s.Rules, s.Directory, err = policy.Load(s.cfg.policy())
	return err
}

func (s *Stage) standins(context.Context) error {
	var err error
	s.Site, err = standin.Start(standin.Options{
		Rules: s.Rules, Directory: s.Directory, Dir: s.cfg.standins(), Logger: s.cfg.Logger.With("part", "stand-in"),
		SlackAddress: address(s.cfg.Ports.Slack), JiraAddress: address(s.cfg.Ports.Jira), OIDCAddress: address(s.cfg.Ports.OIDC),
		WithoutSlack: realSlack(s.cfg.Env), SlackSocket: s.cfg.SlackSocket, WithoutJira: realJira(s.cfg.Env), WithoutOIDC: realOIDC(s.cfg.Env),
		WithoutPagers: realPagers(s.cfg.Env), WithoutVulnerabilities: realVulnerabilities(s.cfg.Env), Platforms: true, NodeRED: s.cfg.NodeRED, Changed: s.changed,
		Elsewhere: func(reference string) bool { return realPlatform(s.cfg.Env, reference) },
		Gateway:   s.GatewayURL(), Browse: s.PagesURL() + pages.TicketPath,
	})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, s.Site.Close)
	return nil
}

func (s *Stage) temporal(ctx context.Context) error {
	ui := s.cfg.Ports.UI
	if ui == 0 {
		ui = engine.AnyPort
	}
	var err error
	s.engine, err = engine.Start(ctx, engine.Config{
		Port: s.cfg.Ports.Temporal, UIPort: ui, SearchAttributes: connect.SearchAttributes(),
		Store: engine.Store{File: s.cfg.engine()}, Logger: s.cfg.Logger.With("part", "temporal"), LogLevel: max(s.cfg.Level.Level(), slog.LevelWarn),
	})
	if err != nil {
		return err
	}
	s.stops = append(s.stops, s.engine.Stop)
	return nil
}

// tracked waits until every document that the policy wants of a vendor is tracked,
// which the first start begins with: a change on the vendor's system is refused
// before. What is not tracked after a minute is left to the pages to show.
func (s *Stage) tracked(ctx context.Context) error {
	late := time.NewTimer(trackedWithin)
	defer late.Stop()
	for _, vendor := range s.Rules.Vendors() {
		for _, a := range vendor.Artefacts {
			subject := certification.SubjectID(vendor.ID, a.ID)
			for {
				if standing, err := s.Console().Certification(ctx, subject); err == nil && standing.Number != "" {
					break
				}
				select {
				case err := <-s.failed:
					return err
				case <-ctx.Done():
					return ctx.Err()
				case <-late.C:
					s.cfg.Logger.Warn("a vendor's document is not tracked yet; changes on its systems wait for that", "subject", subject)
					return nil
				case <-time.After(lookAgain): // a query's answer announces itself to nobody
				}
			}
		}
	}
	return nil
}

const (
	trackedWithin = time.Minute
	lookAgain     = 100 * time.Millisecond
)

// dialWithin bounds the first connection to the engine, which listens already.
const dialWithin = 30 * time.Second

// Console is what people do at the command line.
func (s *Stage) Console() *console.Console { return console.New(s.client) }

// changed tells open pages, once there are any, to look again.
func (s *Stage) changed() {
	if p := s.pages.Load(); p != nil {
		p.Changed()
	}
}

// runPart runs a part until Stop; its early end is what Failed tells.
func (s *Stage) runPart(name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := run(ctx)
		if err == nil && ctx.Err() == nil {
			err = errors.New("it ended by itself")
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		if ctx.Err() == nil {
			s.failed <- err
			err = nil // told once
		}
		done <- err
	}()
	s.stops = append(s.stops, func() error { cancel(); return <-done })
}

// Failed delivers the error of a part that ended before it was told to.
func (s *Stage) Failed() <-chan error { return s.failed }

// Stop ends everything, what depends on others first, and lets each finish
// what it has begun. Calls after the first do nothing.
func (s *Stage) Stop() error {
	var errs []error
	for _, stop := range slices.Backward(s.stops) {
		if err := stop(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.stops = nil
	return errors.Join(errs...)
}
