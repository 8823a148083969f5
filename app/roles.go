package app

import (
	"context"
	"time"

	"go.temporal.io/sdk/worker"

	"github.com/lowcodex/countersign/activities"
	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/connect"
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
	w, err := a.worker(ctx, compliance.QueueEvidence)
	if err != nil {
		return err
	}
	timed, err := a.measureLog(log)
	if err != nil {
		return err
	}
	a.readiness.rests("log", log.Sound)
	a.restsOnFiles(a.blobs)
	plans := activities.NewPlans(timed)
	w.RegisterActivity(&activities.Evidence{Log: timed, Blobs: a.blobs, Source: a.source, Runs: runs{a.workers}, Now: time.Now, Plans: plans})
	w.RegisterActivity(&activities.Rulebook{Log: timed, Blobs: a.blobs, Source: a.source})
	judgement := &activities.Judgement{Log: timed, Blobs: a.blobs, Source: a.source, Runs: runs{a.workers}, Trackers: a.trackers(), Plans: plans}
	if judgement.Factors, err = a.cfg.factors(); err != nil {
		return err
	}
	links, err := a.cfg.links()
	if err != nil {
		return err
	}
	if links.Key != nil {
		judgement.SignIns = links
	}
	w.RegisterActivity(judgement)
	serveCheckup(w, map[string]activities.SelfCheck{"evidence": a.lookAtLog(log)})
	return nil
}

// buildWorkflows serves the processes, and the activities that read rules and directory.
func (a *App) buildWorkflows(ctx context.Context) error {
	blobs, err := a.blobStore()
	if err != nil {
		return err
	}
	a.restsOnFiles(blobs)
	w, err := a.worker(ctx, compliance.QueueWorkflows)
	if err != nil {
		return err
	}
	if err := a.reconcile(ctx); err != nil {
		return err
	}
	workflows.Register(w)
	of, err := a.ofWorkflows()
	if err != nil {
		return err
	}
	serveCheckup(w, of)
	w.RegisterActivity(&activities.Rules{Source: a.source, Blobs: blobs, Contents: blobs, Trackers: a.trackers(), Now: time.Now})
	w.RegisterActivity(&activities.Proposals{Blobs: blobs})
	w.RegisterActivity(&activities.Lines{Runs: runs{a.workers}, Underway: openChanges{a.workers}})
	w.RegisterActivity(&activities.Broadcast{Source: a.source, Changes: openChanges{a.workers}})
	w.RegisterActivity(&activities.Rollouts{Source: a.source, Blobs: blobs, Now: time.Now})
	a.parts = append(a.parts, part{"tracking of artefacts", a.track}, part{"daily word to the changes", a.tellDaily}, part{"reading of feeds", a.readFeeds}, part{"looks at targets", a.lookAtObserved}, part{"count of processes", a.countProcesses})
	return nil
}

// runsInMemory is how many runs this process holds between their tasks, some 75 kB
// each of trackers and twice that of changes; others are replayed when they are
// needed, so that thousands asleep for months take a bounded part of its memory.
const runsInMemory = 1000

// reconcile adds the search attributes the namespace lacks.
func (a *App) reconcile(ctx context.Context) error {
	engine, err := a.forWorkers(ctx)
	if err != nil {
		return err
	}
	namespace, err := connect.Namespace(connect.Options{Env: a.cfg.lookup()})
	if err != nil {
		return err
	}
	added, err := connect.Reconcile(ctx, engine, namespace)
	if len(added) > 0 {
		a.log.Info("search attributes added", "names", added)
	}
	return err
}

