package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/policy"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// rulesLook is how soon a process goes by what came into force, and says what it
// sees: one small question to the engine.
const rulesLook = 2 * time.Second

// followRules keeps this process with what is in force by the record, until the
// context ends. Where it has a store, it also says what it sees in the files.
func (a *App) followRules(ctx context.Context) error {
	says, err := a.sightings(ctx)
	if err != nil {
		return err
	}
	tick := time.NewTicker(rulesLook)
	defer tick.Stop()
	lost := false
	for {
		standing, running, err := a.standing(ctx)
		if err == nil {
			err = a.follow(ctx, standing)
		}
		if err == nil && says != nil {
			err = says.look(ctx, running)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !lost: // once for an outage: what was in force stays so
			a.log.Error("what is in force by the record is not known; what was stays in force", "error", err)
		}
		lost = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sightings say what is seen in the policy's files to the run that keeps what is in
// force. They remember what was said last: the run is told of what is new.
type sightings struct {
	source *policy.Source
	store  func(ctx context.Context, content []byte) (string, error)
	send   func(ctx context.Context, seen rules.Sighting) error
	said   rules.Sighting
	before policy.Seen
}

// sightings are nil where content cannot be kept: other processes say what they see.
func (a *App) sightings(ctx context.Context) (*sightings, error) {
	if !a.cfg.has(RoleEvidence) && !a.cfg.has(RoleWorkflows) {
		return nil, nil
	}
	blobs, err := a.blobStore()
	if err != nil {
		return nil, err
	}
	engine, err := a.engine(ctx)
	if err != nil {
		return nil, err
	}
	return &sightings{source: a.source, store: blobs.Put, send: func(ctx context.Context, seen rules.Sighting) error {
		ctx, cancel := context.WithTimeout(ctx, policySend)
		defer cancel()
		_, err := engine.SignalWithStartWorkflow(ctx, process.KeeperID, process.SignalSeen, seen,
			client.StartWorkflowOptions{ID: process.KeeperID, TaskQueue: compliance.QueueWorkflows}, process.KeeperType, process.KeeperInput{})
		return err
	}}, nil
}

// look says what is new in the files, and all of it where nobody keeps it. What could
// not be said is said at the next look; the content is kept before it is.
func (s *sightings) look(ctx context.Context, kept bool) error {
	now, err := s.source.Seen(ctx)
	if err != nil {
		return err
	}
	seen := rules.Sighting{Directory: now.Directory.Hash}
	if now.Rules != nil {
		seen.Rules, seen.Required = now.Rules.Hash, now.Rules.Organisation().Rules.Required
	}
	if len(now.Trouble) > 0 {
		seen.Broken, seen.Places = broken(now), places(now.Trouble)
	}
	if kept && seen.Rules == s.said.Rules && seen.Directory == s.said.Directory && seen.Broken == s.said.Broken {
		return nil
	}
	if now.Rules != nil {
		if _, err := s.store(ctx, now.Rules.Canonical()); err != nil {
			return err
		}
	}
	if s.before.Directory != nil && s.before.Directory.Hash != seen.Directory {
		r, err := s.source.Rules(ctx)
		if err == nil {
			seen.DirectoryPlaces, err = policy.DirectoryPlaces(r, s.before.Directory, now.Directory)
		}
		if err != nil {
			return err
		}
	}
	seen.At = time.Now().UTC()
	if err := s.send(ctx, seen); err != nil {
		return err
	}
	s.said, s.before = seen, now
	return nil
}

// broken names files that are not in force by what they hold; by what is wrong with
// them where they cannot be read.
func broken(seen policy.Seen) string {
	if seen.Content != "" {
		return seen.Content
	}
	sum := sha256.Sum256([]byte(seen.Trouble.Error()))
	return hex.EncodeToString(sum[:])
}
