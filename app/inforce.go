package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/compliance/rules"
	"github.com/lowcodex/countersign/connect"
	"github.com/lowcodex/countersign/evidence"
	"github.com/lowcodex/countersign/policy"
	process "github.com/lowcodex/countersign/workflows/rules"
)

// What of the policy is in force is on record (C37). Where rules change only by a
// change, every process goes by the record and not by its files; it reads it in the
// memo of the run that keeps it, for which no worker has to run.

const (
	// askInDoubt bounds the question of a process that cannot start by its files: it
	// can only with rules that are held, and otherwise says what is wrong with the files.
	askInDoubt = 3 * time.Second
	// fetchWithin is how long rules may take that have to be read elsewhere.
	fetchWithin = time.Minute
)

// openPolicy opens the files, and holds what is in force by the record where that is
// not for the files to say. Before anything is on record the files are in force.
func (a *App) openPolicy(ctx context.Context) error {
	cfg := policy.SourceConfig{Dir: a.cfg.Policy, Logger: a.log}
	source, err := policy.OpenSource(cfg)
	doubt := err // why this process could not start by its files
	switch {
	case errors.As(err, new(policy.Problems)):
		doubt = fmt.Errorf("policy %s: %w", a.cfg.Policy, err)
	case err != nil:
		return fmt.Errorf("policy %s: %w", a.cfg.Policy, err)
	default:
		a.source = source
		if a.rules, err = source.Rules(ctx); err != nil {
			return err
		}
		doubt = a.checkStepUp()
	}
	held, err := a.held(ctx, doubt != nil)
	switch {
	case doubt != nil && (err != nil || held == nil):
		return doubt
	case err != nil || held == nil:
		return err
	case source != nil:
		source.Hold(held)
		return nil
	}
	cfg.Held = held
	if a.source, err = policy.OpenSource(cfg); err != nil {
		return fmt.Errorf("policy %s: %w", a.cfg.Policy, err)
	}
	return nil
}

// held are the rules that are in force by the record whatever the files say; nil
// where those of the files are.
func (a *App) held(ctx context.Context, doubt bool) (*policy.Rules, error) {
	ask := ctx
	if doubt {
		var cancel context.CancelFunc
		ask, cancel = context.WithTimeout(ctx, askInDoubt)
		defer cancel()
	}
	standing, _, err := a.standing(ask)
	if err != nil || !standing.Required || a.source != nil && a.rules.Hash == standing.Rules {
		return nil, err
	}
	r, err := a.rulesBy(ctx, standing.Rules)
	if err != nil {
		return nil, fmt.Errorf("the rules in force, %s, which the files in %s are not: %w", standing.Rules, a.cfg.Policy, err)
	}
	return r, nil
}

// standing is what is in force by the record, empty before anything is, and whether
// the run that keeps it runs.
func (a *App) standing(ctx context.Context) (rules.Standing, bool, error) {
	engine, err := a.engine(ctx)
	if err != nil {
		return rules.Standing{}, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var s rules.Standing
	memo, err := connect.ReadMemo(ctx, engine, connect.Options{Env: a.cfg.lookup()}, process.KeeperID, process.MemoStanding, &s)
	return s, memo.Running, err
}

// engine is a connection for whatever roles the process has.
func (a *App) engine(ctx context.Context) (client.Client, error) {
	if a.cfg.has(RoleEvidence) || a.cfg.has(RoleWorkflows) || a.cfg.has(RoleActivities) {
		return a.forWorkers(ctx)
	}
	return a.forGateway(ctx)
}

// follow takes up what came into force by the record. The files rule where the
// record and this process agree that they do.
func (a *App) follow(ctx context.Context, standing rules.Standing) error {
	now, err := a.source.Rules(ctx)
	if err != nil || standing.Empty() || now.Hash == standing.Rules || !standing.Required && !now.Organisation().Rules.Required {
		return err
	}
	r, err := a.rulesBy(ctx, standing.Rules)
	if err == nil {
		a.source.Hold(r)
	}
	return err
}

// rulesBy finds rules by their digest: in the files, in the store beside the log, or
// through a worker that has it.
func (a *App) rulesBy(ctx context.Context, digest string) (*policy.Rules, error) {
	if a.source != nil {
		if seen, err := a.source.Seen(ctx); err == nil && seen.Rules != nil && seen.Rules.Hash == digest {
			return seen.Rules, nil
		}
	}
	content, err := a.contentOf(ctx, digest)
	if err != nil {
		return nil, err
	}
	r, err := policy.Restore(content)
	if err == nil && r.Hash != digest {
		err = fmt.Errorf("what is kept under the digest %s has the digest %s", digest, r.Hash)
	}
	return r, err
}

func (a *App) contentOf(ctx context.Context, digest string) ([]byte, error) {
	if a.cfg.Evidence != "" {
		blobs, err := evidence.OpenBlobs(evidence.BlobDir(a.cfg.Evidence))
		if err != nil {
			return nil, err
		}
		return blobs.Get(ctx, "sha256:"+digest)
	}
	engine, err := a.engine(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	run, err := engine.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: process.ReadID(digest), TaskQueue: compliance.QueueWorkflows,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowExecutionTimeout: fetchWithin,
	}, process.ReadType, process.ReadInput{Rules: digest})
	if err != nil {
		return nil, err
	}
	var out process.ReadResult
	if err := run.Get(ctx, &out); err != nil {
		return nil, fmt.Errorf("no worker with the role workflows gave them: %w", err)
	}
	return out.Content, nil
}