// buildActivities serves every capability that talks to a vendor.
func (a *App) buildActivities(ctx context.Context) error {
	blobs, err := a.blobStore()
	if err != nil {
		return err
	}
	a.restsOnFiles(blobs)
	people := activities.People{Source: a.source}
	tickets, err := a.tracker(nil)
	if err != nil {
		return err
	}
	w, err := a.worker(ctx, compliance.QueueTickets)
	if err != nil {
		return err
	}
	w.RegisterActivity(&activities.Tickets{Tracker: tickets, Files: tickets, Blobs: blobs, People: people, Provider: jira.Provider, Now: time.Now})
	serveCheckup(w, map[string]activities.SelfCheck{jira.Provider: tickets})
	messages, err := slack.New(a.surface(nil))
	if err != nil {
		return err
	}
	if w, err = a.worker(ctx, compliance.QueueMessages); err != nil {
		return err
	}
	w.RegisterActivity(&activities.Messages{Surface: messages, People: people, Contents: blobs, Rooms: slack.NewRooms(messages)})
	serveCheckup(w, map[string]activities.SelfCheck{slack.Provider: messages})
	if err := a.buildPages(ctx, people, messages); err != nil {
		return err
	}
	vendors, err := a.buildPlatforms(ctx, blobs)
	if err != nil {
		return err
	}
	vendors[jira.Provider], vendors[slack.Provider] = tickets, messages
	a.parts = append(a.parts, part{"vendor check", func(ctx context.Context) error {
		a.checkVendors(ctx, vendors)
		return nil
	}})
	return nil
}

// buildGateway serves what arrives from people and vendors.
func (a *App) buildGateway(ctx context.Context) error {
	engine, err := a.forGateway(ctx)
	if err != nil {
		return err
	}
	a.readiness.rests("engine", reaches(engine))
	signIn, err := a.signIn()
	if err != nil {
		return err
	}
	chat := &slackIn{}
	g, err := gateway.New(gateway.Config{
		Client: engine, TaskQueue: compliance.QueueWorkflows, Logger: a.log, Registry: a.registry, Systems: a.systems, Name: a.name, Zone: a.zone, SignIn: signIn,
		Ready: chat.ready,
	})
	if err != nil {
		return err
	}
	tickets, err := a.tracker(func(reason string) { g.Count(jira.Provider, reason) })
	if err != nil {
		return err
	}
	if err := a.mountSlack(g, chat); err != nil {
		return err
	}
	if err := g.Mount(jira.PathWebhook, tickets.Handler(g.Deliver)); err != nil {
		return err
	}
	if err := a.mountAlerts(g, g); err != nil {
		return err
	}
	if err := a.mountPagers(g); err != nil {
		return err
	}
	a.parts = append(a.parts, part{"gateway", func(ctx context.Context) error { return a.serve(ctx, g) }})
	return nil
}

// WorkerOptions are those of every worker of the product, whatever its queue.
// They are exported for the benchmark, which gives its bare workers the same.
func WorkerOptions() worker.Options {
	return worker.Options{
		WorkerStopTimeout: stopWithin,
		// How long a task waits for the process that has the run in memory, which may
		// have been killed. The SDK's five seconds would be added to a timer that fell
		// due in a short outage; two are longer than any burst makes a task wait.
		StickyScheduleToStartTimeout: 2 * time.Second,
		// A fixed number of pollers can all come to wait on sticky queues after a
		// burst of clicks, and new tasks then lie unserved for up to a minute.
		WorkflowTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{InitialNumberOfPollers: 4}),
		ActivityTaskPollerBehavior: worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{InitialNumberOfPollers: 4}),
		// A step's signs of life are passed on before the engine misses them (steps.platformBeat).
		MaxHeartbeatThrottleInterval: 4 * time.Second,
		DisableRegistrationAliasing:  true,
	}
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

// restsOnFiles says that a role needs the blobs, and a policy in force. An edit
// that is broken leaves the one before in force, and is told by another metric.
func (a *App) restsOnFiles(blobs *evidence.Blobs) {
	a.readiness.rests("blobs", blobs.Writable)
	a.readiness.rests("policy", func(ctx context.Context) error {
		_, err := a.source.Rules(ctx)
		return err
	})
}
