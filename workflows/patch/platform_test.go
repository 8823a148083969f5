package patch_test

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/lowcodex/countersign/compliance"
	"github.com/lowcodex/countersign/integrations/nodered"
)

// What a hook makes of a suite.
var (
	errFails       = errors.New("a case fails")
	errSaysNothing = errors.New("nothing was measured")
)

// down is what an adapter says of a target that is down.
func down(op string) error {
	return &compliance.Failure{Class: compliance.Unavailable, Op: op, Detail: "connection refused"}
}

// platform is the real adapter, at whose steps a test may do something.
type platform struct {
	*nodered.Client
	mu   sync.Mutex
	hook func(op string, t compliance.Target) error
	ops  []string
	// unseen is a target that takes a deployment and goes on serving what it served.
	unseen string
}

func (p *platform) at(op string, t compliance.Target) error {
	p.mu.Lock()
	p.ops = append(p.ops, op+" "+t.ID)
	hook := p.hook
	p.mu.Unlock()
	if hook != nil {
		return hook(op, t)
	}
	return nil
}

func (p *platform) Deploy(ctx context.Context, t compliance.Target, pack compliance.Package, key string, expect compliance.PlatformVersion) (compliance.Op, error) {
	if err := p.at("deploy", t); err != nil {
		return compliance.Op{}, err
	}
	if t.ID == p.unseen {
		return compliance.Op{Content: pack.Artifact.Content, State: compliance.OpSucceeded}, nil
	}
	return p.Client.Deploy(ctx, t, pack, key, expect)
}

func (p *platform) Rollback(ctx context.Context, t compliance.Target, pack compliance.Package, key string) (compliance.Op, error) {
	if err := p.at("restore", t); err != nil {
		return compliance.Op{}, err
	}
	return p.Client.Rollback(ctx, t, pack, key)
}

func (p *platform) RunSuite(ctx context.Context, t compliance.Target, s compliance.Suite, beat func()) ([]compliance.CaseResult, error) {
	switch err := p.at("suite", t); {
	case errors.Is(err, errFails):
		return []compliance.CaseResult{{Name: s.Cases[0].Name, Outcome: compliance.CheckFail, Detail: "status 500 instead of 200", Status: 500}}, nil
	case errors.Is(err, errSaysNothing):
		return []compliance.CaseResult{{Name: s.Cases[0].Name, Outcome: compliance.CheckNoData}}, nil
	case err != nil:
		return nil, err
	}
	return p.Client.RunSuite(ctx, t, s, beat)
}

func (p *platform) TryRestore(ctx context.Context, scratch compliance.Target, pack compliance.Package, key string, beat func()) (string, error) {
	if err := p.at("prove", scratch); err != nil {
		return "", err
	}
	return p.Client.TryRestore(ctx, scratch, pack, key, beat)
}

func (p *platform) Probe(ctx context.Context, t compliance.Target, key string, beat func()) (compliance.ProbeRun, error) {
	if err := p.at("probe", t); err != nil {
		return compliance.ProbeRun{}, err
	}
	defer func() { _ = p.at("probed", t) }()
	return p.Client.Probe(ctx, t, key, beat)
}

// did lists the steps of one kind, in order.
func (p *platform) did(op string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, o := range p.ops {
		if target, ok := strings.CutPrefix(o, op+" "); ok {
			out = append(out, target)
		}
	}
	return out
}
