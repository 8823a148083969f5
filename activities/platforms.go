package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/lowcodex/countersign/compliance"
)

// PlatformReader reads a target. Every error is a *compliance.Failure; a target
// that is down, starting or answers with something else than its API is
// Unavailable. Nothing is retried and nothing is changed.
type PlatformReader interface {
	// Capabilities says what this kind of platform can do; it calls nobody.
	Capabilities() compliance.PlatformCaps
	// Snapshot exports what is there now, complete enough to bring it back, and
	// the version it was read at. The artifact's Blob is empty.
	Snapshot(ctx context.Context, t compliance.Target) (compliance.Package, compliance.PlatformVersion, error)
	// Live says what the target serves now. Content that was accepted and does
	// not run, or not yet, is not Ready.
	Live(ctx context.Context, t compliance.Target) (compliance.Served, error)
}

// PlatformDeployer changes what a target serves. No platform has idempotency
// keys, so the caller looks with Find before it repeats. Errors are
// *compliance.Failure: Conflict when the target is not at the expected version
// any more, UnknownOutcome when the effect cannot be excluded, Invalid or
// Refused when repeating cannot help.
type PlatformDeployer interface {
	// Inspect says what speaks against an artifact wherever it would go, and the
	// digest of its content; it calls nobody.
	Inspect(data []byte) compliance.ArtifactReport
	// Validate says what speaks against an artifact on this target, and the
	// digest of its content. An artifact that is wrong is a report, not an error.
	Validate(ctx context.Context, t compliance.Target, data []byte) (compliance.ArtifactReport, error)
	// Find looks for an earlier deployment of this artifact under this key, by
	// whatever the platform lets it be recognised; nil when there is none.
	Find(ctx context.Context, t compliance.Target, p compliance.Package, key string) (*compliance.Op, error)
	// Deploy puts the artifact on the target if it is still at the expected
	// version; an expected version without a revision is refused where the
	// platform can compare and swap.
	Deploy(ctx context.Context, t compliance.Target, p compliance.Package, key string, expect compliance.PlatformVersion) (compliance.Op, error)
	// Poll says how far a deployment is. Succeeded means that its content is served.
	Poll(ctx context.Context, t compliance.Target, op compliance.Op) (compliance.Op, error)
	// Rollback brings an earlier snapshot back over whatever is there now.
	Rollback(ctx context.Context, t compliance.Target, p compliance.Package, key string) (compliance.Op, error)
}

// PlatformCaller tests by really calling what a target serves. beat is called at
// least once a minute. A case that fails is a result, not an error.
type PlatformCaller interface {
	// RunSuite sends every case in order and judges its answer.
	RunSuite(ctx context.Context, t compliance.Target, s compliance.Suite, beat func()) ([]compliance.CaseResult, error)
	// Probe opens, edits, saves and publishes a canary of its own, calls it, and
	// takes it away again, also when the context ends meanwhile. What an earlier
	// probe left behind is taken away first.
	Probe(ctx context.Context, t compliance.Target, key string, beat func()) (compliance.ProbeRun, error)
}

// BackupTrier proves a backup by restoring it into a scratch target.
type BackupTrier interface {
	// TryRestore restores the package into the scratch target, so that nothing
	// of it runs there, reads back what came out and clears it away again. It
	// returns the digest of the content that was read back.
	TryRestore(ctx context.Context, scratch compliance.Target, p compliance.Package, key string, beat func()) (string, error)
}

// Platform is what the platforms capability needs of one kind of platform. It
// is safe for concurrent use; two processes on one target at once are kept
// apart by the process that owns the target, and by compare-and-swap.
type Platform interface {
	PlatformReader
	PlatformDeployer
	PlatformCaller
	BackupTrier
}

// BlobStore is a store that blobs are put into and read from.
type BlobStore interface {
	Blobs
	Contents
}

// Platforms is the capability to read, change and test what platforms serve.
type Platforms struct {
	// Kinds holds the adapter of each kind of platform, by Target.Platform.
	Kinds map[string]Platform
	Blobs BlobStore
	Now   func() time.Time
	// Settle is how long a deployment is followed within one step until it is
	// served; one that takes longer is returned as running. Default 30 s.
	Settle time.Duration
	// Pause is the wait between two looks. Default 250 ms.
	Pause time.Duration
	// Beat is how often a step says that it is alive. Default 4 s.
	Beat time.Duration
}

// of gives the adapter of a target.
func (p *Platforms) of(t compliance.Target) (Platform, error) {
	if adapter, ok := p.Kinds[t.Platform]; ok {
		return adapter, nil
	}
	return nil, &compliance.Failure{Class: compliance.Invalid, Op: "reach target " + t.ID, Detail: fmt.Sprintf(
		"nothing serves platforms of kind %.40q: correct the target's platform in the policy", t.Platform)}
}

// load reads an artifact's bytes; op says for what.
func (p *Platforms) load(ctx context.Context, a compliance.Artifact, op string) (compliance.Package, error) {
	data, err := p.read(ctx, a.Blob, op)
	return compliance.Package{Artifact: a, Data: data}, err
}

func (p *Platforms) read(ctx context.Context, digest, op string) ([]byte, error) {
	data, err := p.Blobs.Get(ctx, digest)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// The store may be a volume that comes back; only a person can say that it
		// does not, and until then nothing is done without its content.
		return nil, &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "its stored content cannot be read", Err: err}
	}
	return data, nil
}

// store keeps bytes and returns their digest.
func (p *Platforms) store(ctx context.Context, data []byte, op string) (string, error) {
	digest, err := p.Blobs.Put(ctx, data)
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "it cannot be stored", Err: err}
	}
	return digest, nil
}

func (p *Platforms) settle() time.Duration {
	if p.Settle > 0 {
		return p.Settle
	}
	return 30 * time.Second
}

// pause waits between two looks; false when the context ended.
func (p *Platforms) pause(ctx context.Context) bool {
	wait := p.Pause
	if wait <= 0 {
		wait = 250 * time.Millisecond
	}
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// beat tells the engine that the attempt is alive.
func beat(ctx context.Context) { activity.RecordHeartbeat(ctx) }

// beating tells the engine that the attempt is alive until the function it
// returns is called, whatever the platform keeps it waiting for: a worker that was
// killed is noticed soon, and the way back does not stand still. What hangs all
// the same is ended by the integration's time-out per request, and by the step's.
func (p *Platforms) beating(ctx context.Context) (stop func()) {
	every := p.Beat
	if every <= 0 {
		every = 4 * time.Second
	}
	beat(ctx)
	over := make(chan struct{})
	go func() {
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				beat(ctx)
			case <-over:
				return
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { close(over) }
}
