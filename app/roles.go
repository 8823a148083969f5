package app

import (
	"context"
	"time"

	"go.temporal.io/sdk/worker"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/gateway"
	"github.com/lowcodex/countersign/integrations/jira"
	"github.com/lowcodex/countersign/integrations/slack"
	"github.com/lowcodex/countersign/workflows"
)

// buildEvidence opens the log, which only one process may hold.
func (a *App) buildEvidence(ctx context.Context) error {
	log, err := evidence.Open(ctx, evidence.Config{
		Dir: a.cfg.Evidence, Logger: a.log, AnchorDirs: a.cfg.anchors(), Observer: a.opts.Observer,
	})
	if err != nil {
		return err
	}
	a.closers = append(a.closers, log.Close)
	a.blobs = log.Blobs()
	w := a.worker(compliance.QueueEvidence)
	w.RegisterActivity(&activities.Evidence{Log: log, Blobs: a.blobs, Source: a.source, Now: time.Now})
	w.RegisterActivity(&activities.Judgement{Log: log, Blobs: a.blobs, Source: a.source})
	return nil
}

// buildWorkflows serves the processes, and the activities that read rules and directory.
func (a *App) buildWorkflows(context.Context) error {
	blobs, err := a.blobStore()
	if err != nil {
		return err
	}
	w := a.worker(compliance.QueueWorkflows)
	workflows.Register(w)
	w.RegisterActivity(&activities.Rules{Source: a.source, Blobs: blobs, Now: time.Now})
	return nil
}

// buildActivities serves every capability that talks to a vendor.
func (a *App) buildActivities(context.Context) error {
	blobs, err := a.blobStore()
	if err != nil {
		return err
	}
	people := activities.People{Source: a.source}
	tickets, err := tracker(a.cfg, a.rules, a.log, nil)
	if err != nil {
		return err
	}
	w := a.worker(compliance.QueueTickets)
	w.RegisterActivity(&activities.Tickets{Tracker: tickets, Blobs: blobs, People: people, Provider: jira.Provider, Now: time.Now})
	messages, err := slack.New(surface(a.cfg, a.rules, a.log, nil))
	if err != nil {
		return err
	}
	w = a.worker(compliance.QueueMessages)
	w.RegisterActivity(&activities.Messages{Surface: messages, People: people})
	return nil
}

// buildGateway serves what arrives over HTTP.
func (a *App) buildGateway(context.Context) error {
	g, err := gateway.New(gateway.Config{
		Client: a.engine, TaskQueue: compliance.QueueWorkflows, Logger: a.log, Registry: a.registry,
	})
	if err != nil {
		return err
	}
	refused := func(vendor string) func(string) {
		return func(reason string) { g.Count(vendor, reason) }
	}
	tickets, err := tracker(a.cfg, a.rules, a.log, refused(jira.Provider))
	if err != nil {
		return err
	}
	chat := surface(a.cfg, a.rules, a.log, refused(slack.Provider))
	messages, err := slack.New(chat)
	if err != nil {
		return err
	}
	interactions, err := slack.NewHandler(chat, messages, g)
	if err != nil {
		return err
	}
	if err := g.Mount("/slack/interactions", interactions); err != nil {
		return err
	}
	if err := g.Mount("/jira/webhook", tickets.Handler(g.Deliver)); err != nil {
		return err
	}
	a.parts = append(a.parts, part{"gateway", func(ctx context.Context) error { return a.serve(ctx, g) }})
	return nil
}

// worker adds a worker of one queue, which runs with the process.
func (a *App) worker(queue string) worker.Worker {
	w := worker.New(a.engine, queue, worker.Options{
		WorkerStopTimeout:                stopWithin,
		MaxConcurrentActivityTaskPollers: 4, MaxConcurrentWorkflowTaskPollers: 4,
		DisableRegistrationAliasing: true,
		OnFatalError:                func(err error) { a.log.Error("worker", "queue", queue, "error", err) },
	})
	a.parts = append(a.parts, part{"worker of " + queue, func(ctx context.Context) error {
		if err := w.Start(); err != nil {
			return err
		}
		<-ctx.Done()
		w.Stop()
		return nil
	}})
	return w
}

// blobStore is the store beside the evidence log, shared by the roles that
// keep content in it. Several processes may use it at once.
func (a *App) blobStore() (*evidence.Blobs, error) {
	if a.blobs == nil {
		blobs, err := evidence.OpenBlobs(evidence.BlobDir(a.cfg.Evidence))
		if err != nil {
			return nil, err
		}
		a.blobs = blobs
	}
	return a.blobs, nil
}
